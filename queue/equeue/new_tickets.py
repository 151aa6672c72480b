"""Rules: what every new ticket needs, however it comes: a fresh id, a class with a slope, a place in the line."""

from __future__ import annotations

from typing import Any

from equeue import effects as tell
from equeue import events as ev
from equeue.errors import TicketExists, UnknownPriority
from equeue.floor import Floor, microseconds
from equeue.ticket import Ticket
from equeue.ticket_states import ENDED

#: The events by which a ticket begins.
_Beginning = ev.TicketTaken | ev.TicketBooked | ev.CallBackAsked | ev.DoorTicketTaken
#: Those by which it gets its number at once.
_Numbered = ev.TicketTaken | ev.CallBackAsked | ev.DoorTicketTaken


def check_new(floor: Floor, event: _Beginning) -> None:
    """Raises TicketExists or UnknownPriority; nothing has changed."""
    if event.ticket_id in floor.tickets:
        raise TicketExists(f"ticket {event.ticket_id} was taken already")
    if event.priority not in floor.settings.slopes:
        raise UnknownPriority(f"the settings have no slope for {event.priority!r}")


def next_number(floor: Floor, service: str) -> str:
    """A number that nobody else has today."""
    held = (one.number for one in floor.tickets.values() if one.number and one.state not in ENDED)
    return floor.numbering.next(service, floor.now, floor.settings, held)


def numbered(floor: Floor, event: _Numbered, kiosk_id: str, **more: Any) -> Ticket:
    """A ticket that gets its number now, and its place by this moment; the caller moves it where it belongs."""
    floor.taken += 1
    ticket = Ticket(
        id=event.ticket_id,
        number=next_number(floor, event.service),
        kiosk_id=kiosk_id,
        centre=event.centre,
        service=event.service,
        priority=event.priority,
        language=event.language,
        arrived=floor.now,
        place=(microseconds(floor.now), floor.taken, event.ticket_id),
        **more,
    )
    floor.tickets[ticket.id] = ticket
    floor.effects.append(tell.TicketNumbered(ticket.id, ticket.kiosk_id, ticket.number))
    return ticket
