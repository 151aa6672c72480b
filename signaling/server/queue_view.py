"""Rules: the line and the service centres as desks see them; nothing personal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, cast

from equeue.operator_states import OperatorState
from equeue.ticket import Ticket
from equeue.ticket_states import TicketState
from signaling.protocol.queueing import CentreRow, QueueRow
from signaling.protocol.values import Channel, LineRow
from signaling.protocol.values import TicketState as Told
from signaling.protocol.waiting_line import FOUND_MOST, LINE_SHOWN, FoundRow, LineCounts
from signaling.server.front_office import FrontOffice

#: Of each kind: a frame holds 64 KiB, and nobody reads further down.
_MOST = 100
_SOON = (
    TicketState.OFFERED,
    TicketState.CALLBACK,
    TicketState.AT_DOOR,
    TicketState.CALLED_IN,
    TicketState.PARKED,
    TicketState.RECALLABLE,
)


class LineSeen(NamedTuple):
    """What every desk is shown of the line."""

    rows: tuple[LineRow, ...] = ()
    counts: LineCounts = LineCounts()


def line_seen(front: FrontOffice, now: datetime) -> LineSeen:
    """The first places, those whose desk rings before those who wait, in the order of calling; and how many in all."""
    ringing = [one for one in front.queue.operators() if one.state is OperatorState.OFFERED and one.ticket_id]
    offered = [ticket for one in ringing if one.ticket_id and (ticket := front.queued(one.ticket_id)) is not None]
    offered.sort(key=lambda one: one.place)
    line = [*offered, *front.queue.waiting(now)]
    counts = LineCounts(
        total=len(line),
        since=min((one.arrived for one in line), default=None),
        services=Counter(one.service for one in line),
        priorities=Counter(one.priority for one in line),
        centres=Counter(one.centre for one in line),
    )
    return LineSeen(tuple(_line_row(one) for one in line[:LINE_SHOWN]), counts)


def found(front: FrontOffice, tickets: Iterable[Ticket], now: datetime) -> tuple[FoundRow, ...]:
    """Where these are, the newest first."""
    places = {one.id: place for place, one in enumerate(front.queue.waiting(now), start=1)}
    newest = sorted(tickets, key=lambda one: one.arrived, reverse=True)[:FOUND_MOST]
    unserved = front.queue.unserved(newest)
    return tuple(FoundRow(place=places.get(one.id), row=_row(one, unserved)) for one in newest)


def rows(front: FrontOffice, now: datetime) -> tuple[QueueRow, ...]:
    """Who waits, in the order of calling, then who is about to, or may come back, oldest first."""
    others = [ticket for one in front.tickets if (ticket := front.queued(one)) is not None and ticket.state in _SOON]
    others.sort(key=lambda one: one.place)
    shown = (*front.queue.waiting(now)[:_MOST], *others[:_MOST])
    unserved = front.queue.unserved(shown)
    return tuple(_row(one, unserved) for one in shown)


def centre_rows(front: FrontOffice, now: datetime) -> tuple[CentreRow, ...]:
    """Every service centre with its factor and its line."""
    waiting: dict[str, list[Ticket]] = {place: [] for place in front.centres()}
    for ticket in front.queue.waiting(now):
        waiting.setdefault(ticket.centre, []).append(ticket)
    return tuple(
        CentreRow(
            centre=centre,
            percent=front.queue.centre_percent(centre),
            waiting=len(tickets),
            longest_wait_s=max((int((now - one.arrived).total_seconds()) for one in tickets), default=0),
        )
        for centre, tickets in sorted(waiting.items())
    )


def _line_row(ticket: Ticket) -> LineRow:
    return LineRow(
        ticket_id=ticket.id,
        number=ticket.number,
        service=ticket.service,
        topic=ticket.service,
        place=ticket.centre,
        taken_at=ticket.arrived,
        state=Told.OFFERED if ticket.state is TicketState.OFFERED else Told.WAITING,
        channel=cast(Channel, ticket.channel),
    )


def _row(ticket: Ticket, unserved: frozenset[str]) -> QueueRow:
    return QueueRow(
        ticket_id=ticket.id,
        number=ticket.number,
        service=ticket.service,
        place=ticket.centre,
        channel=cast(Channel, ticket.channel),
        priority=ticket.priority,
        state=ticket.state.value,
        arrived_at=ticket.arrived,
        due_at=ticket.deadline,
        tries=ticket.tries,
        moved=ticket.moved,
        nobody=ticket.id in unserved,
    )
