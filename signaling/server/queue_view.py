"""Rules: the line and the service centres as a supervisor sees them; nothing personal."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from equeue.ticket import Ticket
from equeue.ticket_states import TicketState
from signaling.protocol.queueing import CentreRow, QueueRow
from signaling.protocol.values import Channel
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


def rows(front: FrontOffice, now: datetime) -> tuple[QueueRow, ...]:
    """Who waits, in the order of calling, then who is about to, or may come back, oldest first."""
    others = [ticket for one in front.tickets if (ticket := front.queued(one)) is not None and ticket.state in _SOON]
    others.sort(key=lambda one: one.place)
    return tuple(_row(one) for one in (*front.queue.waiting(now)[:_MOST], *others[:_MOST]))


def centre_rows(front: FrontOffice, now: datetime) -> tuple[CentreRow, ...]:
    """Every service centre with its factor and its line."""
    waiting: dict[str, list[Ticket]] = {one.place: [] for one in front.kiosks.values()}
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


def _row(ticket: Ticket) -> QueueRow:
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
    )
