"""Rules: a rest before a call. Until a moment that the person chose nobody calls, and no priority is gathered."""

from __future__ import annotations

from equeue.floor import MICROSECOND, Floor, microseconds
from equeue.ticket import Ticket


def begin(floor: Floor, ticket: Ticket) -> None:
    """Put its place off to when the call may be, less what the person has waited already."""
    if floor.settings.edition > 1:
        assert ticket.call_after is not None
        _put_off(ticket, microseconds(ticket.call_after) - microseconds(floor.now))


def end(floor: Floor, ticket: Ticket) -> None:
    """The moment has come, or the person has: the place is as old as what they have waited. Nothing if it was over."""
    if ticket.rested_us:
        assert ticket.call_after is not None
        left_us = max(0, microseconds(ticket.call_after) - microseconds(floor.now))
        ticket.arrived += (ticket.rested_us - left_us) * MICROSECOND
        _put_off(ticket, -left_us)
        ticket.rested_us = 0


def _put_off(ticket: Ticket, by_us: int) -> None:
    ticket.place = (ticket.place[0] + by_us, *ticket.place[1:])
    ticket.rested_us += by_us
