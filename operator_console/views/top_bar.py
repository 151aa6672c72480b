"""View: the bar at the top: status with its clock, what comes next, today's figures; and the status menu."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from operator_console.desk import Act, Desk, Scene, permitted, scene
from operator_console.happenings import BREAK_REASONS, SignedOut, TookBreak, WentAvailable
from operator_console.phrases import Phrases, clock, rating, status_clock, talk_length
from operator_console.queue_acts import ChannelsChosen
from operator_console.views.fitting import Short
from operator_console.views.look import Look
from operator_console.views.parts import Button, column, label, put, row
from operator_console.views.sign_in import LANGUAGE_NAMES

_FIGURES = ("served", "talk", "rating", "line")
_LESS_NEEDED = ("rating", "talk", "served")
_GAP, _PAD = 20, 16


class TopBar(QFrame):
    """Signals: ``status_asked()``, ``floor_asked()``, ``payments_asked()``."""

    status_asked = Signal()
    floor_asked = Signal()
    payments_asked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setProperty("bar", True)
        self.setObjectName("top_bar")
        self.status = Button(look, "status", kind="bar", key="F2")
        self._next = label(name="status.next")
        self._who = Short(120, "operator.name")
        self._floor = Button(look, "floor", kind="bar", icon="users", key="F6")
        self._payments = Button(look, "payments", kind="bar", icon="wallet", key="F10")
        self._names = {one: label() for one in _FIGURES}
        self._values = {one: label(name=f"figures.{one}") for one in _FIGURES}
        for value in self._values.values():
            value.setProperty("figure", True)
        figures = [row(self._names[one], self._values[one], gap=6) for one in _FIGURES]
        self.setLayout(
            row(
                self.status,
                self._next,
                None,
                *figures,
                self._who,
                self._payments,
                self._floor,
                gap=_GAP,
                margins=(_PAD, 7, _PAD, 7),
            )
        )
        self.status.clicked.connect(self.status_asked)
        self._floor.clicked.connect(self.floor_asked)
        self._payments.clicked.connect(self.payments_asked)

    def show_desk(self, desk: Desk, phrases: Phrases, *, on_floor: bool, on_payments: bool) -> None:
        """Everything from the desk."""
        operator = desk.operator
        words = phrases.status(operator)
        lasts = status_clock(desk)
        self.status.tell(f"{words} · {lasts}" if lasts else words, enabled=operator is not None, icon=_icon(desk))
        put(self._next, phrases.next_status(operator))
        for one in _FIGURES:
            put(self._names[one], phrases.say(f"figures.{one}"))
        put(self._values["served"], str(operator.served_today) if operator else "—")
        put(self._values["talk"], talk_length(operator.mean_talk_s) if operator and operator.mean_talk_s else "—")
        put(self._values["rating"], rating(operator.mean_rating if operator else None, phrases.language))
        put(self._values["line"], line_words(desk, phrases))
        put(self._who, operator.name if operator else "")
        self._floor.setVisible(Act.FLOOR in permitted(desk))
        self._floor.tell(phrases.say("floor.back" if on_floor else "floor.title"))
        self._payments.setVisible(Act.PAYMENTS in permitted(desk))
        waiting = desk.payments.waiting
        words = phrases.say("payments.title_count", count=waiting) if waiting else phrases.say("payments.title")
        self._payments.tell(phrases.say("payments.back") if on_payments else words)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """It has another width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """On a small screen the figures of the day make room, the least needed first: they stand on the desk too."""
        always = [one for one in (self.status, self._next, self._payments, self._floor) if not one.isHidden()]
        need = sum(one.sizeHint().width() + _GAP for one in always) + self._who.minimumSizeHint().width() + _GAP
        room = self.width() - 2 * _PAD - need
        widths = {one: self._names[one].sizeHint().width() + self._values[one].sizeHint().width() + 6 + _GAP
                  for one in _FIGURES}  # fmt: skip
        fits = dict.fromkeys(_FIGURES, True)
        for one in _LESS_NEEDED:
            if sum(widths[each] for each in _FIGURES if fits[each]) > room:
                fits[one] = False
        for one, shown in fits.items():
            self._names[one].setVisible(shown)
            self._values[one].setVisible(shown)


