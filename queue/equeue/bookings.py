"""Rules: booked visits. Check-in makes a booking a place in the line, from shortly before its slot on.

On time, priority gathers at the booked class from the moment the place exists; late, at the class of those who
walk in, from the real arrival (features.md 7). Who never checks in is a no-show after a while, and may still come
within a few further calls. Who checks in early and leaves the kiosk again is booked as before.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from equeue import cases, recalls, ticket_states
from equeue import effects as tell
from equeue import events as ev
from equeue.deadlines import Deadline, Kind
from equeue.errors import BadSlot, CheckInEarly, IllegalMove, ReturnTooLate
from equeue.floor import Floor, microseconds
from equeue.new_tickets import check_new, next_number
from equeue.numbering import service_day
from equeue.ticket import Ticket

FURTHEST = timedelta(days=400)
#: the class that is of the booking, and is lost with it
BOOKED = "booked"


def booked(floor: Floor, event: ev.TicketBooked) -> None:
    """A visit is booked; it gets its number at check-in."""
    check_new(floor, event)
    slot = _slot(floor, event.slot)
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
    _stand_booked(floor, ticket, ev.TicketBooked)


def moved(floor: Floor, event: ev.BookingMoved) -> None:
    """The visit is at another time; who was told a number keeps it for the day."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.BookingMoved)
    slot = _slot(floor, event.slot)
    ticket.arrived = ticket.slot = slot
    ticket.place = (microseconds(slot), *ticket.place[1:])
    _stand_booked(floor, ticket, ev.BookingMoved)


def checked_in(floor: Floor, event: ev.BookedCheckedIn) -> None:
    """The booked customer is there, and waits for the slot or at once in the line."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.BookedCheckedIn)
    settings, slot = floor.settings, ticket.slot
    if slot is None or ticket.connected_at is not None:
        raise IllegalMove(f"ticket {ticket.id} is not of somebody who is still expected for a slot")
    floor.check_place(ticket, event.centre)
    if floor.now < slot - timedelta(seconds=settings.booking_open_s):
        raise CheckInEarly(f"the slot of ticket {ticket.id} is at {slot.isoformat()}")
    if ticket.state is ticket_states.TicketState.NO_SHOW:
        _check_recall(floor, ticket)
    ticket.kiosk_id = event.kiosk_id
    today = service_day(floor.now, settings)
    if not ticket.number or ticket.numbered_on != today:  # one of another day may be somebody else's by now
        ticket.number, ticket.numbered_on = next_number(floor, ticket.service), today
        floor.effects.append(tell.TicketNumbered(ticket.id, ticket.kiosk_id, ticket.number))
    floor.move_ticket(ticket, ev.BookedCheckedIn)
    if floor.now > slot + timedelta(seconds=settings.booking_late_s) and ticket.priority == BOOKED:
        ticket.priority = settings.late_priority  # a need somebody declared is theirs, however late
    begins = slot - timedelta(seconds=settings.booking_early_s)
    if floor.now < begins:
        floor.set_deadline(ticket, begins, Kind.SLOT)
    else:
        _enter(floor, ticket)


def went_away(floor: Floor, event: ev.BookedWentAway) -> None:
    """The kiosk is for others until the slot is near; the visit stays booked."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.BookedWentAway)
    ticket.kiosk_id = ""
    _stand_booked(floor, ticket, ev.BookedWentAway)


def slot_near(floor: Floor, deadline: Deadline) -> None:
    """The slot of a checked-in customer is near: the place in the line begins."""
    _enter(floor, floor.ticket(deadline.key))


def no_show(floor: Floor, deadline: Deadline) -> None:
    """The booked customer did not check in; for a few further calls of the letter it is still possible."""
    ticket = floor.ticket(deadline.key)
    recalls.count_from_now(floor, ticket)
    floor.move_ticket(ticket, ticket_states.NobodyCame, "no_check_in")


def _check_recall(floor: Floor, ticket: Ticket) -> None:
    """Raises ReturnTooLate unless only so few were called, and so short a time went by, since nobody was expected."""
    assert ticket.since is not None
    called = floor.calls.get(floor.settings.letter(ticket.service), 0)
    if called >= ticket.recall_before or floor.now > ticket.since + timedelta(seconds=floor.settings.recall_limit_s):
        raise ReturnTooLate(f"ticket {ticket.id} was expected until {ticket.since.isoformat()}")


def _stand_booked(floor: Floor, ticket: Ticket, what: type) -> None:
    """Booked by ``what``, and expected until some time after the slot."""
    assert ticket.slot is not None
    floor.move_ticket(ticket, what)
    floor.set_deadline(ticket, _last(floor, ticket.slot), Kind.NO_SHOW)


def _slot(floor: Floor, text: str) -> datetime:
    """The slot as a moment that can still come; raises BadSlot."""
    slot = moment(text)
    if slot > floor.now + FURTHEST:
        raise BadSlot(f"the slot {text} is more than {FURTHEST.days} days away")
    if _last(floor, slot) <= floor.now:
        raise BadSlot(f"the slot {text} is over")
    return slot


def _last(floor: Floor, slot: datetime) -> datetime:
    return slot + timedelta(seconds=floor.settings.booking_no_show_s)


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
