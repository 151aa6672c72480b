"""Rules: what the kiosk shows of a purchase. Phrases are keys; a key says "not paid" only when that is certain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from payment.answers import REFUSALS
from payment.moves import State
from payment.record import Purchase

PhaseName = Literal[
    "connecting",
    "present_card",
    "cancelling",
    "processing",
    "unknown",
    "parked",
    "approved",
    "posted",
    "declined",
    "not_sent",
    "not_charged",
    "reversing",
    "reversed",
]


@dataclass(frozen=True, slots=True)
class ScreenPhase:
    """``name`` chooses the picture, ``phrase`` the words, ``slip`` what to print or show as a code."""

    name: PhaseName
    phrase: str
    can_cancel: bool = False
    slip: Literal["receipt", "clarifying", "reversed"] | None = None
    final: bool = False


_FIXED: dict[State, ScreenPhase] = {
    State.CREATED: ScreenPhase("connecting", "payment.connecting"),
    State.AUTHORISING: ScreenPhase("present_card", "payment.present_card", can_cancel=True),
    State.BUSY: ScreenPhase("processing", "payment.terminal_busy", can_cancel=True),
    State.VERIFYING: ScreenPhase("processing", "payment.verifying"),
    State.UNKNOWN: ScreenPhase("unknown", "payment.unknown", can_cancel=True),
    State.PARKED: ScreenPhase("parked", "payment.parked", slip="clarifying", final=True),
    State.APPROVED: ScreenPhase("approved", "payment.approved", slip="receipt", final=True),
    State.POSTED: ScreenPhase("posted", "payment.posted", slip="receipt", final=True),
    State.FISCALISED: ScreenPhase("posted", "payment.fiscalised", slip="receipt", final=True),
    State.NOT_CHARGED: ScreenPhase("not_charged", "payment.not_charged", final=True),
    State.MISMATCH: ScreenPhase("reversing", "payment.reversing"),
    State.REVERSING: ScreenPhase("reversing", "payment.reversing"),
    State.REVERSAL_PARKED: ScreenPhase("reversing", "payment.reversal_parked", slip="clarifying", final=True),
    State.REVERSED: ScreenPhase("reversed", "payment.reversed", slip="reversed", final=True),
    State.REFUNDED: ScreenPhase("reversed", "payment.refunded", slip="reversed", final=True),
}
_DOCUMENT_DUE = ScreenPhase("posted", "payment.posted_document", slip="receipt", final=True)
_PART_RETURNED = ScreenPhase("posted", "payment.part_returned", slip="receipt", final=True)
_REFUNDING = ScreenPhase("reversing", "payment.refunding")
_OF_MONEY = (_DOCUMENT_DUE, _PART_RETURNED, _REFUNDING)
_CANCELLING = ScreenPhase("cancelling", "payment.cancelling")
_RETRYING = ScreenPhase("connecting", "payment.connecting_again", can_cancel=True)
_NOT_SENT = ScreenPhase("not_sent", "payment.not_sent", final=True)
_NOT_SENT_BUSY = ScreenPhase("not_sent", "payment.not_sent_busy", final=True)

#: Every phrase key this module can return, for the translations' test.
PHRASES: frozenset[str] = frozenset(
    {phase.phrase for phase in (*_FIXED.values(), _CANCELLING, _RETRYING, _NOT_SENT, _NOT_SENT_BUSY, *_OF_MONEY)}
    | {f"payment.declined.{condition}" for condition in REFUSALS | {"other"}}
)


def screen_phase(purchase: Purchase) -> ScreenPhase:
    """The phase to show now."""
    if purchase.state is State.DECLINED:
        condition = purchase.reason if purchase.reason in REFUSALS else "other"
        return ScreenPhase("declined", f"payment.declined.{condition}", final=True)
    if purchase.state is State.NOT_SENT:
        if purchase.retry_pending:
            return _RETRYING
        return _NOT_SENT_BUSY if purchase.reason == "Busy" else _NOT_SENT
    if purchase.state is State.AUTHORISING and purchase.cancelled:
        return _CANCELLING
    if purchase.state in (State.POSTED, State.FISCALISED) and purchase.refunded_minor:
        return _PART_RETURNED
    if purchase.state is State.POSTED and purchase.document_due:
        return _DOCUMENT_DUE
    if purchase.state is State.REVERSING and purchase.refunding:
        return _REFUNDING
    phase = _FIXED[purchase.state]
    if phase.can_cancel and purchase.cancelled:
        return ScreenPhase(phase.name, phase.phrase)
    return phase
