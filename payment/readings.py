"""Rules: what a terminal's answer means for a purchase (payments.md 1.5, row by row).

Each function turns one answer into the one event that the table of moves knows. Numbers are rows.
"""

from __future__ import annotations

from datetime import datetime

from payment import events as e
from payment.answers import (
    REFUSALS,
    Failure,
    Garbled,
    Granted,
    PaymentAnswer,
    Repeated,
    ReversalAnswer,
    Silence,
    StatusAnswer,
    Undone,
    Unsent,
    Untold,
)
from payment.events import Event
from payment.moves import ASKING, RETURNABLE, State
from payment.record import RHYTHM, Purchase, Rhythm

#: Why a refund did not happen, when a person has found that out with the acquirer.
CLARIFIED = "clarified"


def after_payment(purchase: Purchase, answer: PaymentAnswer, service_id: str) -> Event:
    """The answer to a Payment request. ``service_id`` is fresh, for the request that may follow."""
    match answer:
        case Unsent(reason):
            return e.NotSent(reason)  # 1
        case Silence(reason) | Garbled(reason):
            return e.AnswerLost(reason)  # 2, 3
        case Granted():
            return _granted(purchase, answer)  # 4, 5
        case Failure(condition="Busy"):
            return e.TerminalBusy(service_id)  # 7
        case Failure(condition="InProgress"):
            return e.StillRunning(service_id)  # 9
        case Failure(condition=condition) if answer.timed_out or condition == "UnreachableHost":
            return e.HostInDoubt(service_id, condition)  # 8
        case Failure(condition=condition) if condition in REFUSALS:
            return e.Refused(condition, answer.detail)  # 6
        case Failure(condition=condition):
            return e.AnswerLost(f"condition {condition}")  # a word the table does not know decides nothing


def after_status(
    purchase: Purchase,
    answer: StatusAnswer,
    service_id: str,
    now: datetime,
    *,
    about: str,
    sale_id: str,
    poi_id: str,
    rhythm: Rhythm = RHYTHM,
) -> Event:
    """The answer to a TransactionStatus of the terminal ``poi_id`` ``about`` a payment or reversal of ours."""
    of_now = purchase.reversal_service_id if purchase.reversal_open else purchase.service_id
    if purchase.state not in ASKING or about != of_now:
        return _late(purchase, answer, about, sale_id)
    if poi_id != purchase.poi_id:
        return e.StatusLost("another terminal is connected")
    match answer:
        case Unsent(reason, refused):
            return e.StatusLost(reason, refused)
        case Silence(reason) | Garbled(reason):
            return e.StatusLost(reason)
        case Untold() if purchase.state in (State.UNKNOWN, State.REVERSING):
            return e.TooLong()  # waiting would teach nothing: the bank's registry ends it
        case Untold(reason):
            return e.StatusLost(reason)
        case Failure(condition="InProgress" | "Busy"):
            return e.StillRunning(service_id)
        case Failure(condition="NotFound"):
            return _not_found(purchase, now, rhythm)
        case Failure(condition=condition):
            return e.StatusLost(condition)
        case Repeated():
            return _repeated(purchase, answer, service_id, sale_id)


def after_reversal(purchase: Purchase, answer: ReversalAnswer, service_id: str) -> Event:
    """The answer to a Reversal request."""
    match answer:
        case Unsent(reason):  # nobody waits here for a refund: whoever ordered it is told
            return e.RefundRefused("no_connection") if purchase.refunding else e.ReversalNotSent(reason)
        case Silence(reason) | Garbled(reason):
            return e.ReversalLost(reason)
        case Undone():
            return undone(purchase)
        case Failure(condition="InProgress"):
            return e.StillRunning(service_id)
        case Failure(condition="Busy"):  # not begun: one request at a time
            return e.ReversalLost("Busy")
        case Failure(condition=condition) if answer.timed_out or condition == "UnreachableHost":
            return e.ReversalLost(condition)
        case Failure(condition=condition):
            return not_undone(purchase, condition)


def undone(purchase: Purchase, note: str = "") -> Event:
    """The reversal under way has happened: a technical one, or the whole or a part by an order."""
    if purchase.refund_amount is None:
        return e.Reversed()
    left = purchase.amount.minor - purchase.refunded_minor - purchase.refund_amount.minor
    return e.PartRefunded(note) if left else e.Refunded(note)


def not_undone(purchase: Purchase, condition: str) -> Event:
    """The reversal under way has certainly not happened."""
    return e.RefundRefused(condition) if purchase.refunding else e.ReversalRefused(condition)


