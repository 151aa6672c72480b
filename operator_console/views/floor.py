"""View: the floor for a supervisor: live conversations and what each operator is doing, with clocks."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from operator_console.desk import Desk
from operator_console.phrases import Phrases, clock, rating, talk_length
from operator_console.views.look import Look
from operator_console.views.parts import column, label, put, restyle
from operator_console.views.scroll import scrolled

_SESSIONS = ("ticket", "place", "operator", "service", "lasts", "media")
_OPERATORS = ("operator", "status", "since", "next", "served", "talk", "rating")
#: How the width is shared among the columns: near enough to each other to be read along.
_SESSION_SHARES = (2, 6, 5, 3, 2, 3)
_OPERATOR_SHARES = (5, 4, 2, 3, 2, 2, 2)

Cell = tuple[str, str]  # text and tone


class Table(QFrame):
    """Rows of words under headings; grows and shrinks with what it is told."""

    def __init__(self, name: str, columns: int, shares: tuple[int, ...]) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setObjectName(name)
        self._title, self._none = label("heading", name=f"{name}.title"), label("quiet", name=f"{name}.none")
        self._heads = [label("note") for _ in range(columns)]
        self._cells: list[list[QLabel]] = []
        self._told: tuple[str, str, list[str], list[list[Cell]]] = ("", "", [], [])
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(0)
        for place, head in enumerate(self._heads):
            head.setProperty("cell", True)
            self._grid.addWidget(head, 0, place)
            self._grid.setColumnStretch(place, shares[place])
        self._grid.setRowStretch(1000, 1)
        self._scroll = scroll = scrolled(inside, words_alone=True)
        self.setLayout(column(self._title, self._none, scroll, gap=10, margins=(18, 14, 10, 14)))

    def tell(self, title: str, none: str, heads: list[str], lines: list[list[Cell]]) -> None:
        """All of it anew; labels are kept, so nothing flickers, and what stays costs next to nothing."""
        told = (title, none, heads, lines)
        if told == self._told:
            return
        before, self._told = self._told[3], told
        put(self._title, f"{title} · {len(lines)}" if lines else title)
        self._scroll.setAccessibleName(title)
        put(self._none, "" if lines else none)
        for head, text in zip(self._heads, heads, strict=True):
            put(head, text if lines else "")
        while len(self._cells) < len(lines):
            self._add_row()
        for number, cells in enumerate(self._cells):
            if number < min(len(lines), len(before)) and lines[number] == before[number]:
                continue
            line = lines[number] if number < len(lines) else [("", "")] * len(cells)
            for cell, (text, tone) in zip(cells, line, strict=True):
                put(cell, text or ("—" if number < len(lines) else ""))
                restyle(cell, "tone", tone)

    def _add_row(self) -> None:
        number = len(self._cells)
        cells = [
            label("strong" if place == 0 else "", wrap=True, name=f"{self.objectName()}.{number}.{place}")
            for place in range(len(self._heads))
        ]
        for place, cell in enumerate(cells):
            cell.setProperty("cell", True)
            self._grid.addWidget(cell, number + 1, place)
        self._cells.append(cells)


class FloorView(QWidget):
    """Two tables, one below the other; only what the server told, with clocks that go on."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("page")
        self._sessions = Table("floor.sessions", len(_SESSIONS), _SESSION_SHARES)
        self._operators = Table("floor.operators", len(_OPERATORS), _OPERATOR_SHARES)
        self.setLayout(column(self._sessions, self._operators, gap=10))

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """The floor as last told."""
        say, floor = phrases.say, desk.floor
        lines = [
            [
                (one.ticket_number, ""),
                (one.place, ""),
                (one.operator_name, ""),
                (phrases.known(f"service.{one.service}", one.service), ""),
                (clock(desk.now - one.started_at), ""),
                (phrases.known(f"floor.media.{one.media}", one.media), _MEDIA_TONE.get(one.media, "")),
            ]
            for one in (floor.sessions if floor else ())
        ]
        heads = [say(f"floor.{one}") for one in _SESSIONS]
        self._sessions.tell(say("floor.sessions"), say("floor.none"), heads, lines)
        people = [
            [
                (one.name, ""),
                (phrases.status(one), _STATUS_TONE.get(one.status.value, "")),
                (clock(desk.now - one.since), ""),
                (phrases.next_status(one).partition(": ")[2] or "—", ""),
                (str(one.served_today), ""),
                (talk_length(one.mean_talk_s) if one.mean_talk_s else "—", ""),
                (rating(one.mean_rating, phrases.language), ""),
            ]
            for one in (floor.operators if floor else ())
        ]
        heads = [say(f"floor.{one}") for one in _OPERATORS]
        self._operators.tell(say("floor.operators"), say("floor.nobody"), heads, people)


_MEDIA_TONE = {"live": "success", "reconnecting": "warning", "lost": "danger"}
_STATUS_TONE = {"available": "success", "not_responding": "danger", "grace": "warning", "wrap_up": "warning"}
