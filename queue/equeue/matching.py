"""Rules: bringing together. Before a step nobody idle fits anybody waiting, so only what came free is looked at.

An operator who comes free looks for the first customer in the line they can serve; that customer is offered to
the operator who is idle longest among all who can serve them. A customer who joins looks in the same way.

Universals (operators with the skill ``*``) can be held back: the last ``reserve_universals`` of them who are idle
are not offered a customer for whom a specialist is at work, before the customer has waited ``reserve_s``.
"""

from __future__ import annotations

from equeue import effects as tell
from equeue import room_rules
from equeue.floor import Floor, microseconds
from equeue.operator_states import OperatorState
from equeue.operators import CAPACITY, Operator
from equeue.row import Requirement, turn
from equeue.ticket import Ticket
from equeue.ticket_states import TicketState


def match(floor: Floor) -> None:
    """Make every offer that has become possible in this step."""
    while True:
        operators, floor.free_operators = floor.free_operators, []
        for operator in operators:
            _look_for_tickets(floor, operator)
            if operator.universal and floor.settings.reserve_universals:
                for other in [floor.operators[one] for one in floor.idle]:
                    if other.universal:
                        _look_for_tickets(floor, other)
        tickets, floor.free_tickets = floor.free_tickets, []
        if tickets and (floor.idle or floor.room):  # else somebody joins a long line
            now_us = microseconds(floor.now)
            for ticket in sorted(tickets, key=lambda one: turn(one.rate, one.place, now_us)):
                if ticket.state is TicketState.WAITING:
                    _look_for_operator(floor, ticket)
        if not floor.free_operators:  # else room that was kept for somebody who was offered to another
            return


def _look_for_tickets(floor: Floor, operator: Operator) -> None:
    """Until the operator is offered somebody, or nobody is left for them.

    Each turn takes one ticket out of the line: this operator could serve it, so somebody will be offered it.
    """

    def kept_from(ticket_id: str) -> bool:
        ticket = floor.tickets[ticket_id]
        return ticket.excludes(operator.id, floor.now) or (not shares and _held_back(floor, ticket, operator))

    def beside(need: Requirement) -> bool:
        return operator.load + floor.weight(need.channel) <= CAPACITY and operator.serves(need)

    may_be_held = operator.universal and floor.settings.reserve_universals
    now_us = microseconds(floor.now)
    while (shares := operator.takes_more) or operator.state is OperatorState.AVAILABLE:
        ticket_id = None
        if not shares and not may_be_held:
            ticket_id = floor.line.first_for(operator.reach, operator.serves, operator.known, now_us)
            if ticket_id is None:
                return
        if ticket_id is None or kept_from(ticket_id):  # then rows are looked into behind their heads
            ticket_id = floor.line.best(beside if shares else operator.serves, now_us, kept_from, operator.known)
        if ticket_id is None:
            return
        if shares and room_rules.is_kept_from(floor, operator, floor.tickets[ticket_id]):
            return  # and so from all who stand behind that one
        _look_for_operator(floor, floor.tickets[ticket_id])


def _look_for_operator(floor: Floor, ticket: Ticket) -> None:
    """Offer the ticket to somebody with room beside what goes on, the fullest first; else to the longest idle who
    fits, to a specialist first where universals are reserved."""
    need = ticket.need
    for operator_id in floor.room.for_weight(floor.weight(need.channel)) if floor.room else ():
        operator = floor.operators[operator_id]
        if not operator.serves(need) or ticket.excludes(operator_id, floor.now):
            continue
        if not room_rules.is_kept_from(floor, operator, ticket):
            floor.offer(ticket, operator)
            return
    universal: Operator | None = None
    for operator_id in floor.idle:
        operator = floor.operators[operator_id]
        if not operator.serves(need) or ticket.excludes(operator_id, floor.now):
            continue
        if floor.settings.reserve_universals and operator.universal:
            universal = universal or operator
            continue
        floor.offer(ticket, operator)
        return
    if universal is not None and not _held_back(floor, ticket, universal):
        floor.offer(ticket, universal)


def _held_back(floor: Floor, ticket: Ticket, operator: Operator) -> bool:
    """Whether this operator is kept for others while a specialist is expected; told once for each deadline."""
    if not operator.universal or floor.idle.universals > floor.settings.reserve_universals:
        return False
    if ticket.held_until is None or floor.now >= ticket.held_until or not floor.specialist_expected(ticket):
        return False
    if ticket.told_held is None or (floor.settings.edition > 1 and ticket.told_held != ticket.held_until):
        ticket.told_held = ticket.held_until
        floor.effects.append(tell.HeldForSpecialist(ticket.id, ticket.kiosk_id, ticket.held_until))
    return True
