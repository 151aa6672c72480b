"""Rules: an order to return money: who asked, who else must agree, and how far it is.

Only what is off the supplier's account goes to the card (payment/lines.py); the kiosk that has the terminal does it
exactly once, whatever gets lost. One refund of a purchase at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ground.money import Money
from payment.errors import IllegalLineMove


class RefundState(StrEnum):
    """How far a refund is."""

    ASKED = "asked"  #: above the limit: another person has to agree
    DENIED = "denied"  #: that person said no
    WITHDRAWING = "withdrawing"  #: being taken off the suppliers' accounts
    ORDERED = "ordered"  #: the kiosk is to return it; a kiosk that is away does it when it is back
    RUNNING = "running"  #: in the kiosk's journal; at its terminal
    DONE = "done"  #: back on the card
    FAILED = "failed"  #: certainly not; its lines are tasks for a person
    CONTRADICTED = "contradicted"  #: a person ended it without the kiosk, which has returned it too; a task


@dataclass(frozen=True, slots=True)
class Agreed:
    """A second person with the right agrees."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Denied:
    """A second person says no."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AllWithdrawn:
    """No line of it is on an account any more."""


@dataclass(frozen=True, slots=True)
class NotWithdrawn:
    """A supplier's billing will not take it off the account."""

    code: str


@dataclass(frozen=True, slots=True)
class KioskBegan:
    """The kiosk's journal knows the order."""


@dataclass(frozen=True, slots=True)
class KioskDone:
    """The kiosk's journal says that the money went back."""


@dataclass(frozen=True, slots=True)
class KioskRefused:
    """The kiosk's journal says that it certainly did not."""

    code: str


@dataclass(frozen=True, slots=True)
class BankReturned:
    """The kiosk is gone; a person has had the acquirer return it."""


@dataclass(frozen=True, slots=True)
class BankKept:
    """The kiosk is gone; the acquirer says that it was not returned."""


@dataclass(frozen=True, slots=True)
class ReturnedBefore:
    """The kiosk's journal says that an earlier order has returned so much that this one cannot be carried out."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A person has seen the contradiction and seen to it."""


RefundEvent = (
    Agreed
    | Denied
    | AllWithdrawn
    | NotWithdrawn
    | KioskBegan
    | KioskDone
    | KioskRefused
    | BankReturned
    | BankKept
    | ReturnedBefore
    | Seen
)

#: A kiosk knows its purchases so long (the bank's claims arrive within weeks); an older one is returned by the bank.
REMEMBERED = timedelta(days=90)
#: Outcome of a refund that was ended without its kiosk.
KIOSK_GONE = "kiosk_gone"

_S = RefundState
REFUND_MOVES: dict[tuple[RefundState, type], RefundState] = {
    (_S.ASKED, Agreed): _S.WITHDRAWING,
    (_S.ASKED, Denied): _S.DENIED,
    (_S.WITHDRAWING, AllWithdrawn): _S.ORDERED,
    (_S.WITHDRAWING, NotWithdrawn): _S.FAILED,
    (_S.ORDERED, KioskBegan): _S.RUNNING,
    (_S.ORDERED, ReturnedBefore): _S.FAILED,
    (_S.RUNNING, KioskDone): _S.DONE,
    (_S.RUNNING, KioskRefused): _S.FAILED,
    **{(state, BankReturned): _S.DONE for state in (_S.ORDERED, _S.RUNNING)},
    **{(state, BankKept): _S.FAILED for state in (_S.ORDERED, _S.RUNNING)},
    # The kiosk came back after all: what it has not done confirms, what it has done contradicts.
    **{(state, event): state for state in (_S.DONE, _S.FAILED) for event in (KioskBegan, KioskRefused)},
    **{(state, KioskDone): _S.CONTRADICTED for state in (_S.DONE, _S.FAILED)},
    (_S.CONTRADICTED, Seen): _S.DONE,
}
#: States of a refund that is not decided; a purchase has at most one of them.
UNDER_WAY = frozenset({_S.ASKED, _S.WITHDRAWING, _S.ORDERED, _S.RUNNING})


@dataclass(frozen=True, slots=True)
class Refund:
    """One order. ``amount`` is what the card gets: the lines with their fees. ``by`` is "" for a rule of ours."""

    refund_id: str
    lines: tuple[int, ...]
    amount: Money
    reason: str
    asked_by: str
    asked_at: datetime
    state: RefundState = RefundState.ASKED
    decided_by: str = ""
    decided_at: datetime | None = None
    outcome: str = ""


def step(refund: Refund, event: RefundEvent) -> Refund:
    """The refund after the event; raises IllegalLineMove for a pair without a row."""
    target = REFUND_MOVES.get((refund.state, type(event)))
    if target is None:
        raise IllegalLineMove(f"{type(event).__name__} in {refund.state}")
    moved = replace(refund, state=target)
    match event:
        case Agreed(by=by, at=at) | Denied(by=by, at=at):
            return replace(moved, decided_by=by, decided_at=at)
        case NotWithdrawn(code=code):
            return replace(moved, outcome=code)
        case KioskRefused(code=code):
            return replace(moved, outcome=refund.outcome or code)
        case BankReturned() | BankKept():
            return replace(moved, outcome=KIOSK_GONE)
        case ReturnedBefore():
            return replace(moved, outcome="returned_before")
    return moved


def needs_second_person(amount: Money, refunded: Money, limits: Mapping[str, int]) -> bool:
    """Whether another person has to agree: above the limit of the currency, all refunds of the purchase together.

    A currency without a limit always needs one.
    """
    limit = limits.get(amount.currency)
    return limit is None or (amount + refunded).minor > limit