def line_words(desk: Desk, phrases: Phrases) -> str:
    """How many wait, and how long the first of them has waited."""
    if desk.counts.since is None:
        return "0"
    age = desk.now - desk.counts.since
    return phrases.say("figures.line_value", count=desk.counts.total, age=clock(age))


def _icon(desk: Desk) -> str:
    return {
        Scene.TALKING: "video",
        Scene.WRAP_UP: "pencil-line",
        Scene.OFFERED: "zap",
        Scene.READY: "circle-check",
        Scene.NOT_RESPONDING: "triangle-alert",
        Scene.CONNECTING: "loader",
    }.get(scene(desk), "clock")


class StatusMenu(QFrame):
    """What the status can become, and the way to camera and sound.

    Signals: ``acted(act)``, ``language_chosen(language)``, ``closed()``, ``equipment_asked()``.
    """

    acted = Signal(object)
    language_chosen = Signal(str)
    closed = Signal()
    equipment_asked = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("card", True)
        self.setObjectName("menu")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title, self._break, self._language = label("strong"), label("label"), label("label")
        self._available = Button(look, "menu.available", kind="primary", icon="circle-check", key="F3")
        self._reasons = {
            one: Button(look, f"menu.break.{one}", kind="row", icon="clock", key=str(place))
            for place, one in enumerate(BREAK_REASONS, start=1)
        }
        self._equipment = Button(look, "menu.equipment", icon="video", key="F11")
        self._phone, self._by_phone = Button(look, "menu.call_backs", icon="phone"), False
        self._phone.left = True
        self._sign_out = Button(look, "menu.sign_out", kind="plain", icon="log-out")
        self._languages = {one: Button(look, f"menu.language.{one}") for one in LANGUAGE_NAMES}
        for button in (*self._reasons.values(), self._available, self._equipment, self._sign_out):
            button.left = True
        self.setLayout(
            column(
                self._title, self._available, self._break, *self._reasons.values(), self._phone, self._equipment,
                self._sign_out, self._language,
                row(*self._languages.values(), None, gap=6), gap=6, margins=(14, 12, 14, 14),
            )
        )  # fmt: skip
        self._available.clicked.connect(lambda: self._act(WentAvailable()))
        self._equipment.clicked.connect(self.equipment_asked)
        self._phone.clicked.connect(lambda: self._act(ChannelsChosen(phone=not self._by_phone)))
        self._sign_out.clicked.connect(lambda: self._act(SignedOut()))
        for one, button in self._reasons.items():
            button.clicked.connect(lambda _=False, reason=one: self._act(TookBreak(reason)))
        for one, button in self._languages.items():
            button.clicked.connect(lambda _=False, chosen=one: self.language_chosen.emit(chosen))
        self.hide()

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """Which entries live, and whether they mean now or next."""
        may = permitted(desk)
        after = "_next" if scene(desk) in (Scene.TALKING, Scene.WRAP_UP, Scene.OFFERED) else ""
        put(self._title, phrases.say("menu.title"))
        self.setAccessibleName(phrases.say("menu.title"))
        put(self._break, phrases.say(f"menu.break{after}"))
        put(self._language, phrases.say("menu.language"))
        self._available.tell(phrases.say(f"menu.available{after}"), enabled=Act.AVAILABLE in may)
        for one, button in self._reasons.items():
            button.tell(phrases.say(f"reason.{one}"), enabled=Act.BREAK in may)
        self._equipment.tell(phrases.say("equipment.title"))
        self._by_phone = desk.operator is not None and "phone" in desk.operator.channels
        word = "menu.call_backs_off" if self._by_phone else "menu.call_backs_on"
        self._phone.tell(phrases.say(word), enabled=Act.CHANNELS in may)
        self._sign_out.tell(phrases.say("menu.sign_out"), enabled=Act.SIGN_OUT in may)
        for one, button in self._languages.items():
            button.tell(LANGUAGE_NAMES[one], kind="chosen" if one == phrases.language else "plain")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Figures choose a break, Escape closes."""
        keys = {str(place): reason for place, reason in enumerate(BREAK_REASONS, start=1)}
        if event.text() in keys and self._reasons[keys[event.text()]].isEnabled():
            self._act(TookBreak(keys[event.text()]))
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _act(self, act: object) -> None:
        self.closed.emit()
        self.acted.emit(act)
