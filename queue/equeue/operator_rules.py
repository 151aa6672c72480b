"""Rules: what operators do: come, go, choose a status, lose their link, listen. Checks first, then moves."""

from __future__ import annotations

from equeue import events as ev
from equeue import operator_states
from equeue.deadlines import Deadline, Kind
from equeue.errors import IllegalMove, ReasonNeeded
from equeue.floor import Floor
from equeue.operator_states import IN_SESSION, UNDER_WAY, OperatorState
from equeue.operators import Operator, check_skills
from equeue.session_rules import close_wrap_up, requeue_shared


def signed_in(floor: Floor, event: ev.OperatorSignedIn) -> None:
    """An operator comes to work and begins in a break."""
    operator = floor.operators.get(event.operator_id) or Operator(event.operator_id)
    operator_states.after(operator.state, ev.OperatorSignedIn)
    check_skills(event.skills)
    floor.operators[operator.id] = operator
    operator.can(event.skills, event.languages, event.suppliers, event.channels)
    operator.misses = 0
    floor.staffing += 1
    floor.doors.stale()
    floor.move_operator(operator, ev.OperatorSignedIn, reason="signed_in")


def channels_chosen(floor: Floor, event: ev.ChannelsChosen) -> None:
    """The desk serves these channels from now on; what is under way goes on."""
    operator = floor.operator(event.operator_id)
    if operator.state is OperatorState.OFFLINE:
        raise IllegalMove(f"operator {operator.id} is not at work")
    operator.can(operator.skills, operator.languages, operator.suppliers, event.channels)
    floor.staffing += 1
    floor.doors.stale()
    floor.match_everything()
    floor.tell_operator(operator)


def signed_out(floor: Floor, event: ev.OperatorSignedOut) -> None:
    """An operator goes home; an offer is taken back, a contact being written up is closed."""
    operator = floor.operator(event.operator_id)
    operator_states.after(operator.state, ev.OperatorSignedOut)
    if operator.own_state in IN_SESSION or operator.shared:
        raise IllegalMove(f"operator {operator.id} is in a session")
    if operator.state is OperatorState.OFFERED:
        _give_offer_back(floor, operator, "signed_out")
    close_wrap_up(floor, operator, "signed_out")
    _leave(floor, operator, ev.OperatorSignedOut, "signed_out")


def status_chosen(floor: Floor, event: ev.StatusChosen) -> None:
    """Available or a break: at once for somebody free, else after what is under way."""
    operator = floor.operator(event.operator_id)
    _check_reason(floor, event.status, event.reason)
    if operator.own_state in UNDER_WAY:
        _wish(floor, operator, event.status, event.reason)
        return
    what = operator_states.ChoseAvailable if event.status == "available" else operator_states.ChoseBreak
    operator_states.after(operator.own_state, what)
    operator.misses = 0
    floor.move_operator(operator, what, reason=event.reason if event.status == "break" else None)


def next_status_chosen(floor: Floor, event: ev.NextStatusChosen) -> None:
    """What the operator will be after what is under way; None takes the wish back."""
    operator = floor.operator(event.operator_id)
    if operator.own_state not in UNDER_WAY:
        raise IllegalMove(f"operator {operator.id} has nothing under way: choose the status itself")
    _check_reason(floor, event.status, event.reason)
    _wish(floor, operator, event.status, event.reason)


def _check_reason(floor: Floor, status: ev.NextStatus | None, reason: str | None) -> None:
    reasons = floor.settings.break_reasons
    if status == "break" and reasons and reason not in reasons:
        raise ReasonNeeded(f"a break needs a reason: {', '.join(reasons)}")


