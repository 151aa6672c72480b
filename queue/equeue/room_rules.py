"""Rules: room beside what goes on, kept for somebody who needs more of it than a desk has left.

Small contacts fit in whenever one of them ends, so alone they could pass somebody who came before them for ever.
Whoever has waited ``room_after_s``, would be passed once more, and has no other desk that will take them, has the room
of one desk kept: nobody who stands behind them comes there until they fit, go elsewhere, or ``room_s`` is over. Then
that desk keeps no room for anybody for as long again. Emptying a desk costs conversations that could be beside each
other, so this is for nobody who is only in a long line (docs/decisions/0095).
"""

from __future__ import annotations

from equeue.deadlines import Deadline
from equeue.floor import SECOND, Floor, microseconds
from equeue.operator_states import OperatorState
from equeue.operators import CAPACITY, Operator
from equeue.row import Requirement, turn
from equeue.ticket import Ticket

_WILLING = (None, "available")
_MOST_KNOWN = 1000


def is_kept_from(floor: Floor, operator: Operator, ticket: Ticket) -> bool:
    """Whether this operator keeps the room that ``ticket`` would take for somebody before it; decided now if need be.

    What is kept from one is kept from all who stand behind it.
    """
    while floor.settings.room_s:
        before = _whom(floor, operator)
        if before is not None:
            now_us = microseconds(floor.now)
            return turn(before.rate, before.place, now_us) < turn(ticket.rate, ticket.place, now_us)
        before = _passed(floor, operator, ticket)
        if before is None:
            return False
        floor.keep_room(before, _desk_for(floor, before, operator))
    return False


def over(floor: Floor, deadline: Deadline) -> None:
    """Room was kept long enough; for as long as it was, others come."""
    ticket = floor.ticket(deadline.key)
    operator = floor.operator(ticket.room_at)
    operator.room_again = floor.in_seconds(floor.settings.room_s)
    floor.give_room_back(ticket)


def _whom(floor: Floor, operator: Operator) -> Ticket | None:
    """For whom room is kept here; given back first where they cannot have it any more."""
    if not operator.room_for:
        return None
    ticket = floor.tickets[operator.room_for]
    if _can_have(floor, ticket, operator):
        return ticket
    floor.give_room_back(ticket)
    return None


def _can_have(floor: Floor, ticket: Ticket, operator: Operator) -> bool:
    return (
        bool(operator.shared)
        and operator.state in (OperatorState.SHARING, OperatorState.OFFERED)
        and operator.next_status in _WILLING
        and operator.serves(ticket.need)
        and not ticket.excludes(operator.id, floor.now)
    )


def _passed(floor: Floor, operator: Operator, ticket: Ticket) -> Ticket | None:
    """Who would be passed should this operator be offered the ticket: the first before it who finds too little room
    here because of what is smaller, and for whom none is kept elsewhere."""
    now_us = microseconds(floor.now)
    first = floor.line.first_for(operator.reach, operator.serves, operator.known, now_us)
    if first == ticket.id or _rests(floor, operator):
        return None
    found, best = None, turn(ticket.rate, ticket.place, now_us)
    for rate, rows in operator.reach.rows.items():
        for row in rows:
            if rate * (now_us - row.first[0]) < -best[0]:
                continue
            wanted = floor.weight(row.need.channel)
            if _smaller(operator, wanted) + wanted <= CAPACITY:
                continue
            for place in row:
                one, mark = floor.tickets[place[2]], turn(rate, place, now_us)
                if mark >= best or _waited(floor, one) < floor.settings.room_after_s:
                    break
                if not one.excludes(operator.id, floor.now) and not _has_room_elsewhere(floor, one):
                    if not _is_taken_soon(floor, one.need):
                        found, best = one, mark
                    break
    return found


def _waited(floor: Floor, ticket: Ticket) -> int:
    return (floor.now - (ticket.wanted_since or ticket.arrived)) // SECOND


def _has_room_elsewhere(floor: Floor, ticket: Ticket) -> bool:
    return bool(ticket.room_at) and _can_have(floor, ticket, floor.operators[ticket.room_at])


def _is_taken_soon(floor: Floor, need: Requirement) -> bool:
    """Whether somebody who serves it has nothing else to do, or will have as soon as one talk is over."""
    known = floor.taking_soon.get(need)  # who it was at the last look: most talks are longer than a step
    if known is not None and _takes_soon(floor, floor.operators[known], need):
        return True
    for one in floor.operators.values():
        if not one.shared and _takes_soon(floor, one, need):
            if len(floor.taking_soon) > _MOST_KNOWN:
                floor.taking_soon.clear()
            floor.taking_soon[need] = one.id
            return True
    return False


def _takes_soon(floor: Floor, operator: Operator, need: Requirement) -> bool:
    """A talk without an end is not waited for."""
    since = operator.session_since
    return (
        not operator.shared
        and operator.on_duty
        and operator.next_status in _WILLING
        and operator.serves(need)
        and (since is None or (floor.now - since) // SECOND < floor.settings.room_s)
    )


def _rests(floor: Floor, operator: Operator) -> bool:
    return operator.room_again is not None and floor.now < operator.room_again


def _desk_for(floor: Floor, ticket: Ticket, asked: Operator) -> Operator:
    """Where the least has to end before they fit; ``asked`` can be chosen for sure."""
    wanted = floor.weight(ticket.channel)
    best, least = asked, (_smaller(asked, wanted), asked.load, asked.id)
    for operator_id in floor.room:
        one = floor.operators[operator_id]
        marks = (_smaller(one, wanted), one.load, one.id)
        if marks < least and not _rests(floor, one) and _whom(floor, one) is None and _can_have(floor, ticket, one):
            best, least = one, marks
    return best


def _smaller(operator: Operator, wanted: int) -> int:
    """Room that is taken by what weighs less than ``wanted``: more of it comes whenever one ends."""
    return sum(weight for weight in operator.shared.values() if weight < wanted)
