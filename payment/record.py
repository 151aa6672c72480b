"""Rules: what is known of one purchase, and the durations it goes by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ground.money import Money
from payment.answers import Slip
from payment.basket import Line
from payment.fiscal import FiscalMark
from payment.moves import OPEN, State


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The durations of payments.md 1.5. Tests run the same rules on a faster clock."""

    expiry: timedelta = timedelta(seconds=120)  # the terminal gives a payment up
    retry_after: timedelta = timedelta(seconds=2)  # row 1
    busy_retry_after: timedelta = timedelta(seconds=5)  # row 7
    first_status: timedelta = timedelta(seconds=2)
    status_every: timedelta = timedelta(seconds=5)
    status_at_most: timedelta = timedelta(seconds=60)
    park_after: timedelta = timedelta(minutes=5)
    reversal_within: timedelta = timedelta(hours=1)  # of sending it again and again; then a person has to act
    unsent_retries: int = 2
    busy_retries: int = 3


RHYTHM = Rhythm()


@dataclass(frozen=True, slots=True)
class Purchase:
    """All that is known of one purchase. ``account_ref`` is billing's own reference, never logged."""

    purchase_id: str
    amount: Money
    account_ref: str
    purpose: str
    poi_id: str
    begun_at: datetime
    state: State = State.CREATED
    seq: int = 0
    service_id: str = ""  # of the last payment request; "" before the first
    sent_at: datetime | None = None
    spent_ids: tuple[str, ...] = ()  # of payments and reversals, never to be used again
    retry_pending: bool = False
    unsent_tries: int = 0
    busy_tries: int = 0
    cancelled: bool = False
    abort_sent: bool = False
    unknown_since: datetime | None = None
    not_found_at: datetime | None = None  # first NotFound past the expiry
    terminal_restarted: bool = False  # since the intent, perhaps: its NotFound proves nothing
    asking: bool = False  # a status question is out whose answer is not written yet
    polls: int = 0
    last_at: datetime | None = None  # of the last event
    reason: str = ""
    slip: Slip | None = None
    reversal_service_id: str = ""
    reversal_open: bool = False  # a reversal was sent and may have happened
    reversal_reason: str = ""
    reversal_since: datetime | None = None  # first sending of the reversal under way
    reversal_tries: int = 0  # of it: each is a request of its own, sent only when the one before never arrived
    billing_reference: str = ""
    basket: tuple[Line, ...] = ()  # empty in journals older than baskets
    refund_id: str = ""  # the order under way, or the last one
    refund_amount: Money | None = None  # what that order returns
    refund_ids: tuple[str, ...] = ()  # orders this journal knows, so that one told again is not begun again
    refunded_minor: int = 0  # what ordered refunds have returned so far
    document_due: bool = False  # the server has a fiscal document issued
    documents: tuple[tuple[str, FiscalMark], ...] = ()  # that exist, by the purchase's or the refund's id

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is paid, line by line; a purchase older than baskets is one line without a fee."""
        nothing = Money(0, self.amount.currency)
        return self.basket or (Line(1, "", self.account_ref, self.purpose, self.amount, nothing),)

    @property
    def refunding(self) -> bool:
        """Whether a reversal of this purchase is an ordered refund, not a technical one."""
        return self.refund_amount is not None

    @property
    def is_open(self) -> bool:
        """Whether this purchase still holds its terminal (one open intent per POI)."""
        return self.state in OPEN or (self.state is State.NOT_SENT and self.retry_pending)
