"""Rules: what somebody outside a booth is told of the wait: the booth takes one person at a time.

However many operators there are, whoever is inside, is asked in, or stood at this door before comes first.
"""

from __future__ import annotations

from datetime import datetime

from equeue.dispatcher import Dispatcher
from equeue.ticket import Ticket
from equeue.waits import wait_band
from signaling.protocol.values import WaitBand


def door_wait(queue: Dispatcher, ticket: Ticket, line: WaitBand | None, now: datetime) -> WaitBand | None:
    """Of somebody outside. ``line`` is the wait for an operator, and is returned as it is for whoever is not there."""
    outside = [one.id for one in queue.outside(ticket.kiosk_id, now)]
    if ticket.id not in outside:
        return line
    return _for_the_booth(queue, ticket.kiosk_id, outside.index(ticket.id), line)


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
