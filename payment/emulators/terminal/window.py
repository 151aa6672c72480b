"""View: the emulated terminal as a thing to play with: a display, a card, a plug."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar

import qasync
from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QFontDatabase, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

import assets
from payment.emulators.terminal.ledger import Transaction
from payment.emulators.terminal.machine import CardMachine
from payment.emulators.terminal.server import TerminalServer
from payment.emulators.terminal.words import WORDS

# Tokens of the product's design: ink, second ink, paper, brand, brand dark, tint, success, danger, edge.
_STYLE = """
* { font-family: Inter, "Noto Sans", sans-serif; color: #14212B; }
#case { background: #14212B; border-radius: 28px; }
#display { background: #F4F7F8; border-radius: 20px; }
#amount { font-size: 34px; font-weight: 600; }
#amount, #line, #state { background: transparent; }
#line { font-size: 22px; font-weight: 600; }
#line[kind="approved"] { color: #1D6B3A; }
#line[kind="declined"], #line[kind="off"] { color: #A3261B; }
#hint { color: #D5DEE4; font-size: 13px; }
QPushButton { border-radius: 16px; padding: 14px 10px; font-size: 16px; font-weight: 600;
    background: #FFFFFF; border: 2px solid #768792; }
QPushButton:focus { border: 3px solid #E2F0F2; }
QPushButton#tap { background: #0B5C6B; color: #FFFFFF; border-color: #0B5C6B; }
QPushButton#tap:pressed { background: #08434E; }
QPushButton#plug { color: #A3261B; }
QPushButton:disabled, QPushButton#tap:disabled { background: #4A5B68; color: #D5DEE4; border-color: #4A5B68; }
"""
#: Icon and colour of each state.
_SIGNS = {
    "ready": ("credit-card", "#4A5B68"),
    "pay": ("nfc", "#0B5C6B"),
    "approved": ("circle-check", "#1D6B3A"),
    "declined": ("circle-x", "#A3261B"),
    "off": ("zap", "#A3261B"),
}
_SIGN_PX = 112
_THIN_SPACE = "\u2009"
_RESULT_SHOWN_MS = 4000


class TerminalWindow(QWidget):
    """Shows what the machine waits for; its buttons are the customer and the power cord."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._words, self._language = WORDS[language], language
        self._told: Transaction | None = None
        self._tells_result = False
        self._machine: CardMachine | None = None
        self._pull: Callable[[], None] = lambda: None
        self.setWindowTitle(self._words["title"])
        self.setStyleSheet(_STYLE)
        self.setFixedSize(360, 560)
        self._amount, self._line, self._state = QLabel(), QLabel(), QLabel()
        self._tap = self._button("tap", lambda: self._present("approve"))
        self._decline = self._button("decline", lambda: self._present("decline"))
        self._plug = self._button("plug", lambda: self._pull())
        self._lay_out()
        self.draw()

    def connect_to(self, machine: CardMachine, pull_the_plug: Callable[[], None]) -> None:
        """Show this machine from now on."""
        self._machine, self._pull = machine, pull_the_plug
        machine.on_change = self.draw
        self.draw()

    def draw(self) -> None:
        """Draw the machine's present state."""
        if self._machine is not None and self._machine.last is not self._told:
            self._told, self._tells_result = self._machine.last, True
            QTimer.singleShot(_RESULT_SHOWN_MS, self._result_was_read)
        running = self._machine.running if self._machine else None
        last = self._told if self._tells_result else None
        shown = running or last
        kind = self._kind(running, last)
        self._amount.setText(_spoken(shown.amount, shown.currency, self._language) if shown else "")
        self._line.setText(self._words[kind])
        self._amount.setVisible(shown is not None)
        self._state.setPixmap(_sign(*_SIGNS[kind], self.devicePixelRatioF()))
        self._line.setProperty("kind", kind)
        self._line.style().unpolish(self._line)
        self._line.style().polish(self._line)
        self._tap.setEnabled(running is not None)
        self._decline.setEnabled(running is not None)

    def _kind(self, running: Transaction | None, last: Transaction | None) -> str:
        if self._machine is not None and not self._machine.powered:
            return "off"
        if running is not None:
            return "pay"
        if last is None:
            return "ready"
        return "approved" if last.outcome == "charged" else "declined"

    def _result_was_read(self) -> None:
        self._tells_result = False
        self.draw()

    def _present(self, outcome: str) -> None:
        if self._machine is not None:
            self._machine.present(outcome)

    def _button(self, name: str, pressed: Callable[[], None]) -> QPushButton:
        button = QPushButton(self._words[name])
        button.setObjectName(name)
        button.setMinimumHeight(56)
        button.clicked.connect(lambda: pressed())
        return button

    def _lay_out(self) -> None:
        display = _named(QFrame(), "display")
        screen = QVBoxLayout(display)
        screen.setContentsMargins(24, 32, 24, 32)
        screen.setSpacing(24)
        screen.addStretch(1)
        for label, name in ((self._amount, "amount"), (self._state, "state"), (self._line, "line")):
            _named(label, name).setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            screen.addWidget(label)
        screen.addStretch(1)
        hint = _named(QLabel(self._words["hint"]), "hint")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        case = _named(QFrame(), "case")
        inside = QVBoxLayout(case)
        inside.setContentsMargins(24, 24, 24, 24)
        inside.setSpacing(16)
        inside.addWidget(display, 1)
        inside.addWidget(self._tap)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._decline)
        row.addWidget(self._plug)
        inside.addLayout(row)
        inside.addWidget(hint)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.addWidget(case)


Named = TypeVar("Named", bound=QWidget)


def _named(widget: Named, name: str) -> Named:
    widget.setObjectName(name)
    return widget


def _sign(name: str, colour: str, ratio: float) -> QPixmap:
    """A Lucide icon in a colour, sharp on any screen."""
    drawing = assets.path(f"icons/{name}.svg").read_text("utf-8").replace("currentColor", colour)
    pixmap = QPixmap(round(_SIGN_PX * ratio), round(_SIGN_PX * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def run_window(
    start: Callable[[], Awaitable[tuple[CardMachine, TerminalServer]]],
    language: str,
    pull_the_plug: Callable[[TerminalServer], None],
) -> None:
    """Show the window and run the terminal in its loop until the window is closed."""
    application = QApplication(sys.argv[:1])
    for font in ("Inter-Regular.otf", "Inter-SemiBold.otf"):
        QFontDatabase.addApplicationFont(str(assets.path(f"fonts/{font}")))
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner:
        runner.run(_show(application, start, language, pull_the_plug))


async def _show(
    application: QApplication,
    start: Callable[[], Awaitable[tuple[CardMachine, TerminalServer]]],
    language: str,
    pull_the_plug: Callable[[TerminalServer], None],
) -> None:
    window = TerminalWindow(language)
    machine, server = await start()
    window.connect_to(machine, lambda: pull_the_plug(server))
    closed = asyncio.Event()
    application.lastWindowClosed.connect(closed.set)
    window.show()
    await closed.wait()


def _spoken(minor: int, currency: str, language: str) -> str:
    whole, part = f"{Decimal(minor).scaleb(-2):,.2f}".replace(",", _THIN_SPACE).split(".")
    point = "." if language == "en" else ","
    return f"{whole}{point}{part} { {'RUB': '₽', 'EUR': '€'}.get(currency, currency) }"
