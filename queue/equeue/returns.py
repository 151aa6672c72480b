"""Rules: people who come with a number they have: with their papers, after a walk, at another kiosk. Checks first.

The place stays as old as it was; only where the person is now changes. Somebody who was to be called by phone and
comes to a kiosk instead is called there.
"""

from __future__ import annotations

from datetime import timedelta

from equeue import callbacks, cases, door_rules, rests, ticket_states
from equeue import effects as tell
from equeue import events as ev
from equeue.errors import IllegalMove, ReturnTooLate
from equeue.floor import Floor
from equeue.ticket import PHONE, Ticket
from equeue.ticket_states import TicketState

#: With a place that goes on while the person walks over to another kiosk.
_STANDING = (TicketState.WAITING, TicketState.OFFERED, TicketState.CHECKED_IN)


def returned(floor: Floor, event: ev.TicketReturned) -> None:
    """A customer is back at the old place, if it is still kept, at the same kiosk or at another one."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.TicketReturned)
    floor.check_place(ticket, event.centre)
    if ticket.state in _STANDING:
        _go_on_at(floor, ticket, event.kiosk_id)
    elif ticket.state is TicketState.ABANDONED:
        assert ticket.since is not None
        if floor.now > ticket.since + timedelta(seconds=floor.settings.return_window_s):
            raise ReturnTooLate(f"ticket {ticket.id} was left at {ticket.since.isoformat()}")
        if ticket.at_door:
            floor.move_ticket(ticket, ticket_states.BackAtDoor)
            door_rules.stand_outside(floor, ticket)
        else:
            _at_kiosk(ticket, event.kiosk_id)
            later = ticket.channel == PHONE and ticket.call_after is not None and ticket.call_after > floor.now
            cases.join(floor, ticket, ticket_states.BackToCallBack if later else ev.TicketReturned)
            callbacks.rest(floor, ticket, chosen=later)
    else:
        if ticket.state is TicketState.CALLBACK and not event.kiosk_id:
            raise IllegalMove(f"ticket {ticket.id} will be called back: it can only come to a kiosk")
        rests.end(floor, ticket)
        _at_kiosk(ticket, event.kiosk_id)
        ticket.at_door, ticket.wanted_since = False, floor.now
        floor.move_ticket(ticket, ev.TicketReturned)


def _go_on_at(floor: Floor, ticket: Ticket, kiosk_id: str) -> None:
    """The place in the line, or the ringing desk, goes on; the person has another screen before them."""
    if not kiosk_id or kiosk_id == ticket.kiosk_id:
        raise IllegalMove(f"ticket {ticket.id} is {ticket.state} there already")
    if ticket.channel == PHONE and ticket.state is TicketState.OFFERED:
        raise IllegalMove(f"ticket {ticket.id} is being called by phone")
    waits = ticket.state is TicketState.WAITING
    if waits:
        floor.leave_line(ticket)
    _at_kiosk(ticket, kiosk_id)
    if waits:
        floor.join_line(ticket)
    floor.effects.append(tell.TicketChanged(ticket.id, kiosk_id, ticket.state, ticket.operator_id, "other_kiosk"))


def _at_kiosk(ticket: Ticket, kiosk_id: str) -> None:
    if kiosk_id:
        ticket.kiosk_id, ticket.call_after = kiosk_id, None
        ticket.channel = "video" if ticket.channel == PHONE else ticket.channel
