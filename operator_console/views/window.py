"""View: the console's window: the sign-in, the desk and the floor, the strip of news, the keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QStackedWidget, QWidget

from operator_console.desk import Desk, Scene, permitted, scene
from operator_console.happenings import (
    NEEDS,
    Accepted,
    Act,
    EndedCall,
    SwitchedHold,
    SwitchedPicture,
    SwitchedSound,
    WentAvailable,
    WrapUpExtended,
    WrapUpFinished,
)
from operator_console.phrases import Phrases
from operator_console.share_acts import StoppedShowing
from operator_console.views.call_back import CallBackStage
from operator_console.views.customer import CustomerPanel, TodayPanel
from operator_console.views.equipment import EquipmentPanel
from operator_console.views.line_list import LineList
from operator_console.views.look import Look
from operator_console.views.notes import NotePanel
from operator_console.views.parts import column, row
from operator_console.views.payments import PaymentsView
from operator_console.views.share import SharePanel
from operator_console.views.sign_in import SignInView
from operator_console.views.stage import IdleStage, OfferStage, WrapUpStage
from operator_console.views.strip import Strip
from operator_console.views.supervisor import SupervisorView
from operator_console.views.top_bar import StatusMenu, TopBar
from operator_console.views.video import CallStage, Pictures

#: An offer in the middle of a word does not take the next Enter, Escape or figure for an answer.
HANDS_STILL = timedelta(seconds=1)


class Window(QWidget):
    """Everything one person sees. ``show_desk`` shows, signals tell what the person does.

    Signals: ``acted(act)``, ``sign_in_asked(name, password)``, ``language_chosen(language)``, ``close_asked()``.
    """

    acted = Signal(object)
    language_chosen = Signal(str)
    close_asked = Signal()

    def __init__(self, look: Look, pictures: Pictures, host: str, name: str) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setMinimumSize(1180, 600)
        self.look = look
        self.sign_in = SignInView(look, host, name)
        self._bar, self._strip, self._line = TopBar(look), Strip(look), LineList(look)
        self._idle, self.offer, self.call = IdleStage(look, pictures), OfferStage(look), CallStage(look, pictures)
        self.call_back = CallBackStage(look)
        self._wrap_up, self._notes = WrapUpStage(look), NotePanel(look)
        self._customer, self._today = CustomerPanel(look), TodayPanel(look)
        self.floor, self._payments = SupervisorView(look), PaymentsView(look)
        self._stage, self._side, self._body, self._pages = (QStackedWidget() for _ in range(4))
        self._desk: Desk | None = None
        self._phrases: Phrases | None = None
        self._typed_at: datetime | None = None
        self._on_floor = self._on_payments = self._to_note = False
        self._lay_out()
        self.menu, self.equipment = StatusMenu(look, self), EquipmentPanel(look, pictures, self)
        self.share = SharePanel(look, self)
        for beside in (self.menu, self.equipment, self.share):
            beside.installEventFilter(self)
        self._connect()
        self._set_keys()
        self.setStyleSheet(look.style())

    def _lay_out(self) -> None:
        for view in (self._idle, self.offer, self.call, self.call_back, self._wrap_up):
            self._stage.addWidget(view)
        self._side.addWidget(self._today)
        self._side.addWidget(self._customer)
        centre = column(self._stage, self._notes, gap=10)
        centre.setStretch(0, 5)
        centre.setStretch(1, 2)
        desk = QWidget()
        desk.setObjectName("body")
        desk.setLayout(row(self._line, centre, self._side, gap=10))
        self._body.addWidget(desk)
        self._body.addWidget(self.floor)
        self._body.addWidget(self._payments)
        page = QWidget()
        page.setObjectName("page")
        body = column(self._body, margins=(10, 10, 10, 10))
        page.setLayout(column(self._bar, self._strip, body, gap=0))
        self._pages.addWidget(self.sign_in)
        self._pages.addWidget(page)
        self.setLayout(column(self._pages, gap=0))

    def _connect(self) -> None:
        for view in (
            self._line,
            self._idle,
            self.offer,
            self.call,
            self.call_back,
            self._wrap_up,
            self._notes,
            self._customer,
            self._strip,
            self._payments,
            self.floor,
        ):
            view.acted.connect(self.acted)
        self.menu.acted.connect(self.acted)
        self.share.acted.connect(self.acted)
        self.call.show_asked.connect(self.toggle_share)
        self.menu.closed.connect(self.menu.hide)
        self.menu.language_chosen.connect(self.language_chosen)
        self.menu.equipment_asked.connect(self.toggle_equipment)
        self.sign_in.language_chosen.connect(self.language_chosen)
        self._bar.status_asked.connect(self.open_menu)
        self._idle.status_asked.connect(self.open_menu)
        self._bar.floor_asked.connect(self.toggle_floor)
        self._bar.payments_asked.connect(self.toggle_payments)
        self.call.propose_asked.connect(self._customer.mirror.focus_field)
        for line in self.findChildren(QLineEdit):
            line.textEdited.connect(self._typed)
        for text in self.findChildren(QPlainTextEdit):
            text.textChanged.connect(lambda text=text: self._typed() if text.hasFocus() else None)

    def _set_keys(self) -> None:
        acts: dict[str, object] = {
            "F1": Accepted(),
            "F3": WentAvailable(),
            "F4": SwitchedSound(),
            "F5": SwitchedPicture(),
            "Ctrl+H": SwitchedHold(),
            "F8": WrapUpExtended(),
            "F9": WrapUpFinished(),
            "F12": EndedCall(),
        }
        for key, act in acts.items():
            self._key(key, partial(self._act, act))
        self._key("F2", self.open_menu)
        self._key("F6", self.toggle_floor)
        self._key("F10", self.toggle_payments)
        self._key("F7", self.call.press_help)
        self._key("F11", self.toggle_equipment)
        self._key("Ctrl+D", self._press_show)
        for figure in (1, 2, 3, 4):
            self._key(f"Ctrl+{figure}", partial(self._press_result, figure))
        for key, press in self.call_back.keys.items():
            self._key(key, press)
        offered: dict[str, Callable[[], None]] = {
            "Return": lambda: self._act(Accepted()),
            "Enter": lambda: self._act(Accepted()),
            "Escape": self.offer.press_escape,
            **{str(one): partial(self.offer.press_figure, one) for one in (1, 2, 3, 4)},
        }
        self._offer_keys = [self._key(key, do) for key, do in offered.items()]

    def _key(self, key: str, do: Callable[[], None]) -> QShortcut:
        made = QShortcut(QKeySequence(key), self)
        made.setAutoRepeat(False)
        made.activated.connect(do)
        return made

    # --- what the person does ---

    def _act(self, act: object) -> None:
        """A key stands for its button: it does nothing when the button would not be alive."""
        need = NEEDS[type(act)]
        if (
            self._desk is not None
            and self._pages.currentIndex() == 1
            and (need is None or need in permitted(self._desk))
        ):
            self.menu.hide()
            self.acted.emit(act)

    def _press_result(self, figure: int) -> None:
        if self._desk is not None and Act.RESULT in permitted(self._desk):
            self._notes.press_result(figure)

    def open_menu(self) -> None:
        """F2: what the status can become; once more closes it."""
        if self._desk is None or self._phrases is None or self._desk.operator is None:
            return
        if self.menu.isVisible():
            self.menu.hide()
            return
        self.menu.show_desk(self._desk, self._phrases)
        self.menu.adjustSize()
        below = self._bar.status.mapTo(self, QPoint(0, self._bar.status.height() + 8))
        self.menu.move(below)
        self.menu.show()
        self.menu.adjustSize()  # only what is shown has its letters' size, which the buttons are as wide as
        self.menu.raise_()
        self.menu.setFocus()

    def toggle_equipment(self) -> None:
        """F11: camera and sound, beside the picture, also in a call; once more closes it."""
        if self._desk is None or self._phrases is None or self._pages.currentIndex() == 0:
            return
        self._toggle(self.equipment, self.share)

    def _press_show(self) -> None:
        """Ctrl+D: a document for the customer; while one is seen, back to our picture."""
        if self._desk is None:
            return
        if Act.SHOW_END in permitted(self._desk):
            self._act(StoppedShowing())
        else:
            self.toggle_share()

    def toggle_share(self) -> None:
        """The panel with the document; once more closes it."""
        if self._desk is None or (not self.share.isVisible() and Act.SHOW not in permitted(self._desk)):
            return
        self._toggle(self.share, self.equipment)

    def _toggle(self, panel: QWidget, other: QWidget) -> None:
        """One of the panels at the right, in place of the other."""
        self.menu.hide()
        other.hide()
        if panel.isVisible():
            panel.hide()
        else:
            self._place_panels()
            panel.show()
            panel.raise_()
            panel.setFocus()
        self._again()

    def _place_panels(self) -> None:
        """Over the column at the right: the customer's picture stays in sight."""
        above = self._bar.height() + (self._strip.sizeHint().height() if self._strip.isVisible() else 0)
        top, width = above + 10, max(440, self.width() * 34 // 100)
        for panel in (self.equipment, self.share):
            panel.setGeometry(self.width() - width - 10, top, width, self.height() - top - 10)

    def toggle_floor(self) -> None:
        """A supervisor's way between the desk and the floor."""
        if self._desk is not None and Act.FLOOR in permitted(self._desk):
            self._on_floor, self._on_payments = not self._on_floor, False
            self._again()

    def toggle_payments(self) -> None:
        """To the payments and back; a conversation goes on meanwhile."""
        if self._desk is not None and Act.PAYMENTS in permitted(self._desk):
            self._on_floor, self._on_payments = False, not self._on_payments
            self._again()
            if self._on_payments:
                self._payments.focus_reference()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the menu or a panel the hands go back to the note; else what is typed next would be nobody's."""
        if event.type() is QEvent.Type.Hide and self._notes.isVisible() and self.isActiveWindow():
            self._notes.focus_text()
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        self._typed_at = self._desk.now if self._desk is not None else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A letter that nobody took: whoever types has not seen yet that the field is gone."""
        if event.text().isprintable() and event.text():
            self._typed()
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the menu closes it."""
        self.menu.hide()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The owner of the loop decides what ends, and when."""
        event.ignore()
        self.close_asked.emit()

    # --- what is shown ---

    @property
    def scene_name(self) -> str:
        """What the window shows, for tests and visitors' scripts."""
        if self._pages.currentIndex() == 0 or self._desk is None:
            return "sign_in"
        if self._on_payments:
            return "payments"
        return "floor" if self._on_floor else scene(self._desk).value

    def show_sign_in(self, phrases: Phrases, *, busy: bool = False, problem: str = "", tone: str = "danger") -> None:
        """Ask who sits here."""
        self.setWindowTitle(phrases.say("title"))
        arriving = self._pages.currentIndex() != 0 or not self.isVisible()
        self.menu.hide()
        self.equipment.hide()
        self.share.hide()
        self._set_offer_keys(False)
        self.sign_in.show_state(phrases, busy=busy, problem=problem, tone=tone)
        self._pages.setCurrentIndex(0)
        if arriving:
            self.sign_in.begin()

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """Show the desk as it is now."""
        before = scene(self._desk) if self._desk else None
        self._desk, self._phrases = desk, phrases
        now = scene(desk)
        self.setWindowTitle(phrases.say("title"))
        self._pages.setCurrentIndex(1)
        self._on_floor = self._on_floor and Act.FLOOR in permitted(desk)
        self._on_payments = self._on_payments and Act.PAYMENTS in permitted(desk)
        if now is Scene.OFFERED and before is not Scene.OFFERED:
            self._on_floor = self._on_payments = False
            self.menu.hide()
            self.equipment.hide()
            self.offer.setFocus()
        if now in (Scene.TALKING, Scene.WRAP_UP) and now is not before:
            self._to_note = True
        still = self._typed_at is None or desk.now - self._typed_at >= HANDS_STILL
        self._set_offer_keys(now is Scene.OFFERED and still)
        if now is not Scene.TALKING and before is Scene.TALKING:
            self.call.video.forget()
        self._bar.show_desk(desk, phrases, on_floor=self._on_floor, on_payments=self._on_payments)
        self._strip.show_desk(desk, phrases)
        if self.menu.isVisible():
            self.menu.show_desk(desk, phrases)
            self.menu.adjustSize()
        if self.equipment.isVisible():
            self._place_panels()
            self.equipment.show_desk(desk, phrases)
        if self.share.isVisible():
            self._place_panels()
            self.share.show_desk(desk, phrases)
        self._body.setCurrentIndex(2 if self._on_payments else 1 if self._on_floor else 0)
        if self._on_payments:
            self._payments.show_desk(desk, phrases)
        elif self._on_floor:
            self.floor.show_desk(desk, phrases)
        else:
            self._show_body(desk, phrases, now)

    def _show_body(self, desk: Desk, phrases: Phrases, now: Scene) -> None:
        call = self.call_back if desk.conversation is not None and desk.conversation.by_phone else self.call
        stage = {Scene.OFFERED: self.offer, Scene.TALKING: call, Scene.WRAP_UP: self._wrap_up}.get(now, self._idle)
        stage.show_desk(desk, phrases)
        self._stage.setCurrentWidget(stage)
        self._notes.setVisible(desk.conversation is not None)
        self._notes.show_desk(desk, phrases)
        if self._to_note and desk.conversation is not None:
            self._to_note = False
            self._notes.focus_text()
        self._line.show_desk(desk, phrases)
        person = desk.conversation is not None or (desk.offer is not None and desk.preview is not None)
        side = self._customer if person else self._today
        side.show_desk(desk, phrases)
        self._side.setCurrentWidget(side)

    def _set_offer_keys(self, alive: bool) -> None:
        for key in self._offer_keys:
            key.setEnabled(alive)

    def _again(self) -> None:
        if self._desk is not None and self._phrases is not None:
            self.show_desk(self._desk, self._phrases)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns keep their share; letters follow the window's width."""
        if self.look.fit(self.width()):
            self.setStyleSheet(self.look.style())
        self._line.setFixedWidth(max(200, self.width() * 14 // 100))
        self._side.setFixedWidth(max(400, self.width() * 34 // 100))
        self._place_panels()
        super().resizeEvent(event)
