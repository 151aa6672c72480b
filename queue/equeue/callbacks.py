"""Rules: people who are elsewhere and are called. Checks first, then moves.

A call-back is a ticket of the channel ``phone``. Its place begins when it is asked for, or is the one a person had
who went home instead of waiting; it grows no older before a moment the person chose, and is kept through every gap
between two calls. Somebody who asks a second time
merges with the first request and gathers priority as ``repeat_priority``.
"""

from __future__ import annotations

from datetime import datetime

from equeue import cases, rests, session_rules, ticket_states
from equeue import events as ev
from equeue.bookings import FURTHEST, moment
from equeue.deadlines import Deadline, Kind
from equeue.errors import BadSlot, IllegalMove
from equeue.floor import Floor
from equeue.new_tickets import check_new, numbered
from equeue.ticket import PHONE, Ticket
from equeue.ticket_states import TicketState


def asked(floor: Floor, event: ev.CallBackAsked) -> None:
    """Somebody asks on the site or by phone to be called."""
    check_new(floor, event)
    call_after = _call_after(floor, event.not_before)
    ticket = numbered(
        floor, event, "", supplier=event.supplier, case_id=event.case_id, channel=PHONE, call_after=call_after
    )
    cases.join(floor, ticket, ev.CallBackAsked)
    rest(floor, ticket, chosen=True)


def wished(floor: Floor, event: ev.CallBackWished) -> None:
    """Somebody who waits goes home; the place stays as old as it is."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.CallBackWished)
    call_after = _call_after(floor, event.not_before)
    rests.end(floor, ticket)
    floor.move_ticket(ticket, ev.CallBackWished)
    ticket.channel, ticket.kiosk_id, ticket.at_door, ticket.call_after = PHONE, "", False, call_after
    rest(floor, ticket, chosen=True)


def unanswered(floor: Floor, event: ev.CallBackUnanswered) -> None:
    """Nobody was reached: once more after the gap, or never again after the last try."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.CallBackUnanswered)
    if ticket.channel != PHONE:
        raise IllegalMove(f"ticket {ticket.id} is of somebody at a kiosk")
    ticket.tries += 1
    ticket.call_after = floor.in_seconds(floor.settings.callback_gap_s)
    last = ticket.tries >= floor.settings.callback_tries
    what = ticket_states.NotReached if last else ev.CallBackUnanswered
    session_rules.end_session(floor, ticket, what, "not_reached", write_up=False)
    if last:
        cases.not_reached(floor, ticket)
        return
    cases.who_is_there_leads(floor, ticket)
    rest(floor, ticket)


def rest(floor: Floor, ticket: Ticket, *, chosen: bool = False) -> None:
    """Until the moment for a call, ``chosen`` by the person or after a gap; if it is now, the ticket is in the line.
    Nothing for one that has merged."""
    if ticket.state is not TicketState.CALLBACK:
        return
    if ticket.call_after is None or ticket.call_after <= floor.now:
        floor.move_ticket(ticket, ticket_states.CallBackDue)
    else:
        if chosen:
            rests.begin(floor, ticket)
        floor.set_deadline(ticket, ticket.call_after, Kind.CALLBACK)


def due(floor: Floor, deadline: Deadline) -> None:
    """The moment for a call has come."""
    ticket = floor.ticket(deadline.key)
    ticket.wanted_since = floor.now
    rests.end(floor, ticket)
    floor.move_ticket(ticket, ticket_states.CallBackDue)


def _call_after(floor: Floor, not_before: str | None) -> datetime | None:
    if not_before is None:
        return None
    found = moment(not_before)
    if found > floor.now + FURTHEST:
        raise BadSlot(f"{not_before} is more than {FURTHEST.days} days away")
    return found
