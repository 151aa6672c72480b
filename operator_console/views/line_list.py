"""View: who waits, where, since when."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from operator_console.desk import Desk
from operator_console.phrases import Phrases, clock
from operator_console.views.line_finder import LineFinder
from operator_console.views.look import Look
from operator_console.views.parts import column, label, put, restyle, row
from operator_console.views.scroll import scrolled
from signaling.protocol.values import LineRow

#: From this age on a row is tinted: the person has waited long.
LONG = timedelta(minutes=5)


class _Row(QFrame):
    def __init__(self, place: int) -> None:
        super().__init__()
        self.setObjectName(f"line.{place}")
        self._number = label("strong", name=f"line.{place}.number")
        self._age = label("strong", name=f"line.{place}.age")
        self._topic, self._place = label(wrap=True), label("note", wrap=True)
        self.setLayout(
            column(row(self._number, None, self._age), self._topic, self._place, gap=3, margins=(10, 8, 10, 8))
        )

    def show_row(self, waiting: LineRow, desk: Desk, phrases: Phrases) -> None:
        age = desk.now - waiting.taken_at
        offered = desk.offer is not None and desk.offer.ticket_id == waiting.ticket_id
        put(self._number, waiting.number)
        put(self._age, clock(age))
        put(self._topic, phrases.known(f"service.{waiting.topic or waiting.service}", waiting.topic))
        put(self._place, waiting.place)
        restyle(self, "tile", "brand" if offered else "warning" if age >= LONG else "plain")
        restyle(self._age, "tone", "warning" if age >= LONG and not offered else "")


class LineList(QFrame):
    """The first of the waiting line, how many there are, and a field to find any. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setProperty("card", True)
        self.setObjectName("line")
        self._title = label("strong")
        self._empty = label("quiet", wrap=True, name="line.empty")
        self._finder = LineFinder(look, "line.find")
        self._finder.acted.connect(self.acted)
        self._rows: list[_Row] = []
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self._scroll = scroll = scrolled(inside, words_alone=True)
        self.setLayout(column(self._title, self._finder, self._empty, scroll, gap=8, margins=(12, 12, 12, 12)))

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """All rows; their ages go on with each tick."""
        total = desk.counts.total
        put(self._title, phrases.say("line.count", count=total) if total else phrases.say("line.title"))
        self._scroll.setAccessibleName(phrases.say("line.title"))
        put(self._empty, self._beside_the_rows(desk, phrases))
        self._finder.show_desk(desk, phrases)
        while len(self._rows) < len(desk.line):
            made = _Row(len(self._rows))
            self._rows.append(made)
            self._column.insertWidget(self._column.count() - 1, made)
        for place, shown in enumerate(self._rows):
            shown.setVisible(place < len(desk.line))
        for shown, waiting in zip(self._rows, desk.line, strict=False):
            shown.show_row(waiting, desk, phrases)

    def _beside_the_rows(self, desk: Desk, phrases: Phrases) -> str:
        """That there are none; or that there are more, and what they came for."""
        if not desk.line:
            return phrases.say("line.empty")
        if desk.counts.total <= len(desk.line):
            return ""
        kinds = sorted(desk.counts.services.items(), key=lambda one: -one[1])
        services = " · ".join(f"{phrases.known(f'service.{kind}', kind)} {many}" for kind, many in kinds)
        return f"{phrases.say('line.shown', count=len(desk.line))}. {services}"
