"""Rules: tickets taken at the capsule's door while somebody else is inside. Checks first, then moves.

The place in the line begins when the ticket is taken. The person is asked in when the kiosk is free and an operator
is, or within ``door_lead_s`` will be, free for them; who then enters stands in the line with the original arrival.
Nobody idle is ever held for somebody outside: whoever is inside a kiosk already is called first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from equeue import cases, recalls
from equeue import effects as tell
from equeue import events as ev
from equeue.deadlines import Deadline, Kind
from equeue.errors import TicketExists, UnknownPriority
from equeue.floor import OUTSIDE, Floor, microseconds
from equeue.operator_states import IN_SESSION, OperatorState
from equeue.operators import Operator
from equeue.ticket import Ticket
from equeue.ticket_states import DidNotAppear, DoorLimitPassed, WasCalledIn, after

_WILLING = (None, "available")


def taken(floor: Floor, event: ev.DoorTicketTaken) -> None:
    """Somebody outside gets a number and a place; the kiosk is another's until they are asked in."""
    if event.ticket_id in floor.tickets:
        raise TicketExists(f"ticket {event.ticket_id} was taken already")
    if event.priority not in floor.settings.slopes:
        raise UnknownPriority(f"the settings have no slope for {event.priority!r}")
    floor.taken += 1
    ticket = Ticket(
        id=event.ticket_id,
        number=floor.numbering.next(event.service, floor.now, floor.settings),
        kiosk_id=event.kiosk_id,
        centre=event.centre,
        service=event.service,
        priority=event.priority,
        language=event.language,
        supplier=None,
        case_id=None,
        arrived=floor.now,
        place=(microseconds(floor.now), floor.taken, event.ticket_id),
        at_door=True,
    )
    floor.tickets[ticket.id] = ticket
    floor.effects.append(tell.TicketNumbered(ticket.id, ticket.kiosk_id, ticket.number))
    floor.move_ticket(ticket, ev.DoorTicketTaken)
    stand_outside(floor, ticket)


def stand_outside(floor: Floor, ticket: Ticket) -> None:
    """Nobody stands there for ever."""
    floor.set_deadline(ticket, floor.in_seconds(floor.settings.door_limit_s), Kind.DOOR)


def entered(floor: Floor, event: ev.DoorEntered) -> None:
    """The person is inside, called in or not: a place in the line as old as the ticket."""
    ticket = floor.ticket(event.ticket_id)
    after(ticket.state, ev.DoorEntered)
    outside = ticket.state in OUTSIDE
    if outside:
        floor.leave_outside(ticket)
    ticket.kiosk_id, ticket.at_door = event.kiosk_id, False
    ticket.case_id, ticket.supplier = event.case_id or ticket.case_id, event.supplier or ticket.supplier
    if outside:
        floor.join_outside(ticket)
    floor.doors.occupied(event.kiosk_id, True)
    cases.join(floor, ticket, ev.DoorEntered)


def kiosk_occupied(floor: Floor, event: ev.KioskOccupied) -> None:
    """Somebody is inside."""
    floor.doors.occupied(event.kiosk_id, True)


def kiosk_freed(floor: Floor, event: ev.KioskFreed) -> None:
    """Nobody is inside."""
    floor.doors.occupied(event.kiosk_id, False)


def did_not_appear(floor: Floor, deadline: Deadline) -> None:
    """Asked in and not there in time: may still come within a few further calls; the next one is asked in."""
    ticket = floor.ticket(deadline.key)
    floor.move_ticket(ticket, DidNotAppear, "did_not_appear")
    recalls.keep(floor, ticket)


def limit_passed(floor: Floor, deadline: Deadline) -> None:
    """Nobody stands at a door for so long."""
    floor.move_ticket(floor.ticket(deadline.key), DoorLimitPassed, "door_limit")


def look_again(floor: Floor, _deadline: Deadline) -> None:
    """A session is so old that its operator counts as nearly free; what follows comes at the end of the step."""
    floor.doors.look_at = None


def call_in(floor: Floor) -> None:
    """At the end of each step: ask in everybody whose kiosk is free and for whom an operator nearly is.

    Costs nothing while nobody stands outside a free kiosk.
    """
    if not floor.doors.open:
        return
    soon = _nearly_free(floor)
    heads = [_first(floor, kiosk_id) for kiosk_id in floor.doors.open]
    waits: list[Ticket] = []
    for ticket in sorted(heads, key=lambda one: (-_priority(floor, one), one.place)):
        if _expected(floor, ticket, soon):
            floor.move_ticket(ticket, WasCalledIn)
            until = floor.in_seconds(floor.settings.door_grace_s)
            floor.set_deadline(ticket, until, Kind.CALLED_IN)
            floor.effects.append(tell.CalledIn(ticket.id, ticket.kiosk_id, ticket.number, until))
        else:
            waits.append(ticket)
    _plan_next_look(floor, waits)


def _first(floor: Floor, kiosk_id: str) -> Ticket:
    outside = [floor.tickets[one] for one in floor.doors.by_kiosk[kiosk_id].outside]
    return min(outside, key=lambda one: (-_priority(floor, one), one.place))


def _priority(floor: Floor, ticket: Ticket) -> int:
    return ticket.rate * (microseconds(floor.now) - ticket.place[0])


def _nearly_free(floor: Floor) -> list[Operator]:
    """Idle, writing up, or talking for about as long as talks take."""
    found = []
    for operator in floor.operators.values():
        if operator.next_status not in _WILLING:
            continue
        talking = operator.state in IN_SESSION and _nearly_over(floor, operator) <= floor.now
        if talking or operator.state in (OperatorState.AVAILABLE, OperatorState.WRAPUP):
            found.append(operator)
    return found


def _nearly_over(floor: Floor, operator: Operator) -> datetime:
    assert operator.session_since is not None
    usual = max(0, round(floor.handling.mean_s) - floor.settings.door_lead_s)
    return operator.session_since + timedelta(seconds=usual)


def _expected(floor: Floor, ticket: Ticket, soon: list[Operator]) -> bool:
    """Whether more operators for this ticket are nearly free than customers for them are ahead of it."""
    able = [one for one in soon if one.serves(ticket.need) and not ticket.excludes(one.id, floor.now)]
    if not able:
        return False
    now_us = microseconds(floor.now)
    counts = floor.line.ahead(ticket.rate, ticket.place, now_us)
    ahead = sum(count for need, count in counts.items() if any(one.serves(need) for one in able))
    for door in floor.doors.by_kiosk.values():
        if door.called is not None and any(one.serves(floor.tickets[door.called].need) for one in able):
            ahead += 1
    return len(able) > ahead


def _plan_next_look(floor: Floor, waits: list[Ticket]) -> None:
    """When the next session of somebody who could serve one of them will be nearly over."""
    moments = [
        moment
        for one in floor.operators.values()
        if waits and one.state in IN_SESSION and one.next_status in _WILLING
        if (moment := _nearly_over(floor, one)) > floor.now and any(one.serves(ticket.need) for ticket in waits)
    ]
    look_at = min(moments, default=None)
    if look_at != floor.doors.look_at:
        floor.doors.look_at = look_at
        if look_at is not None:
            floor.deadlines.add(look_at, Kind.LOOK, "")
