"""Rules: what each event does to a purchase, beside moving it to the state of the table.

Sources: payments.md 1.5; numbers in the comments of ``payment/moves.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from payment import effects as do
from payment import events as e
from payment.answers import Category
from payment.errors import IllegalEvent, NothingToReverse
from payment.moves import State
from payment.record import Purchase, Rhythm

Step = tuple[Purchase, list[do.Effect]]


@dataclass(frozen=True, slots=True)
class Moment:
    """One step: the purchase before, the purchase already moved, what happened and when."""

    before: Purchase
    p: Purchase
    event: Any
    now: datetime
    rhythm: Rhythm


def settle(s: Moment) -> Step:
    """What an event without a consequence of its own does: nothing more is pending."""
    return replace(s.p, retry_pending=False, reason=getattr(s.event, "condition", s.p.reason)), []


def _send_payment(s: Moment) -> Step:
    p = replace(
        s.p,
        service_id=s.event.service_id,
        spent_ids=(*s.p.spent_ids, s.event.service_id),
        sent_at=s.now,
        retry_pending=False,
        reason="",
    )
    return p, [do.SendPayment(p.service_id, p.purchase_id, p.begun_at, p.amount)]


def _retry(s: Moment, tries: int, at_most: int, after: timedelta) -> Step:
    again = tries <= at_most and not s.p.cancelled
    p = replace(s.p, retry_pending=again)
    return p, [do.WakeAt(s.now + after)] if again else []


def _on_not_sent(s: Moment) -> Step:
    tries = s.p.unsent_tries + 1
    p = replace(s.p, unsent_tries=tries, reason="no_connection")
    return _retry(replace(s, p=p), tries, s.rhythm.unsent_retries, s.rhythm.retry_after)


def _on_not_started(s: Moment) -> Step:
    tries = s.p.busy_tries + 1
    p = replace(s.p, busy_tries=tries, reason="Busy")
    return _retry(replace(s, p=p), tries, s.rhythm.busy_retries, s.rhythm.busy_retry_after)


def _on_answer_lost(s: Moment) -> Step:
    return replace(s.p, unknown_since=s.now), [do.WakeAt(s.now + s.rhythm.first_status)]


def _on_in_doubt(s: Moment) -> Step:
    p = replace(s.p, reason=getattr(s.event, "condition", "Busy"))
    p, question = _ask(p, s.event.service_id)
    return p, [question]


def _ask(p: Purchase, service_id: str) -> tuple[Purchase, do.AskStatus]:
    category: Category = "Reversal" if p.reversal_open else "Payment"
    about = p.reversal_service_id if p.reversal_open else p.service_id
    return replace(p, asking=True), do.AskStatus(service_id, category, about)


def _ask_later(s: Moment, p: Purchase) -> Step:
    """Every 5 s; once parked, twice as long each time up to a minute."""
    parked = p.state in (State.PARKED, State.REVERSAL_PARKED)
    polls = min(p.polls + 1, 16) if parked else 0
    pause = min(s.rhythm.status_every * 2 ** min(polls, 8), s.rhythm.status_at_most)
    p = replace(p, polls=polls, unknown_since=p.unknown_since or s.now)
    return p, [do.WakeAt(s.now + pause)]


def _on_still_running(s: Moment) -> Step:
    p, wanted = _ask_later(s, replace(s.p, not_found_at=None))
    overdue = p.sent_at is not None and s.now - p.sent_at > s.rhythm.expiry
    if (overdue or p.cancelled) and p.state is State.UNKNOWN and not p.abort_sent:
        return replace(p, abort_sent=True), [do.SendAbort(s.event.service_id, p.service_id), *wanted]
    return p, wanted


def _on_nothing_learnt(s: Moment) -> Step:
    return _ask_later(s, replace(s.p, not_found_at=None))


def _on_status_lost(s: Moment) -> Step:
    restarted = s.p.terminal_restarted or s.event.refused
    p, wanted = _ask_later(s, replace(s.p, terminal_restarted=restarted, not_found_at=None))
    return p, [do.LogIn(), *wanted] if s.event.reason == "LoggedOut" else wanted


def _on_terminal_was_away(s: Moment) -> Step:
    return replace(s.p, terminal_restarted=True, not_found_at=None, asking=s.before.asking), []


def _on_answered_late(s: Moment) -> Step:
    p = replace(s.p, asking=s.before.asking)
    return p, [do.RaiseAlarm("payment.late_answer_contradicts")] if s.event.contradicts else []


def _on_not_known_there(s: Moment) -> Step:
    if s.p.state is State.REVERSING:  # it never arrived: only now may a second one be sent
        return _reverse_later(s)
    late = s.p.sent_at is not None and s.now - s.p.sent_at > s.rhythm.expiry
    first = s.p.not_found_at or (s.now if late else None)
    return _ask_later(s, replace(s.p, not_found_at=first))


def _on_woken(s: Moment) -> Step:
    if s.before.state is State.NOT_SENT:
        return _send_payment(s)
    if s.before.state is State.MISMATCH:
        return _reverse(s, "Unable2Compl")
    if s.p.state is State.REVERSING and not s.p.reversal_open:
        return _reverse(s, s.p.reversal_reason)
    p, question = _ask(s.p, s.event.service_id)
    return p, [question]


def _on_too_long(s: Moment) -> Step:
    if s.p.state is State.REVERSAL_PARKED and not s.p.reversal_open:
        # Nothing to ask about. It is not sent again either: a person now has the bank return the money.
        return s.p, [do.RaiseAlarm("payment.reversal_parked")]
    p, wanted = _ask_later(s, s.p)
    if s.p.state is State.REVERSAL_PARKED:
        return p, [do.RaiseAlarm("payment.reversal_parked"), *wanted]
    return p, [do.BlockTerminal(), do.RaiseAlarm("payment.parked"), *wanted]


def _on_cancelled(s: Moment) -> Step:
    p = replace(s.p, cancelled=True, asking=s.before.asking)
    if p.state is State.DECLINED:
        return replace(p, reason="Cancel", retry_pending=False), []
    if p.abort_sent or p.state not in (State.AUTHORISING, State.UNKNOWN):
        return p, []
    return replace(p, abort_sent=True), [do.SendAbort(s.event.service_id, p.service_id)]


def _on_restarted(s: Moment) -> Step:
    # A question was out (a parked purchase does not write its questions): what it found out died with us,
    # perhaps that the terminal was away.
    unheard = s.before.asking or s.before.state in (State.PARKED, State.REVERSAL_PARKED)
    restarted = s.p.terminal_restarted or s.event.machine_too or unheard
    p = replace(s.p, terminal_restarted=restarted, not_found_at=None)
    if p.state is State.NOT_SENT:  # the customer is gone
        return replace(p, retry_pending=False, reason=p.reason or "no_connection"), []
    if p.state is State.MISMATCH or (p.state is State.REVERSING and not p.reversal_open):
        return p, [do.WakeAt(s.now)]
    if p.state is State.REVERSAL_PARKED and not p.reversal_open:
        return p, []
    p = replace(p, unknown_since=p.unknown_since or s.now)
    blocked: list[do.Effect] = [do.BlockTerminal()] if p.state is State.PARKED else []
    p, question = _ask(p, s.event.service_id)
    return p, [*blocked, question]


def _on_charged(s: Moment) -> Step:
    return replace(s.p, slip=s.event.slip, reason=""), []


def _on_other_amount(s: Moment) -> Step:
    return replace(s.p, slip=s.event.slip, reason="other_amount"), [
        do.RaiseAlarm("payment.other_amount"),
        do.WakeAt(s.now),
    ]


def _on_refused(s: Moment) -> Step:
    p = replace(s.p, reason=s.event.condition)
    if s.event.condition == "LoggedOut":
        return p, [do.LogIn()]
    if s.event.condition in ("MessageFormat", "NotAllowed"):
        return p, [do.RaiseAlarm(f"payment.refused_{s.event.condition.lower()}")]
    return p, []


def _reverse(s: Moment, reason: str) -> Step:
    if s.p.slip is None:
        raise NothingToReverse(s.p.purchase_id)
    p = replace(
        s.p,
        reversal_service_id=s.event.service_id,
        spent_ids=(*s.p.spent_ids, s.event.service_id),
        reversal_open=True,
        reversal_reason=reason,
        unknown_since=s.now,
        reversal_since=s.p.reversal_since or s.now,
        reversal_tries=s.p.reversal_tries + 1,
    )
    part = None if p.refund_amount == p.amount else p.refund_amount
    return p, [do.SendReversal(s.event.service_id, s.p.slip.poi_transaction, reason, p.purchase_id, p.begun_at, part)]


def _on_reversal_ordered(s: Moment) -> Step:
    order = s.event
    if order.refund_id and order.refund_id in s.p.refund_ids:
        raise IllegalEvent(f"refund {order.refund_id} comes twice")
    wanted = order.amount or s.p.amount
    if wanted.currency != s.p.amount.currency or not 0 < wanted.minor <= s.p.amount.minor - s.p.refunded_minor:
        raise IllegalEvent(f"cannot return {wanted}")
    p = replace(s.p, reversal_since=None, reversal_tries=0)
    if order.refund_id:
        ids = (*p.refund_ids, order.refund_id)
        p = replace(p, refund_id=order.refund_id, refund_amount=wanted, refund_ids=ids)
    return _reverse(replace(s, p=p), order.reason)


def _on_refund_done(s: Moment) -> Step:
    returned = s.p.refund_amount.minor if s.p.refund_amount else s.p.amount.minor
    p = replace(s.p, refunded_minor=s.p.refunded_minor + returned, refund_amount=None, reversal_open=False)
    return replace(p, billing_reference="", reason=""), []


def _on_refund_refused(s: Moment) -> Step:
    p = replace(s.p, refund_amount=None, reversal_open=False, reason=s.event.condition, billing_reference="")
    return p, [do.RaiseAlarm("payment.refund_refused")]


def _reverse_later(s: Moment) -> Step:
    """It never arrived, so that another may be sent: each time twice as long after, up to a minute."""
    pause = min(s.rhythm.status_every * 2 ** min(s.p.reversal_tries - 1, 8), s.rhythm.status_at_most)
    return replace(s.p, reversal_open=False), [do.WakeAt(s.now + pause)]


def _on_reversal_not_sent(s: Moment) -> Step:
    return _reverse_later(s)


def _on_reversal_lost(s: Moment) -> Step:
    return s.p, [do.WakeAt(s.now + s.rhythm.first_status)]


def _on_reversal_refused(s: Moment) -> Step:
    p = replace(s.p, reversal_open=False, reason=s.event.condition)
    return p, [do.RaiseAlarm("payment.reversal_refused")]


def _on_posted(s: Moment) -> Step:
    return replace(s.p, billing_reference=s.event.billing_reference, document_due=s.event.document), []


def _on_fiscalised(s: Moment) -> Step:
    told = s.event
    if told.document_id in dict(s.p.documents):
        raise IllegalEvent(f"document {told.document_id} comes twice")
    return replace(s.p, documents=(*s.p.documents, (told.document_id, told.mark))), []


CONSEQUENCES: dict[type, Callable[[Moment], Step]] = {
    e.PaymentAsked: _send_payment,
    e.NotSent: _on_not_sent,
    e.NotStarted: _on_not_started,
    e.AnswerLost: _on_answer_lost,
    e.TerminalBusy: _on_in_doubt,
    e.HostInDoubt: _on_in_doubt,
    e.StillRunning: _on_still_running,
    e.OtherTransaction: _on_nothing_learnt,
    e.StatusLost: _on_status_lost,
    e.AnsweredLate: _on_answered_late,
    e.TerminalWasAway: _on_terminal_was_away,
    e.NotKnownThere: _on_not_known_there,
    e.Woken: _on_woken,
    e.TooLong: _on_too_long,
    e.Cancelled: _on_cancelled,
    e.Restarted: _on_restarted,
    e.Charged: _on_charged,
    e.ChargedOtherAmount: _on_other_amount,
    e.Refused: _on_refused,
    e.ReversalOrdered: _on_reversal_ordered,
    e.ReversalNotSent: _on_reversal_not_sent,
    e.ReversalLost: _on_reversal_lost,
    e.ReversalRefused: _on_reversal_refused,
    e.Refunded: _on_refund_done,
    e.PartRefunded: _on_refund_done,
    e.RefundRefused: _on_refund_refused,
    e.Posted: _on_posted,
    e.Fiscalised: _on_fiscalised,
}
