"""View: the middle of the desk when nobody is on the picture: waiting, the offered ticket, the paper work's clock."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from operator_console.desk import Act, Desk, Scene, permitted, scene
from operator_console.desk_state import missing
from operator_console.happenings import (
    REFUSE_REASONS,
    Accepted,
    RefusedOffer,
    WentAvailable,
    WrapUpExtended,
    WrapUpFinished,
)
from operator_console.phrases import Phrases, clock
from operator_console.views.look import Look
from operator_console.views.parts import Button, IconLabel, column, label, put, restyle, row
from operator_console.views.ring import Ring
from operator_console.views.video import Pictures, Video

_CENTRE = Qt.AlignmentFlag.AlignHCenter


class IdleStage(QFrame):
    """Nobody is being served. Signals: ``acted(act)``, ``status_asked()``."""

    acted = Signal(object)
    status_asked = Signal()

    def __init__(self, look: Look, pictures: Pictures) -> None:
        super().__init__()
        self.setObjectName("idle")
        self.setProperty("card", True)
        self._look = look
        self._icon = IconLabel(look, "circle-check", "success", 72)
        self._title, self._text = label("title", name="idle.title"), label("quiet", wrap=True, name="idle.text")
        self._text.setAlignment(_CENTRE)
        self._text.setMinimumWidth(look.px(420))
        self._title.setAlignment(_CENTRE)
        self._go = Button(look, "idle.go", kind="primary", icon="circle-check", key="F3", big=True)
        self._pause = Button(look, "idle.pause", kind="plain", icon="clock", key="F2", big=True)
        self._self_view = Video(look, pictures, remote=False)
        self._self_view.setFixedSize(look.px(384), look.px(216))
        buttons = row(None, self._go, self._pause, None, gap=12)
        texts = column(self._icon, self._title, self._text, gap=12)
        texts.setAlignment(self._icon, _CENTRE)
        self.setLayout(
            column(
                None,
                texts,
                buttons,
                row(None, self._self_view, None),
                None,
                gap=28,
                margins=(24, 24, 24, 24),
            )
        )
        self._go.clicked.connect(lambda: self.acted.emit(WentAvailable()))
        self._pause.clicked.connect(self.status_asked)

    @property
    def self_view(self) -> Video:
        """Our own picture, so that nobody meets a customer with an unlit face."""
        return self._self_view

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """Which kind of waiting this is."""
        now = scene(desk)
        kinds = {
            Scene.READY: ("ready", "circle-check", "success"),
            Scene.NOT_RESPONDING: ("not_responding", "triangle-alert", "warning"),
            Scene.CONNECTING: ("connecting", "loader", "brand"),
        }
        word, icon, tone = kinds.get(now, ("break", "clock", "brand"))
        put(self._title, phrases.status(desk.operator) if word == "break" else phrases.say(f"idle.{word}"))
        put(self._text, phrases.say(f"idle.{word}_text"))
        self._icon.tell(icon, tone, 72)
        may = permitted(desk)
        self._go.setVisible(now in (Scene.BREAK, Scene.NOT_RESPONDING))
        self._go.tell(phrases.say("idle.go"), enabled=Act.AVAILABLE in may)
        self._pause.setVisible(now is Scene.READY)
        self._pause.tell(phrases.say("idle.pause"), enabled=Act.BREAK in may)
        self._self_view.setVisible(desk.devices_on)
        self._self_view.show_desk(desk, phrases)


class OfferStage(QFrame):
    """A customer is offered: take them, or say why not. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("offer")
        self._look = look
        self.setProperty("tile", "brand")
        self._ring = Ring(look, side=190)
        self._number, self._topic = label("clock", name="offer.number"), label("heading", wrap=True, name="offer.topic")
        self._place, self._waited = label("strong", wrap=True, name="offer.place"), label("quiet", name="offer.waited")
        self._language = label("quiet", name="offer.language")
        self._accept = Button(look, "offer.accept", kind="primary", icon="video", key="Enter", big=True)
        self._refuse = Button(look, "offer.refuse", kind="plain", key="Esc", big=True)
        self._why = label("label", wrap=True)
        self._reasons = {
            one: Button(look, f"offer.refuse.{one}", key=str(place))
            for place, one in enumerate(REFUSE_REASONS, start=1)
        }
        self._keep = Button(look, "offer.keep", kind="primary", key="Esc")
        self._asking = False
        self._ticket = ""
        facts = column(self._number, self._topic, self._place, self._waited, self._language, gap=8)
        self._buttons, self._reason_box = QWidget(), QWidget()
        self._buttons.setLayout(row(None, self._accept, self._refuse, None, gap=12))
        self._answers = QGridLayout()
        self._answers.setSpacing(8)
        self._columns = 0
        self._reason_box.setLayout(column(self._why, row(self._answers, None), row(self._keep, None), gap=10))
        self._arrange()
        top = row(None, self._ring, facts, None, gap=36)
        top.setAlignment(self._ring, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(column(None, top, self._buttons, self._reason_box, None, gap=32, margins=(32, 32, 32, 32)))
        self._accept.clicked.connect(lambda: self.acted.emit(Accepted()))
        self._refuse.clicked.connect(lambda: self.ask_why(True))
        self._keep.clicked.connect(lambda: self.ask_why(False))
        for one, button in self._reasons.items():
            button.clicked.connect(lambda _=False, reason=one: self.acted.emit(RefusedOffer(reason)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width the reasons stand otherwise."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The reasons in one row, or two below each other where they have no room."""
        buttons = tuple(self._reasons.values())
        in_a_row = sum(one.sizeHint().width() + 8 for one in buttons) <= self.width() - 64
        columns = len(buttons) if in_a_row else 2
        if columns != self._columns:
            self._columns = columns
            for place, button in enumerate(buttons):
                self._answers.addWidget(button, place // columns, place % columns)

    def ask_why(self, asking: bool) -> None:
        """Show the reasons to refuse, or the two main buttons."""
        self._asking = asking
        self._buttons.setVisible(not asking)
        self._reason_box.setVisible(asking)

    def press_escape(self) -> None:
        """Escape: ask why, or think better of it."""
        self.ask_why(not self._asking)

    def press_figure(self, figure: int) -> None:
        """1 to 4: a reason, when they are being asked for."""
        if self._asking and 1 <= figure <= len(REFUSE_REASONS):
            self._reasons[REFUSE_REASONS[figure - 1]].click()

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """Who is offered, and how long there is to answer."""
        offer = desk.offer
        if offer is None:
            return
        if offer.ticket_id != self._ticket:
            self._ticket = offer.ticket_id
            self.ask_why(False)
        left = (offer.deadline - desk.now).total_seconds()
        whole = (offer.deadline - (desk.offered_at or desk.now)).total_seconds() or 1.0
        say, may = phrases.say, permitted(desk)
        self._ring.tell(left / whole, say("seconds", n=max(0, round(left))), hurry=left < 6)
        put(self._number, say("offer.title", number=offer.number))
        put(self._topic, phrases.known(f"service.{offer.topic or offer.service}", offer.topic or offer.service))
        by_phone = offer.channel == "phone"
        calls = say("offer.by_phone_again", n=offer.tries) if offer.tries else say("offer.by_phone")
        put(self._place, calls if by_phone else offer.place)
        waited = offer.waited_s + (desk.now - (desk.offered_at or desk.now)).total_seconds()
        minutes, seconds = divmod(int(waited), 60)
        put(self._waited, say("offer.waited", age=f"{minutes:02d}:{seconds:02d}"))
        put(self._language, say(f"offer.language.{offer.language}"))
        accepting = "offer.accept" in desk.awaited
        self._accept.tell(
            say("offer.accepting" if accepting else "offer.accept"),
            enabled=Act.ACCEPT in may,
            icon="phone" if by_phone else "video",
        )
        self._refuse.tell(say("offer.refuse"), enabled=Act.REFUSE in may)
        put(self._why, say("offer.refuse_why"))
        self._keep.tell(say("offer.keep"))
        for one, button in self._reasons.items():
            button.tell(say(f"refuse.{one}"), enabled=Act.REFUSE in may)
        self._arrange()


class WrapUpStage(QFrame):
    """The paper work after a call: its clock, and the way on. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("wrap_up")
        self.setProperty("card", True)
        self._ring = Ring(look, side=120)
        self._title, self._by = label("title", wrap=True, name="wrap_up.title"), label("quiet", wrap=True)
        self._lasted, self._hint = label("quiet"), label("strong", wrap=True, name="wrap_up.hint")
        self._more = Button(look, "wrap_up.extend", icon="clock", key="F8", big=True)
        self._finish = Button(look, "wrap_up.finish", kind="primary", icon="check", key="F9", big=True)
        facts = column(self._title, self._by, self._lasted, gap=6)
        top = row(None, self._ring, facts, None, gap=32)
        top.setAlignment(self._ring, Qt.AlignmentFlag.AlignVCenter)
        self._hint.setAlignment(_CENTRE)
        buttons = row(None, self._more, self._finish, None, gap=12)
        self.setLayout(column(None, top, self._hint, buttons, None, gap=20, margins=(24, 16, 24, 16)))
        self._more.clicked.connect(lambda: self.acted.emit(WrapUpExtended()))
        self._finish.clicked.connect(lambda: self.acted.emit(WrapUpFinished()))

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """How long there is, and what is still missing."""
        say, may, current = phrases.say, permitted(desk), desk.conversation
        deadline = desk.operator.deadline if desk.operator else None
        since = desk.operator.since if desk.operator else desk.now
        left = (deadline - desk.now).total_seconds() if deadline else 0.0
        whole = (deadline - since).total_seconds() if deadline else 0.0
        self._ring.setVisible(deadline is not None)
        self._ring.tell(left / whole if whole else 0.0, clock_of(left), hurry=left < 10)
        put(self._title, say("wrap.title") if current else say("wrap.waiting"))
        passed = current is not None and current.passed and current.ended == "server"
        how = f"passed.{current.passed}" if current and passed else f"by.{current.ended}" if current else ""
        put(self._by, say(f"wrap.{how}") if current and current.ended else "")
        lasted = (current.ended_at or desk.now) - current.session.started_at if current else None
        put(self._lasted, say("wrap.lasted", age=clock(lasted)) if lasted is not None else "")
        missed = missing(desk)
        hint = {None: "wrap.ready", "note": "wrap.note"}.get(missed, "wrap.choose")
        if passed and missed is not None:
            hint = "wrap.passed_on"
        put(self._hint, say(hint) if current else "")
        restyle(self._hint, "tone", "success" if missed is None else "warning")
        self._more.tell(say("wrap.more"), enabled=Act.EXTEND in may)
        self._finish.tell(say("wrap.finish"), enabled=Act.FINISH in may)


def clock_of(seconds: float) -> str:
    """``1:05`` of seconds left, never below zero."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"
