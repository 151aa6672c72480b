"""View: the supervisor's page: who talks with whom, and the line."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from operator_console.desk import Desk
from operator_console.phrases import Phrases
from operator_console.queue_steps import waiting_in_all
from operator_console.views.floor import FloorView
from operator_console.views.look import Look
from operator_console.views.parts import Button, column, row
from operator_console.views.queue import QueueView

Sheet = Literal["people", "queue"]
_SHEETS: tuple[Sheet, ...] = ("people", "queue")


class SupervisorView(QWidget):
    """Two sheets, one at a time. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("page")
        self._floor, self._queue, self._stack = FloorView(look), QueueView(look), QStackedWidget()
        self._stack.addWidget(self._floor)
        self._stack.addWidget(self._queue)
        self._tabs = {one: Button(look, f"floor.sheet.{one}") for one in _SHEETS}
        self.setLayout(column(row(*self._tabs.values(), None, gap=6), self._stack, gap=10))
        for one, button in self._tabs.items():
            button.clicked.connect(lambda _=False, sheet=one: self.open(sheet))
        self._queue.acted.connect(self.acted)
        self._shown: tuple[Desk, Phrases] | None = None

    def open(self, sheet: Sheet) -> None:
        """Turn to a sheet."""
        self._stack.setCurrentIndex(_SHEETS.index(sheet))
        if self._shown is not None:
            self.show_desk(*self._shown)

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """The sheet in view, as last told."""
        self._shown = (desk, phrases)
        at = self._stack.currentIndex()
        words = {
            "people": phrases.say("floor.sheet.people"),
            "queue": phrases.say("floor.sheet.queue", count=waiting_in_all(desk)),
        }
        for place, one in enumerate(_SHEETS):
            self._tabs[one].tell(words[one], kind="chosen" if place == at else "plain")
        if at == 0:
            self._floor.show_desk(desk, phrases)
        else:
            self._queue.show_desk(desk, phrases)
