"""Rules: what happens to customers: they join, leave, fetch papers, are passed on. Checks first, then moves."""

from __future__ import annotations

from equeue import cases, operator_states, recalls, rests, ticket_states
from equeue import effects as tell
from equeue import events as ev
from equeue.deadlines import Deadline, Kind
from equeue.errors import IllegalMove, UnknownChannel
from equeue.floor import Floor
from equeue.new_tickets import check_new, numbered
from equeue.operators import Operator
from equeue.session_rules import end_session
from equeue.settings import Settings
from equeue.ticket import Ticket
from equeue.ticket_states import TicketState

#: Nobody is moved further ahead, and no centre gathers faster: beyond any need, and within what can be computed.
_FURTHEST_S = 365 * 86_400
_FASTEST_PERCENT = 10_000


def taken(floor: Floor, event: ev.TicketTaken) -> None:
    """A customer joins the line and gets a number."""
    check_new(floor, event)
    if event.channel not in floor.settings.channels:
        raise UnknownChannel(f"the settings have no weight for the channel {event.channel!r}")
    ticket = numbered(
        floor, event, event.kiosk_id, supplier=event.supplier, case_id=event.case_id, channel=event.channel
    )
    cases.join(floor, ticket, ev.TicketTaken)


def left(floor: Floor, event: ev.TicketLeft) -> None:
    """A customer goes away. During an offer this is no miss, and the operator's idle clock goes on."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.TicketLeft)
    operator = floor.operator(ticket.operator_id) if ticket.operator_id is not None else None
    if operator is not None:
        floor.effects.append(tell.OfferWithdrawn(ticket.id, operator.id, ticket.kiosk_id, "customer_left"))
        ticket.operator_id = None
    rests.end(floor, ticket)
    floor.move_ticket(ticket, ev.TicketLeft, event.reason)
    cases.left(floor, ticket)
    if operator is not None:
        floor.free_operator(operator, operator_states.OfferEnded)


def parked(floor: Floor, event: ev.TicketParked) -> None:
    """A customer goes to fetch papers; the place is kept until the limit for it."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.TicketParked)
    if ticket.operator_id is not None:
        end_session(floor, ticket, ev.TicketParked, "parked")
    else:
        floor.move_ticket(ticket, ev.TicketParked)
    floor.set_deadline(ticket, floor.in_seconds(floor.settings.park_limit_s), Kind.PARK)


def park_limit_passed(floor: Floor, deadline: Deadline) -> None:
    """Nobody came back from fetching papers."""
    ticket = floor.ticket(deadline.key)
    floor.move_ticket(ticket, ticket_states.ParkLimitPassed, "park_limit")
    cases.left(floor, ticket)


def moved_ahead(floor: Floor, event: ev.TicketMovedAhead) -> None:
    """A supervisor's single move: the place is as if the customer had come so much earlier."""
    ticket = floor.ticket(event.ticket_id)
    if ticket.state is not TicketState.WAITING or event.seconds <= 0:
        raise IllegalMove(f"ticket {ticket.id} is {ticket.state}: only a waiting one moves, and only ahead")
    if event.seconds > _FURTHEST_S:
        raise IllegalMove(f"ticket {ticket.id} can be moved ahead by {_FURTHEST_S} seconds at most")
    floor.leave_line(ticket)
    ticket.place = (ticket.place[0] - event.seconds * 1_000_000, *ticket.place[1:])
    ticket.moved = True
    floor.join_line(ticket)


def transferred(floor: Floor, event: ev.TicketTransferred) -> None:
    """The customer goes on to another service and keeps the original arrival."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.TicketTransferred)
    assert ticket.operator_id is not None
    operator = floor.operator(ticket.operator_id)
    named = floor.operator(event.operator_id) if event.operator_id else None
    if named is not None:
        _check_named(ticket, event, named)
    ticket.service = event.service or ticket.service
    ticket.supplier = event.supplier or ticket.supplier
    ticket.language = event.language or ticket.language
    ticket.wanted_since = floor.now
    if named is not None:
        floor.keep_for(ticket, named)
    end_session(floor, ticket, ev.TicketTransferred, "transferred")
    if named is not None:
        assert ticket.person_until is not None
        floor.effects.append(tell.KeptForPerson(ticket.id, ticket.kiosk_id, named.id, ticket.person_until))
    floor.exclude(ticket, operator, floor.settings.transfer_exclusion_s, "transferred")


def _check_named(ticket: Ticket, event: ev.TicketTransferred, named: Operator) -> None:
    supplier = event.supplier or ticket.supplier or ""
    need = ticket.need._replace(supplier=supplier, person=named.id)
    if named.id == ticket.operator_id or not named.on_duty or not named.serves(need):
        raise IllegalMove(f"ticket {ticket.id} cannot be passed on to {named.id}: not on duty, or not for this")


def person_waited_for(floor: Floor, deadline: Deadline) -> None:
    """The named operator had their time."""
    floor.wait_for_person_no_more(floor.ticket(deadline.key), "waited")


def centre_factor_changed(floor: Floor, event: ev.CentreFactorChanged) -> None:
    """A centre gathers priority faster or slower from now on, those who wait there already included."""
    if event.percent > _FASTEST_PERCENT:
        raise IllegalMove(f"centre {event.centre} can gather priority at {_FASTEST_PERCENT} percent at most")
    floor.centre_percent[event.centre] = max(1, event.percent)
    floor.doors.stale()
    for ticket in floor.tickets.values():
        if ticket.centre == event.centre:
            floor.stand_anew(ticket)


def settings_changed(floor: Floor, event: ev.SettingsChanged) -> None:
    """Other settings hold from now on."""
    before, floor.settings = floor.settings, Settings.from_toml(event.toml)
    recalls.letters_changed(floor, before)
    floor.doors.stale()
    for ticket in floor.tickets.values():
        floor.stand_anew(ticket)
    floor.match_everything()


def exclusion_over(floor: Floor, deadline: Deadline) -> None:
    """The ticket may be offered to this operator again."""
    ticket = floor.ticket(deadline.key)
    del ticket.kept_from[deadline.other]
    floor.match_again(ticket)


def relaxed(floor: Floor, deadline: Deadline) -> None:
    """The ticket has waited so long that it makes do with a lower level of skill."""
    floor.stand_anew(floor.ticket(deadline.key))


def reservation_over(floor: Floor, deadline: Deadline) -> None:
    """The ticket has waited so long that a reserved universal may take it."""
    ticket = floor.ticket(deadline.key)
    ticket.held_until = None
    floor.match_again(ticket)


def forgotten(floor: Floor, deadline: Deadline) -> None:
    """Nobody asks about this ticket any more."""
    floor.forget_person(floor.tickets[deadline.key])
    del floor.tickets[deadline.key]
