"""Rules: what a person at a desk does about payments, and about differences of a reconciliation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from signaling.protocol.purchasing import DifferenceAct


@dataclass(frozen=True, slots=True)
class LookedForPurchase:
    """Looks for a payment by its reference; empty: those of the person in the conversation."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class ChosePurchase:
    """Looks at one payment."""

    purchase_id: str


@dataclass(frozen=True, slots=True)
class AskedRefund:
    """Wants these lines of the payment in view back on the card. ``refund_id`` is fresh."""

    refund_id: str
    lines: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class DecidedRefund:
    """The second person has decided about the refund in view."""

    agreed: bool


@dataclass(frozen=True, slots=True)
class SettledLine:
    """What billing refused: post it again, or it is settled by other means."""

    how: Literal["post_again", "by_hand"]
    note: str


@dataclass(frozen=True, slots=True)
class SettledDocument:
    """What the fiscal register refused: try again, or it is seen to by other means."""

    how: Literal["again", "by_hand"]
    note: str


@dataclass(frozen=True, slots=True)
class ClarifiedPurchase:
    """The acquirer's word about the payment in view: it has the money, or it has not."""

    charged: bool
    note: str


@dataclass(frozen=True, slots=True)
class ChoseDifference:
    """Looks at one difference of a reconciliation."""

    difference_id: str


@dataclass(frozen=True, slots=True)
class SettledDifference:
    """Takes the difference in view, takes it over, lets it go, or has seen to it and says how."""

    how: DifferenceAct
    note: str = ""


PaymentAct = (
    LookedForPurchase
    | ChosePurchase
    | AskedRefund
    | DecidedRefund
    | SettledLine
    | SettledDocument
    | ClarifiedPurchase
    | ChoseDifference
    | SettledDifference
)
ACTS: tuple[type, ...] = get_args(PaymentAct)
