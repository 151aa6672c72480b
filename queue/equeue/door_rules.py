"""Rules: tickets taken at the capsule's door while somebody else is inside. Checks first, then moves.

The place in the line begins when the ticket is taken. The person is asked in when the kiosk is free and an operator
is, or within ``door_lead_s`` will be, free for them; who then enters stands in the line with the original arrival.
Nobody idle is ever held for somebody outside: whoever is inside a kiosk already is called first.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta

from equeue import cases, recalls
from equeue import effects as tell
from equeue import events as ev
from equeue.deadlines import Deadline, Kind
from equeue.doors import Door
from equeue.floor import EPOCH, MICROSECOND, OUTSIDE, Floor, microseconds
from equeue.new_tickets import check_new, numbered
from equeue.operator_states import IN_SESSION, OperatorState
from equeue.operators import Operator
from equeue.row import Requirement, turn
from equeue.ticket import Ticket
from equeue.ticket_states import DidNotAppear, DoorLimitPassed, WasCalledIn, after

_WILLING = (None, "available")


def taken(floor: Floor, event: ev.DoorTicketTaken) -> None:
    """Somebody outside gets a number and a place; the kiosk is another's until they are asked in."""
    check_new(floor, event)
    ticket = numbered(floor, event, event.kiosk_id, supplier=None, case_id=None, at_door=True)
    floor.move_ticket(ticket, ev.DoorTicketTaken)
    stand_outside(floor, ticket)


def stand_outside(floor: Floor, ticket: Ticket) -> None:
    """Nobody stands there for ever."""
    floor.set_deadline(ticket, floor.in_seconds(floor.settings.door_limit_s), Kind.DOOR)


def entered(floor: Floor, event: ev.DoorEntered) -> None:
    """The person is inside, called in or not: a place in the line as old as the ticket."""
    ticket = floor.ticket(event.ticket_id)
    after(ticket.state, ev.DoorEntered)
    floor.check_place(ticket, event.centre)
    outside = ticket.state in OUTSIDE
    if outside:
        floor.leave_outside(ticket)
    ticket.case_id, ticket.supplier = event.case_id or ticket.case_id, event.supplier or ticket.supplier
    if outside:
        floor.join_outside(ticket)
    ticket.kiosk_id, ticket.at_door = event.kiosk_id, False
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
    """Enough sessions are nearly over; what follows comes at the end of the step."""
    floor.doors.look_again(floor.now)


def call_in(floor: Floor) -> None:
    """At the end of each step: ask in everybody whose kiosk is free and for whom an operator nearly is.

    A door is looked at again only after as many changes as its people are short of, so that a step costs nothing
    while nobody stands outside a free kiosk, and next to nothing while the line is long.
    """
    idle_grew, floor.doors.idle_grew = floor.doors.idle_grew and bool(floor.idle), False
    if not floor.doors.open:
        return
    if idle_grew:
        floor.doors.stale()
    for kiosk_id in floor.doors.due():
        _look_at(floor, kiosk_id)
    look_at = floor.doors.look_at
    if look_at is not None and look_at != floor.doors.planned:
        floor.doors.planned = look_at
        floor.deadlines.add(look_at, Kind.LOOK, "")


def in_turn(floor: Floor, door: Door, now_us: int) -> list[Ticket]:
    """Those outside, who would be asked in first before the others."""
    outside = [floor.tickets[one] for one in door.outside]
    return sorted(outside, key=lambda one: turn(one.rate, one.place, now_us))


def _look_at(floor: Floor, kiosk_id: str) -> None:
    """Ask in the first there who is expected; else know how far from it everybody there is."""
    fewest, looks = None, []
    for ticket in in_turn(floor, floor.doors.by_kiosk[kiosk_id], microseconds(floor.now)):
        missing, later = _missing(floor, ticket)
        if missing <= 0:
            floor.move_ticket(ticket, WasCalledIn)
            until = floor.in_seconds(floor.settings.door_grace_s)
            floor.set_deadline(ticket, until, Kind.CALLED_IN)
            floor.effects.append(tell.CalledIn(ticket.id, ticket.kiosk_id, ticket.number, until))
            return
        changes, look = _next_look(floor, ticket, missing, sorted(later))
        fewest = changes if fewest is None else min(fewest, changes)
        if look is not None:
            looks.append(look)
    floor.doors.looked(kiosk_id, fewest or 0, min(looks, default=None))


def _next_look(floor: Floor, ticket: Ticket, missing: int, later: list[datetime]) -> tuple[int, datetime | None]:
    """After how many changes to look again, and when though nothing happens; before either it is not their turn.

    A change brings them nearer by one at most, and so does a session that is nearly over or somebody they overtake.
    With ``missing`` of both together there are half of the changes, or more than half of the others.
    """
    if floor.settings.edition == 1:
        return missing, later[missing - 1] if len(later) >= missing else None
    wanted, now_us = missing // 2 + 1, microseconds(floor.now)

    def _ahead(moment_us: int) -> int:
        return sum(floor.line.ahead(ticket.rate, ticket.place, moment_us).values())

    first, last = now_us, now_us + floor.settings.door_limit_s * 1_000_000
    before = _ahead(first)
    if _ahead(last) == before:  # nobody whom they overtake
        return missing - missing // 2, later[wanted - 1] if len(later) >= wanted else None
    sessions = [microseconds(one) for one in later]

    def _nearer(moment_us: int) -> int:
        return bisect_right(sessions, moment_us) + before - _ahead(moment_us)

    if _nearer(last) < wanted:
        return missing - missing // 2, None
    while last - first > 1_000_000:
        middle = (first + last) // 2
        first, last = (first, middle) if _nearer(middle) >= wanted else (middle, last)
    return missing - missing // 2, EPOCH + last * MICROSECOND


def _missing(floor: Floor, ticket: Ticket) -> tuple[int, list[datetime]]:
    """How many more operators have to be nearly free, or customers ahead gone, before the ticket's turn is near;
    and when each of the operators who talk will be nearly free. Somebody idle has nobody ahead by the rule of the
    line, but those who were asked in already."""
    able, later = [], []
    usual = timedelta(seconds=max(0, round(floor.handling.mean_s) - floor.settings.door_lead_s))
    for one in floor.operators.values():
        if one.next_status not in _WILLING or not one.serves(ticket.need) or ticket.excludes(one.id, floor.now):
            continue
        if one.state in (OperatorState.AVAILABLE, OperatorState.WRAPUP):
            able.append(one)
        elif one.state in IN_SESSION and one.session_since is not None:
            moment = one.session_since + usual
            if moment <= floor.now:
                able.append(one)
            else:
                later.append(moment)
    asked_in = [floor.tickets[door.called].need for door in floor.doors.by_kiosk.values() if door.called is not None]
    idle = [one for one in able if one.state is OperatorState.AVAILABLE]
    if len(idle) > _competing(asked_in, idle):
        return 0, later
    counts = floor.line.ahead(ticket.rate, ticket.place, microseconds(floor.now))
    ahead = sum(count for need, count in counts.items() if any(one.serves(need) for one in able))
    return ahead + _competing(asked_in, able) + 1 - len(able), later


def _competing(asked_in: list[Requirement], operators: list[Operator]) -> int:
    return sum(1 for need in asked_in if any(one.serves(need) for one in operators))
