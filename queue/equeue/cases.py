"""Rules: one person's open requests are one case: one place in the line, one ring, and served once.

A call-back asked for on the site, another by phone and a ticket taken at a kiosk of the same case merge. The
request that leads stands in the line with the earliest arrival of them all, the fastest class, and a bounded
boost for each repetition (features.md 7); where the person stands at a kiosk, that one leads, else the newest.
Serving it closes the rest; should the person walk away from it, the request merged last stands up again, in the line
or away as it was.
"""

from __future__ import annotations

from equeue import effects as tell
from equeue import rests, ticket_states
from equeue.deadlines import Kind
from equeue.floor import OUTSIDE, Floor, microseconds
from equeue.ticket import PHONE, Case, Ticket
from equeue.ticket_states import TicketState

#: Not with an operator: a newer request may stand for it.
_IN_LINE = frozenset({TicketState.WAITING, TicketState.PARKED, TicketState.RECALLABLE, TicketState.CALLBACK})
#: nobody is there
_AWAY = frozenset({TicketState.PARKED, TicketState.RECALLABLE})


def join(floor: Floor, ticket: Ticket, what: type) -> None:
    """The ticket comes into the line by ``what``, or merges with what is open of its case."""
    if ticket.case_id is None or not floor.settings.merge_requests:
        floor.move_ticket(ticket, what)
        return
    case = floor.cases.setdefault(ticket.case_id, Case(ticket.id))
    if case.leading == ticket.id:
        floor.move_ticket(ticket, what)
        return
    leader = floor.tickets[case.leading]
    rests.end(floor, leader)
    if leader.state in _IN_LINE and (ticket.kiosk_id or not leader.kiosk_id or leader.state in _AWAY):
        case.merged.append(leader.id)
        case.leading = ticket.id
        _take_over(floor, ticket, leader, case)
        leader.merged_away = leader.state in _AWAY
        floor.move_ticket(leader, ticket_states.MergedInto, ticket.id)
        _hand_over(floor, leader, ticket)
        floor.move_ticket(ticket, what)
    else:
        case.merged.append(ticket.id)
        ticket.merged_away = False
        floor.move_ticket(ticket, ticket_states.MergedInto, leader.id)
        if leader.state is TicketState.WAITING:
            floor.leave_line(leader)
            _take_over(floor, leader, ticket, case)
            floor.join_line(leader)
        else:
            _take_over(floor, leader, ticket, case)


def left(floor: Floor, ticket: Ticket) -> None:
    """The person has given up this request; another of the case, if any, stands up at the same place."""
    case = floor.cases.get(ticket.case_id or "")
    if case is None:
        return
    if ticket.id in case.merged:
        case.merged.remove(ticket.id)
    elif case.leading == ticket.id:
        if not case.merged:
            del floor.cases[ticket.case_id or ""]
            return
        next_one = floor.tickets[case.merged.pop()]
        case.leading = next_one.id
        _inherit(floor, ticket, next_one)
        if next_one.call_after is not None and next_one.call_after > floor.now:
            floor.move_ticket(next_one, ticket_states.StoodUpLater)
            rests.begin(floor, next_one)
            floor.set_deadline(next_one, next_one.call_after, Kind.CALLBACK)
        elif next_one.merged_away:
            floor.move_ticket(next_one, ticket_states.StoodUpAway)
            floor.set_deadline(next_one, floor.in_seconds(floor.settings.park_limit_s), Kind.PARK)
        else:
            floor.move_ticket(next_one, ticket_states.StoodUp)


def who_is_there_leads(floor: Floor, leader: Ticket) -> None:
    """A call, or the offer of one, came to nothing: somebody who stands at a kiosk does not wait beneath it."""
    case = floor.cases.get(leader.case_id or "")
    if case is None or case.leading != leader.id or leader.channel != PHONE or leader.state not in _IN_LINE:
        return
    there = [one for one in map(floor.tickets.__getitem__, case.merged) if one.kiosk_id and not one.merged_away]
    if not there:
        return
    ticket = there[-1]
    case.merged[case.merged.index(ticket.id)], case.leading = leader.id, ticket.id
    floor.move_ticket(leader, ticket_states.MergedInto, ticket.id)
    _inherit(floor, leader, ticket)
    floor.move_ticket(ticket, ticket_states.StoodUp)


def not_reached(floor: Floor, ticket: Ticket) -> None:
    """Nobody answers: all call-backs of the person are over; who of them stands at a kiosk is not."""
    case = floor.cases.get(ticket.case_id or "")
    if case is None or case.leading != ticket.id:
        return
    for ticket_id in [one for one in case.merged if floor.tickets[one].channel == PHONE]:
        case.merged.remove(ticket_id)
        floor.move_ticket(floor.tickets[ticket_id], ticket_states.ServedAsOne, "not_reached")
    left(floor, ticket)


def served(floor: Floor, ticket: Ticket) -> None:
    """The person has been served: all their open requests are done."""
    case = floor.cases.get(ticket.case_id or "")
    if case is None or case.leading != ticket.id:
        return
    del floor.cases[ticket.case_id or ""]
    for ticket_id in case.merged:
        floor.move_ticket(floor.tickets[ticket_id], ticket_states.ServedAsOne, ticket.id)


def _inherit(floor: Floor, before: Ticket, ticket: Ticket) -> None:
    """The place of the one that stood for it, and what was decided for the person; neither is in the line."""
    ticket.arrived, ticket.priority = before.arrived, before.priority
    ticket.place = (*before.place[:2], ticket.id)
    _hand_over(floor, before, ticket)


def _hand_over(floor: Floor, before: Ticket, ticket: Ticket) -> None:
    """A supervisor's move, whom it is kept from and whom it was passed on to go with the person."""
    ticket.moved = ticket.moved or before.moved
    for operator_id, until in before.kept_from.items():
        if until > floor.now:
            floor.exclude_until(ticket, operator_id, until, "same_person")
    if before.person_until is not None:
        operator_id, until = before.person, before.person_until
        floor.forget_person(before)
        floor.keep_for_until(ticket, operator_id, until)
        floor.effects.append(tell.KeptForPerson(ticket.id, ticket.kiosk_id, operator_id, until))


def _take_over(floor: Floor, leader: Ticket, other: Ticket, case: Case) -> None:
    """Earliest arrival, fastest class, bounded boost; nothing ever moves back."""
    slopes = floor.settings.slopes
    asked_again = (floor.settings.repeat_priority,) if leader.channel == other.channel == PHONE else ()
    for priority in (other.priority, *asked_again):
        if slopes.get(priority, 0) > slopes.get(leader.priority, 0):
            leader.priority = priority
    leader.arrived = min(leader.arrived, other.arrived)
    outside = leader.state in OUTSIDE
    if outside:
        floor.leave_outside(leader)
    best = min(leader.place, other.place)
    boost_s = min(floor.settings.merge_boost_cap_s, floor.settings.merge_boost_s * len(case.merged))
    boosted = (microseconds(leader.arrived) - boost_s * 1_000_000, best[1])
    leader.place = (*min(best[:2], boosted), leader.id)
    if outside:
        floor.join_outside(leader)
