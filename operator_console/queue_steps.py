"""Rules: the line at a supervisor's desk: who is looked at, and what is decided about them, with a reason on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from operator_console import happenings as h
from operator_console import queue_acts as a
from signaling.protocol import queueing as q
from signaling.protocol import waiting_line as w

if TYPE_CHECKING:
    from operator_console.desk_state import Desk, Stepped


@dataclass(frozen=True, slots=True)
class Supervision:
    """Who or what is looked at: one who waits, or a service centre, or nothing."""

    ticket_id: str = ""
    centre: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """A number that was looked for, and who has it, as of ``at``; nobody had it then, or there is no answer yet."""

    number: str = ""
    rows: tuple[w.FoundRow, ...] = ()
    at: datetime | None = None


def line_changed(desk: Desk, event: w.LineChanged) -> Stepped:
    """The first of the waiting line, and how many there are."""
    return replace(desk, line=w.line_after(desk.line, event), counts=event.counts), ()


def looked_in_line(desk: Desk, act: a.LookedInLine) -> Stepped:
    """One who may be further down than the line is told; an empty number puts the answer away."""
    number = act.number.strip()[:12]
    desk = replace(desk, sought=Sought(number))
    return _send(desk, w.LineFind(number=number)) if number else (desk, ())


def found_in_line(desk: Desk, command: w.LineFind, rows: tuple[w.FoundRow, ...]) -> Desk:
    """The answer, if it is still wanted; the only one found is looked at at once."""
    if command.number != desk.sought.number:
        return desk
    only = Supervision(ticket_id=rows[0].row.ticket_id) if len(rows) == 1 else desk.supervision
    return replace(desk, sought=Sought(command.number, rows, desk.now), supervision=only)


def waiting_in_all(desk: Desk) -> int:
    """Everybody who waits, also who is too far down to be told of."""
    return sum(one.waiting for one in desk.floor.centres) if desk.floor else 0


def row_in_view(desk: Desk) -> q.QueueRow | None:
    """The one in the line who is looked at, as long as the server tells of them; else as they were found."""
    return next((one for one in _rows(desk) if one.ticket_id == desk.supervision.ticket_id), None)


def _rows(desk: Desk) -> tuple[q.QueueRow, ...]:
    return (*(desk.floor.queue if desk.floor else ()), *(one.row for one in desk.sought.rows))


def centre_in_view(desk: Desk) -> q.CentreRow | None:
    """The service centre that is looked at."""
    rows = desk.floor.centres if desk.floor else ()
    return next((one for one in rows if one.centre == desk.supervision.centre), None)


def chose_in_line(desk: Desk, act: a.ChoseInLine) -> Stepped:
    """One of the line."""
    return replace(desk, supervision=Supervision(ticket_id=act.ticket_id)), ()


def chose_centre(desk: Desk, act: a.ChoseCentre) -> Stepped:
    """One service centre."""
    return replace(desk, supervision=Supervision(centre=act.centre)), ()


def moved_ahead(desk: Desk, act: a.MovedAhead) -> Stepped:
    """Only who waits can be moved; whoever was called meanwhile needs it no more."""
    row = row_in_view(desk)
    if row is None or row.state != "waiting":
        return desk, ()
    return _send(desk, q.TicketMove(ticket_id=row.ticket_id, seconds=act.minutes * 60, reason=act.reason))


def weighed_centre(desk: Desk, act: a.WeighedCentre) -> Stepped:
    """The same weight again would be a line in the log that says nothing."""
    row = centre_in_view(desk)
    if row is None or row.percent == act.percent:
        return desk, ()
    return _send(desk, q.CentreWeigh(centre=row.centre, percent=act.percent, reason=act.reason))


def decided(desk: Desk, command: q.TicketMove | q.CentreWeigh) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What is said once the server has written it down: phrase and values."""
    if isinstance(command, q.CentreWeigh):
        return "queue.weighed", (("centre", command.centre), ("percent", str(command.percent)))
    number = next((one.number for one in _rows(desk) if one.ticket_id == command.ticket_id), "")
    return "queue.moved", (("number", number), ("minutes", str(command.seconds // 60)))


def _send(desk: Desk, command: q.TicketMove | q.CentreWeigh | w.LineFind) -> Stepped:
    return replace(desk, awaited=desk.awaited | {command.type}), (h.Send(command),)
