"""Rules: the line at a supervisor's desk: who is looked at, and what is decided about them, with a reason on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from operator_console import happenings as h
from operator_console import queue_acts as a
from signaling.protocol import queueing as q

if TYPE_CHECKING:
    from operator_console.desk_state import Desk, Stepped


@dataclass(frozen=True, slots=True)
class Supervision:
    """Who or what is looked at: one who waits, or a service centre, or nothing."""

    ticket_id: str = ""
    centre: str = ""


def row_in_view(desk: Desk) -> q.QueueRow | None:
    """The one in the line who is looked at, as long as the server tells of them."""
    rows = desk.floor.queue if desk.floor else ()
    return next((one for one in rows if one.ticket_id == desk.supervision.ticket_id), None)


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
    rows = desk.floor.queue if desk.floor else ()
    number = next((one.number for one in rows if one.ticket_id == command.ticket_id), "")
    return "queue.moved", (("number", number), ("minutes", str(command.seconds // 60)))


def _send(desk: Desk, command: q.TicketMove | q.CentreWeigh) -> Stepped:
    return replace(desk, awaited=desk.awaited | {command.type}), (h.Send(command),)
