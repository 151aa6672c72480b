"""Rules: what somebody outside a booth is told of the wait: the booth takes one person at a time.

However many operators there are, whoever is inside, is asked in, or stood at this door before comes first.
"""

from __future__ import annotations

from datetime import datetime

from equeue.dispatcher import Dispatcher
from equeue.floor import microseconds
from equeue.ticket import Ticket
from equeue.waits import wait_band
from signaling.protocol.values import WaitBand


def door_wait(queue: Dispatcher, ticket: Ticket, line: WaitBand | None, now: datetime) -> WaitBand | None:
    """Of somebody outside. ``line`` is the wait for an operator, and is returned as it is for whoever is not there."""
    outside = queue.door(ticket.kiosk_id).outside
    if ticket.id not in outside:
        return line
    order = sorted((queue.ticket(one) for one in outside), key=lambda one: _turn(one, now))
    return _for_the_booth(queue, ticket.kiosk_id, [one.id for one in order].index(ticket.id), line)


def newcomers_wait(queue: Dispatcher, kiosk_id: str, line: WaitBand | None) -> WaitBand | None:
    """Of who would take a ticket at this door now."""
    return _for_the_booth(queue, kiosk_id, len(queue.door(kiosk_id).outside), line)


def _for_the_booth(queue: Dispatcher, kiosk_id: str, before: int, line: WaitBand | None) -> WaitBand | None:
    door = queue.door(kiosk_id)
    sessions = before + int(door.occupied or door.called is not None)
    if line is None or not sessions:
        return line
    booth = wait_band(sessions - 1, 1, queue.usual_session_s)
    return WaitBand(p50=max(line.p50, round(booth[0])), p90=max(line.p90, round(booth[1])))


def _turn(ticket: Ticket, now: datetime) -> tuple[int, object]:
    """Who has the least is asked in first, were it to happen now."""
    return -ticket.rate * (microseconds(now) - ticket.place[0]), ticket.place