def on_wake(purchase: Purchase, service_id: str, now: datetime, rhythm: Rhythm = RHYTHM) -> Event:
    """What a timer that ran out means: ask or send again, or that it has been unknown for too long."""
    waiting = purchase.state is State.UNKNOWN or (
        purchase.state is State.REVERSING and purchase.reversal_open  # an unsent one is simply sent again
    )
    if waiting and purchase.unknown_since and now - purchase.unknown_since >= rhythm.park_after:
        return e.TooLong()
    unsent = purchase.state is State.REVERSING and not purchase.reversal_open
    if unsent and purchase.reversal_since and now - purchase.reversal_since >= rhythm.reversal_within:
        return e.TooLong()
    return e.Woken(service_id)


def _late(purchase: Purchase, answer: StatusAnswer, about: str, sale_id: str) -> Event:
    """A person was quicker than the answer to our last question. Money that moved all the same is not dropped."""
    ours = (sale_id, about, purchase.poi_id)
    if not isinstance(answer, Repeated) or (answer.sale_id, answer.service_id, answer.poi_id) != ours:
        return e.AnsweredLate(contradicts=False)
    said, paid = answer.answer, purchase.state in RETURNABLE
    refused = isinstance(said, Failure) and said.condition in REFUSALS
    if answer.category == "Reversal":
        kept = purchase.reason == CLARIFIED  # so the person said
        returned = purchase.state in (State.REVERSED, State.REFUNDED)
        return e.AnsweredLate(contradicts=(kept and isinstance(said, Undone)) or (returned and refused))
    if purchase.state is State.NOT_CHARGED and isinstance(said, Granted):
        event = _granted(purchase, said)
        return event if isinstance(event, e.Charged) else e.AnsweredLate(contradicts=True)
    return e.AnsweredLate(contradicts=paid and refused)


def _granted(purchase: Purchase, answer: Granted) -> Event:
    if answer.slip.amount == purchase.amount and not answer.partial:
        return e.Charged(answer.slip)  # 4
    return e.ChargedOtherAmount(answer.slip)  # 5


def _repeated(purchase: Purchase, answer: Repeated, service_id: str, sale_id: str) -> Event:
    about = purchase.reversal_service_id if purchase.reversal_open else purchase.service_id
    category = "Reversal" if purchase.reversal_open else "Payment"
    told = (answer.category, answer.sale_id, answer.service_id, answer.poi_id)
    if told != (category, sale_id, about, purchase.poi_id):
        return e.OtherTransaction()
    match answer.answer:
        case Garbled(reason):
            return e.StatusLost(reason)
        case Undone():
            return undone(purchase) if purchase.reversal_open else e.StatusLost("a reversal's answer")
        case Granted() as granted:
            return e.StatusLost("a payment's answer") if purchase.reversal_open else _granted(purchase, granted)
        case Failure(condition="InProgress"):
            return e.StillRunning(service_id)
        case Failure(condition=condition) if purchase.reversal_open:
            return not_undone(purchase, condition)
        case Failure(condition="Busy") if purchase.state is State.BUSY:
            return e.NotStarted()
        case Failure(condition=condition) if condition in REFUSALS | {"Busy", "UnreachableHost"}:
            return e.Refused(condition, answer.answer.detail)
        case Failure(condition=condition):
            return e.StatusLost(f"condition {condition}")


def _not_found(purchase: Purchase, now: datetime, rhythm: Rhythm) -> Event:
    if purchase.state is State.BUSY:
        return e.NotStarted()
    if purchase.state is State.VERIFYING:  # 8; one that may have forgotten may have charged
        return e.StatusLost("may have forgotten") if purchase.terminal_restarted else e.Refused(purchase.reason)
    if purchase.reversal_open and purchase.terminal_restarted:
        return e.StatusLost("the terminal may have forgotten the reversal")  # a second one could pay twice
    if purchase.reversal_open:
        early = purchase.unknown_since is not None and now - purchase.unknown_since <= rhythm.expiry
        return e.StatusLost("not found, which it may be yet") if early else e.NotKnownThere()
    if purchase.sent_at is None or purchase.terminal_restarted:
        return e.NotKnownThere()
    late = now - purchase.sent_at > rhythm.expiry
    apart = purchase.not_found_at is not None and now - purchase.not_found_at >= rhythm.status_every
    return e.NeverCharged() if late and apart else e.NotKnownThere()
