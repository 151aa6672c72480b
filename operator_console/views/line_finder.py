"""View: whoever is not among the first of the line, found by their number; and the words for where somebody is."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from operator_console.desk import Act, Desk, permitted
from operator_console.phrases import Phrases
from operator_console.queue_acts import ChoseInLine, LookedInLine
from operator_console.views.look import Look
from operator_console.views.parts import Row, column, label, put
from signaling.protocol.queueing import QueueRow
from signaling.protocol.waiting_line import FOUND_MOST, FoundRow


class LineFinder(QWidget):
    """A field for a number, and who has it. ``choosing``: one of them can be chosen. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look, name: str, *, choosing: bool = False) -> None:
        super().__init__()
        self._choosing = choosing
        self._number = QLineEdit()
        self._number.setObjectName(f"{name}.number")
        self._number.setMaxLength(12)
        self._number.setClearButtonEnabled(True)
        self._none = label("quiet", wrap=True, name=f"{name}.none")
        self._found = [Row(look, f"{name}.{place}") for place in range(FOUND_MOST)]
        self._tickets = [""] * FOUND_MOST
        self.setLayout(column(self._number, self._none, *self._found, gap=6))
        self._number.returnPressed.connect(self._look_for)
        self._number.textChanged.connect(self._emptied)
        for place, shown in enumerate(self._found):
            shown.clicked.connect(partial(self._choose, place))

    def _look_for(self) -> None:
        if self._number.text().strip():
            self.acted.emit(LookedInLine(self._number.text()))

    def _emptied(self, text: str) -> None:
        if not text:
            self.acted.emit(LookedInLine(""))

    def _choose(self, place: int, _checked: bool = False) -> None:
        if self._choosing:
            self.acted.emit(ChoseInLine(self._tickets[place]))

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """The field, and what was answered last."""
        say, sought = phrases.say, desk.sought
        self._number.setPlaceholderText(say("line.find"))
        self._number.setAccessibleName(say("line.find"))
        self._number.setEnabled(Act.FIND in permitted(desk) or "line.find" in desk.awaited)
        nobody = sought.at is not None and not sought.rows
        put(self._none, say("line.not_found", number=sought.number) if nobody else "")
        for place, shown in enumerate(self._found):
            shown.setVisible(place < len(sought.rows))
            if place >= len(sought.rows) or sought.at is None:
                continue
            one = sought.rows[place]
            self._tickets[place] = one.row.ticket_id
            shown.tell(one.row.number, kind="chosen" if self._chosen(one, desk) else "row")
            where = where_words(one, desk.now, phrases)
            here = one.row.place or say("queue.elsewhere")
            topic = phrases.known(f"service.{one.row.service}", one.row.service)
            shown.annotate(say("line.found", time=phrases.time(sought.at), where=where) + f"\n{topic} · {here}")

    def _chosen(self, one: FoundRow, desk: Desk) -> bool:
        return self._choosing and one.row.ticket_id == desk.supervision.ticket_id


def where_words(one: FoundRow, now: datetime, phrases: Phrases) -> str:
    """The place in the line, or what they do instead of waiting."""
    if one.place is None:
        return state_words(one.row, now, phrases)
    return phrases.say("line.place", place=one.place)


def state_words(one: QueueRow, now: datetime, phrases: Phrases) -> str:
    """Where somebody of the line is, and until when."""
    if one.nobody:
        return phrases.say("queue.state.nobody")
    if one.state == "waiting":
        key = "moved" if one.moved else "waiting_call" if one.channel == "phone" else "waiting"
        return phrases.say(f"queue.state.{key}")
    if one.state == "callback":
        if one.due_at is None:
            return phrases.say("queue.state.callback")
        return phrases.say("queue.state.callback_at", time=phrases.moment(one.due_at, now))
    return phrases.known(f"queue.state.{one.state}", one.state)