def connection_lost(floor: Floor, event: ev.OperatorConnectionLost) -> None:
    """The link is gone: an offer is cancelled at once, everything else goes on beneath the grace."""
    operator = floor.operator(event.operator_id)
    operator_states.after(operator.state, ev.OperatorConnectionLost)
    if operator.state is OperatorState.OFFERED:
        _give_offer_back(floor, operator, "connection_lost")
        if operator.shared:
            operator.beneath, operator.beneath_reason = OperatorState.SHARING, None
        else:
            stops = operator.next_status in ("break", "offline")
            operator.beneath = OperatorState.BREAK if stops else OperatorState.AVAILABLE
            operator.beneath_reason = operator.next_reason if stops else None
            operator.next_status = operator.next_reason = None
    else:
        operator.beneath, operator.beneath_reason = operator.state, operator.reason
    deadline = None if operator.beneath in IN_SESSION else floor.in_seconds(floor.settings.grace_s)
    floor.move_operator(operator, ev.OperatorConnectionLost, deadline=deadline, reason="connection_lost")
    if deadline is not None:
        floor.deadlines.add(deadline, Kind.GRACE, operator.id)


def connection_back(floor: Floor, event: ev.OperatorConnectionBack) -> None:
    """The link is back in time: what went on beneath is seen again."""
    operator = floor.operator(event.operator_id)
    if operator.state is not OperatorState.GRACE or operator.beneath is None:
        raise IllegalMove(f"operator {operator.id} was not away")
    what = operator_states.BACK_TO[operator.beneath]
    floor.move_operator(operator, what, deadline=operator.wrapup_deadline, reason=operator.beneath_reason)
    operator.beneath = operator.beneath_reason = None


def grace_over(floor: Floor, deadline: Deadline) -> None:
    """The link did not come back; whoever is in a session alone is never asked, a chat goes to somebody else.

    Who also talks with somebody is away for as long as that talk goes on, and then for a grace of its own.
    """
    operator = floor.operator(deadline.key)
    requeue_shared(floor, operator)
    if operator.shared:
        operator.deadline = None
        floor.tell_operator(operator)
        return
    close_wrap_up(floor, operator, "connection_lost")
    _leave(floor, operator, operator_states.GraceOver, "connection_lost")


def monitoring_began(floor: Floor, event: ev.MonitoringBegan) -> None:
    """Listening to another operator's session; no tickets meanwhile."""
    operator = floor.operator(event.operator_id)
    floor.operator(event.target_id)
    operator_states.after(operator.state, ev.MonitoringBegan)
    operator.before_monitoring = operator.state
    # Only a reason the settings name: elsewhere logs say that the break they came back to had none.
    named = operator.reason in floor.settings.break_reasons
    operator.reason_before_monitoring = operator.reason if named else None
    floor.move_operator(operator, ev.MonitoringBegan, reason=event.target_id)


def monitoring_ended(floor: Floor, event: ev.MonitoringEnded) -> None:
    """Back to what was before listening."""
    operator = floor.operator(event.operator_id)
    if operator.state is not OperatorState.MONITORING or operator.before_monitoring is None:
        raise IllegalMove(f"operator {operator.id} is not monitoring")
    what, reason = operator_states.BACK_TO[operator.before_monitoring], operator.reason_before_monitoring
    operator.before_monitoring = operator.reason_before_monitoring = None
    floor.move_operator(operator, what, reason=reason)


def _give_offer_back(floor: Floor, operator: Operator, reason: str) -> None:
    assert operator.ticket_id is not None
    ticket, operator.ticket_id = floor.ticket(operator.ticket_id), None
    floor.take_offer_back(ticket, operator, reason)


def _wish(floor: Floor, operator: Operator, status: ev.NextStatus | None, reason: str | None) -> None:
    if operator.next_reason == "missed" and status in (None, "available"):
        operator.misses = 0  # chosen anew after too many, as by somebody with nothing under way
    operator.next_status, operator.next_reason = status, reason
    floor.room_changed(operator)


def _leave(floor: Floor, operator: Operator, what: type, reason: str) -> None:
    operator.ticket_id = operator.next_status = operator.next_reason = operator.wrapup_deadline = None
    operator.session_since = operator.before_monitoring = operator.reason_before_monitoring = None
    operator.extensions = 0
    floor.move_operator(operator, what, reason=reason)
    operator.beneath = operator.beneath_reason = None
