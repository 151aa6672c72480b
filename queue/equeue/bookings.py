"""Rules: booked visits. Check-in makes a booking a place in the line, from shortly before its slot on.

On time, priority gathers at the booked class from the moment the place exists; late, at the class of those who
walk in, from the real arrival (features.md 7). Who never checks in is a no-show after a while.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from equeue import cases, ticket_states
from equeue import effects as tell
from equeue import events as ev
from equeue.deadlines import Deadline, Kind
from equeue.errors import BadSlot
from equeue.floor import Floor, microseconds
from equeue.new_tickets import check_new
from equeue.ticket import Ticket

FURTHEST = timedelta(days=400)


def booked(floor: Floor, event: ev.TicketBooked) -> None:
    """A visit is booked; it gets its number at check-in."""
    check_new(floor, event)
    slot = moment(event.slot)
    if slot > floor.now + FURTHEST:
        raise BadSlot(f"the slot {event.slot} is more than {FURTHEST.days} days away")
    last = slot + timedelta(seconds=floor.settings.booking_no_show_s)
    if last <= floor.now:
        raise BadSlot(f"the slot {event.slot} is over")
    floor.taken += 1
    ticket = Ticket(
        id=event.ticket_id,
        number="",
        kiosk_id="",
        centre=event.centre,
        service=event.service,
        priority=event.priority,
        language=event.language,
        supplier=event.supplier,
        case_id=event.case_id,
        arrived=slot,
        place=(microseconds(slot), floor.taken, event.ticket_id),
        slot=slot,
    )
    floor.tickets[ticket.id] = ticket
    floor.move_ticket(ticket, ev.TicketBooked)
    floor.set_deadline(ticket, last, Kind.NO_SHOW)


def checked_in(floor: Floor, event: ev.BookedCheckedIn) -> None:
    """The booked customer is there, and waits for the slot or at once in the line."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.BookedCheckedIn)
    assert ticket.slot is not None
    settings = floor.settings
    ticket.kiosk_id = event.kiosk_id
    ticket.number = floor.numbering.next(ticket.service, floor.now, settings)
    floor.effects.append(tell.TicketNumbered(ticket.id, ticket.kiosk_id, ticket.number))
    floor.move_ticket(ticket, ev.BookedCheckedIn)
    if floor.now > ticket.slot + timedelta(seconds=settings.booking_late_s):
        ticket.priority = settings.late_priority
    begins = ticket.slot - timedelta(seconds=settings.booking_early_s)
    if floor.now < begins:
        floor.set_deadline(ticket, begins, Kind.SLOT)
    else:
        _enter(floor, ticket)


def slot_near(floor: Floor, deadline: Deadline) -> None:
    """The slot of a checked-in customer is near: the place in the line begins."""
    _enter(floor, floor.ticket(deadline.key))


def no_show(floor: Floor, deadline: Deadline) -> None:
    """The booked customer did not check in."""
    floor.move_ticket(floor.ticket(deadline.key), ticket_states.NobodyCame, "no_check_in")


def _enter(floor: Floor, ticket: Ticket) -> None:
    ticket.arrived = floor.now
    ticket.place = (microseconds(floor.now), *ticket.place[1:])
    cases.join(floor, ticket, ticket_states.SlotNear)


def moment(text: str) -> datetime:
    """A moment in ISO 8601 with its distance to UTC; raises BadSlot."""
    try:
        slot = datetime.fromisoformat(text)
    except ValueError:
        raise BadSlot(f"write a moment such as 2026-11-02T10:00:00+05:00, not {text!r}") from None
    if slot.tzinfo is None:
        raise BadSlot(f"the moment {text} lacks its distance to UTC, such as +05:00")
    return slot
