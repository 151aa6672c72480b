"""Rules: what the purchase machine asks of its runner. Performed in the order given, the journal first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ground.money import Money
from payment.answers import Category, PoiTransaction
from payment.events import Entry


@dataclass(frozen=True, slots=True)
class WriteJournal:
    """Make the entry durable (fdatasync) before any later effect of the same step is performed."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Replicate:
    """Hand the (durable) entry to whoever carries it to the server."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class SendPayment:
    """One Payment request. The sale transaction's id and time stay the same over retries."""

    service_id: str
    sale_transaction_id: str
    sale_transaction_at: datetime
    amount: Money


@dataclass(frozen=True, slots=True)
class AskStatus:
    """One TransactionStatus request about the request ``about``."""

    service_id: str
    category: Category
    about: str


@dataclass(frozen=True, slots=True)
class SendAbort:
    """One Abort of the payment request ``about``: a wish, the approval may still win."""

    service_id: str
    about: str


@dataclass(frozen=True, slots=True)
class SendReversal:
    """One Reversal of the whole transaction, or of ``amount``. ``reason`` is nexo's ReversalReason."""

    service_id: str
    poi_transaction: PoiTransaction
    reason: str
    sale_transaction_id: str
    sale_transaction_at: datetime
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class LogIn:
    """The terminal says LoggedOut: one Login."""


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Feed back what ``readings.on_wake`` says at this moment.

    It replaces an earlier one, and is forgotten when the purchase moves to another state.
    """

    at: datetime


@dataclass(frozen=True, slots=True)
class BlockTerminal:
    """No card payment may be offered at this terminal."""


@dataclass(frozen=True, slots=True)
class UnblockTerminal:
    """Card payments may be offered again."""


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    """A person of the network of kiosks has to look; ``code`` is stable."""

    code: str


Effect = (
    WriteJournal
    | Replicate
    | SendPayment
    | AskStatus
    | SendAbort
    | SendReversal
    | LogIn
    | WakeAt
    | BlockTerminal
    | UnblockTerminal
    | RaiseAlarm
)
