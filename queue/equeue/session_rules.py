"""Rules: offers and sessions: accepted, refused, missed, held, ended, written up. Checks first, then moves."""

from __future__ import annotations

from datetime import timedelta

from equeue import cases, operator_states, ticket_states
from equeue import effects as tell
from equeue import events as ev
from equeue.deadlines import Deadline, Kind
from equeue.errors import ExtensionsUsed, IllegalMove, OfferGone, ResultNeeded
from equeue.floor import Floor
from equeue.operator_states import OperatorState
from equeue.operators import CAPACITY, Operator
from equeue.ticket import LIVE, Ticket
from equeue.ticket_states import TicketState


def accepted(floor: Floor, event: ev.OfferAccepted) -> None:
    """The operator takes the offered ticket, in time."""
    ticket, operator = _offered(floor, event.ticket_id, event.operator_id)
    operator.misses = 0
    ticket.connected_at = floor.now
    floor.forget_person(ticket)
    floor.move_ticket(ticket, ev.OfferAccepted)
    weight = floor.weight(ticket.channel)
    if operator.shared:  # what it weighs may be another since it was offered: it takes no more than the room there was
        weight = min(weight, CAPACITY - operator.load)
    if operator.shared or weight < CAPACITY:
        operator.shared[ticket.id], operator.ticket_id = weight, None
        floor.move_operator(operator, operator_states.Shares)
    else:
        operator.session_since = floor.now
        floor.move_operator(operator, ev.OfferAccepted)
    floor.effects.append(
        tell.Connected(ticket.id, operator.id, ticket.kiosk_id, ticket.number, ticket.case_id, ticket.channel)
    )


def refused(floor: Floor, event: ev.OfferRefused) -> None:
    """The operator refuses: the ticket is back at its old place and kept from them for a while."""
    ticket, operator = _offered(floor, event.ticket_id, event.operator_id)
    operator.misses = 0
    floor.take_offer_back(ticket, operator, "refused")
    if ticket.person:
        floor.wait_for_person_no_more(ticket, "refused")
    floor.exclude(ticket, operator, floor.settings.refuse_backoff_s, "refused")
    cases.who_is_there_leads(floor, ticket)
    floor.free_operator(operator, operator_states.OfferEnded)


def missed(floor: Floor, deadline: Deadline) -> None:
    """Nobody answered in time. One miss too many and the operator must choose a status again."""
    ticket = floor.ticket(deadline.key)
    assert ticket.operator_id is not None
    operator = floor.operator(ticket.operator_id)
    operator.misses += 1
    floor.take_offer_back(ticket, operator, "missed")
    if ticket.person:
        floor.wait_for_person_no_more(ticket, "missed")
    floor.exclude(ticket, operator, floor.settings.miss_backoff_s, "missed")
    cases.who_is_there_leads(floor, ticket)
    too_often = operator.misses >= floor.settings.misses_allowed and operator.next_status not in ("break", "offline")
    if too_often and operator.shared:
        operator.next_status, operator.next_reason = "break", "missed"  # nothing more beside what goes on
        floor.free_operator(operator, operator_states.OfferEnded)
    elif too_often:
        operator.ticket_id = operator.next_status = operator.next_reason = None
        floor.move_operator(operator, operator_states.MissedTooOften, reason="missed")
    else:
        floor.free_operator(operator, operator_states.OfferEnded)


def held(floor: Floor, event: ev.SessionHeld) -> None:
    """The operator is away for a moment."""
    _move_both(floor, event.ticket_id, ev.SessionHeld)


def resumed(floor: Floor, event: ev.SessionResumed) -> None:
    """The operator is back from hold."""
    _move_both(floor, event.ticket_id, ev.SessionResumed)


def ended(floor: Floor, event: ev.SessionEnded) -> None:
    """The talk is over; the operator writes it up."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.SessionEnded)
    cases.served(floor, ticket)
    end_session(floor, ticket, ev.SessionEnded, event.by)


def broken(floor: Floor, event: ev.SessionBroken) -> None:
    """The operator's end is dead: the customer is back in the line, at the old place."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.SessionBroken)
    assert ticket.operator_id is not None
    operator = floor.operator(ticket.operator_id)
    if ticket.id in operator.shared:
        _end_shared(floor, ticket, operator, ev.SessionBroken, "broken")
        return
    floor.effects.append(tell.SessionOver(ticket.id, operator.id, ticket.kiosk_id, "broken"))
    floor.move_ticket(ticket, ev.SessionBroken, "broken")
    floor.free_operator(operator, operator_states.NothingToWriteUp)
    begin_grace(floor, operator)


def end_session(floor: Floor, ticket: Ticket, what: type, reason: str, *, write_up: bool = True) -> None:
    """Part the two by ``what``, which the ticket's table allows, and let the operator write up."""
    assert ticket.operator_id is not None
    operator = floor.operator(ticket.operator_id)
    if ticket.id in operator.shared:
        _end_shared(floor, ticket, operator, what, reason)
        return
    floor.effects.append(tell.SessionOver(ticket.id, operator.id, ticket.kiosk_id, reason))
    if what is not ev.SessionEnded:
        ticket.operator_id = operator.ticket_id = None
    floor.move_ticket(ticket, what, reason)
    if floor.settings.wrapup_s and write_up:
        deadline = floor.in_seconds(floor.settings.wrapup_s)
        operator.wrapup_deadline = deadline
        floor.deadlines.add(deadline, Kind.WRAPUP, operator.id)
        floor.move_operator(operator, operator_states.WrapUpBegan, deadline=deadline, reason=reason)
    else:
        if write_up:
            _close_contact(floor, operator, "no_wrapup")
        floor.free_operator(operator, operator_states.NothingToWriteUp)
    begin_grace(floor, operator)


def _end_shared(floor: Floor, ticket: Ticket, operator: Operator, what: type, reason: str) -> None:
    """One of several contacts is over: it was written up as it went, and there is room again."""
    floor.effects.append(tell.SessionOver(ticket.id, operator.id, ticket.kiosk_id, reason))
    del operator.shared[ticket.id]
    if what is not ev.SessionEnded:
        ticket.operator_id = None
    floor.move_ticket(ticket, what, reason)
    if what is ev.SessionEnded:
        floor.move_ticket(ticket, ticket_states.WroteUp, "no_wrapup")
        ticket.operator_id = None
    if operator.shared or operator.own_state is not OperatorState.SHARING:
        floor.room_changed(operator)
    else:
        floor.free_operator(operator, operator_states.NothingToWriteUp)
        if operator.deadline is None:  # its grace was over for all who only wrote
            begin_grace(floor, operator)


def requeue_shared(floor: Floor, operator: Operator) -> None:
    """The operator does not come back: everybody they were writing with stands in the line again.

    Whoever they talk with goes on talking: the media know nothing of the link that is lost.
    """
    for ticket_id in list(operator.shared):
        ticket = floor.ticket(ticket_id)
        if floor.settings.edition > 1 and ticket.channel in LIVE:
            continue
        floor.effects.append(tell.SessionOver(ticket.id, operator.id, ticket.kiosk_id, "connection_lost"))
        del operator.shared[ticket_id]
        ticket.operator_id = None
        floor.move_ticket(ticket, ev.SessionBroken, "connection_lost")


def wrap_up_finished(floor: Floor, event: ev.WrapUpFinished) -> None:
    """The contact is written up."""
    operator = _writing_up(floor, event.operator_id)
    if floor.settings.result_code_mandatory and not event.result_code:
        raise ResultNeeded("choose a result code first")
    finish_wrap_up(floor, operator, event.result_code)


def wrap_up_extended(floor: Floor, event: ev.WrapUpExtended) -> None:
    """The operator gets more time, as often as the settings allow."""
    operator = _writing_up(floor, event.operator_id)
    if operator.extensions >= floor.settings.wrapup_extensions:
        raise ExtensionsUsed(f"wrap-up was extended {operator.extensions} times already")
    assert operator.wrapup_deadline is not None
    operator.extensions += 1
    deadline = operator.wrapup_deadline + timedelta(seconds=floor.settings.wrapup_extension_s)
    operator.wrapup_deadline = deadline
    floor.deadlines.add(deadline, Kind.WRAPUP, operator.id)
    floor.move_operator(operator, ev.WrapUpExtended, deadline=deadline, reason=operator.reason)


def wrap_up_expired(floor: Floor, deadline: Deadline) -> None:
    """There is no more time for writing up."""
    finish_wrap_up(floor, floor.operator(deadline.key), "wrapup_expired")


def finish_wrap_up(floor: Floor, operator: Operator, result: str) -> None:
    """Close what was written up and free the operator."""
    _close_contact(floor, operator, result)
    floor.free_operator(operator, operator_states.WrapUpOver)


def begin_grace(floor: Floor, operator: Operator) -> None:
    """Once the session of somebody with a lost link is over, the grace runs as for everybody."""
    if operator.state is OperatorState.GRACE:
        operator.deadline = floor.in_seconds(floor.settings.grace_s)
        floor.deadlines.add(operator.deadline, Kind.GRACE, operator.id)
        floor.tell_operator(operator)


def close_wrap_up(floor: Floor, operator: Operator, result: str) -> None:
    """Close what an operator who goes away was writing up, if anything."""
    if operator.own_state is OperatorState.WRAPUP:
        _close_contact(floor, operator, result)


def _close_contact(floor: Floor, operator: Operator, result: str) -> None:
    if operator.session_since is not None:
        floor.handling.measured((floor.now - operator.session_since).total_seconds())
    if operator.ticket_id is not None:
        ticket = floor.ticket(operator.ticket_id)
        floor.move_ticket(ticket, ticket_states.WroteUp, result)
        ticket.operator_id = None


def _offered(floor: Floor, ticket_id: str, operator_id: str) -> tuple[Ticket, Operator]:
    ticket, operator = floor.ticket(ticket_id), floor.operator(operator_id)
    if (
        ticket.state is not TicketState.OFFERED
        or ticket.operator_id != operator_id
        or ticket.deadline is None
        or floor.now >= ticket.deadline
    ):
        raise OfferGone(f"ticket {ticket_id} is not offered to {operator_id} (any more)")
    return ticket, operator


def _writing_up(floor: Floor, operator_id: str) -> Operator:
    operator = floor.operator(operator_id)
    if operator.own_state is not OperatorState.WRAPUP:
        raise IllegalMove(f"operator {operator_id} has nothing to write up")
    return operator


def _move_both(floor: Floor, ticket_id: str, what: type) -> None:
    ticket = floor.ticket(ticket_id)
    ticket_states.after(ticket.state, what)
    assert ticket.operator_id is not None
    operator = floor.operator(ticket.operator_id)
    floor.move_ticket(ticket, what)
    if ticket.id not in operator.shared:
        floor.move_operator(operator, what)
