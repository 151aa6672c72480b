"""Rules: payments as a desk sees them: finding one, returning money, and what waits for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from signaling.protocol.values import FiscalDocument, Id, Message, Short, Sum

#: Letters of a written reason.
LEAST_NOTE = 3


class LineCard(Message):
    """What one supplier gets of a payment, and where that money is now (states: ``payment.lines``)."""

    number: int
    supplier_name: Short
    account_masked: Short
    services: tuple[Short, ...] = ()
    amount: Sum
    fee: Sum
    state: Short
    reference: Short = ""
    reason: Short = ""


class RefundCard(Message):
    """An order to return money (states: ``payment.refunds``). ``asked_by`` is a name; "" for a rule of ours."""

    refund_id: Id
    lines: tuple[int, ...]
    amount: Sum
    reason: Short
    asked_by: Short
    asked_at: datetime
    mine: bool = Field(default=False, description="asked by the one who reads this: another person decides")
    state: Short
    decided_by: Short = ""
    outcome: Short = ""


class PurchaseCard(Message):
    """One payment with its life. ``acts`` is what the reader may do with it now."""

    purchase_id: Id
    reference: Short
    kiosk_name: Short
    place: Short
    kiosk_here: bool
    begun_at: datetime
    amount: Sum
    fee: Sum
    state: Short
    card: Short = ""
    lines: tuple[LineCard, ...] = ()
    refunds: tuple[RefundCard, ...] = ()
    documents: tuple[FiscalDocument, ...] = Field(default=(), description="those that exist, the sale's first")
    life: tuple[tuple[datetime, Short], ...] = Field(default=(), description="(moment, kind of journal entry)")
    why: Short = Field(default="", description="why it waits for a person; empty when it does not")
    acts: tuple[Literal["refund", "decide", "post_again", "by_hand", "clarify", "document"], ...] = ()


class PurchaseFind(Message):
    """Payments by the reference on a slip, or those of the visit in a session. From: operator. Reply: purchase.cards.

    Every look is audited.
    """

    type: Literal["purchase.find"] = "purchase.find"
    reference: Annotated[str, Field(max_length=20)] | None = None
    session_id: Id | None = None


class PurchaseTasks(Message):
    """Payments that wait for a person, oldest first, at most fifty. From: operator. Reply: purchase.cards."""

    type: Literal["purchase.tasks"] = "purchase.tasks"


class RefundAsk(Message):
    """Return these lines to the card, with their fees. From: operator with the right. Reply: purchase.cards.

    Above the limit it waits until another person decides.
    """

    type: Literal["refund.ask"] = "refund.ask"
    refund_id: Id
    purchase_id: Id
    lines: Annotated[tuple[int, ...], Field(min_length=1, max_length=20)]
    reason: Annotated[str, Field(min_length=LEAST_NOTE, max_length=200)]


class RefundDecide(Message):
    """A second person agrees, or does not. From: supervisor, not the one who asked. Reply: purchase.cards."""

    type: Literal["refund.decide"] = "refund.decide"
    refund_id: Id
    purchase_id: Id
    agreed: bool


class LineSettle(Message):
    """Post a line again, or say that it is settled by other means. From: supervisor. Reply: purchase.cards."""

    type: Literal["line.settle"] = "line.settle"
    purchase_id: Id
    line: int
    how: Literal["post_again", "by_hand"]
    note: Annotated[str, Field(min_length=LEAST_NOTE, max_length=200)]


class DocumentSettle(Message):
    """A refused fiscal document: try again, or it is seen to otherwise. From: supervisor. Reply: purchase.cards."""

    type: Literal["document.settle"] = "document.settle"
    purchase_id: Id
    how: Literal["again", "by_hand"]
    note: Annotated[str, Field(min_length=LEAST_NOTE, max_length=200)]


class PurchaseClarify(Message):
    """What the acquirer says of a payment (or refund) without an outcome. From: supervisor. Reply: purchase.cards.

    ``charged``: exactly the asked amount is there; otherwise nothing of it. The kiosk's journal is told.
    ``kiosk_gone`` (when ``why`` is kiosk_away or contradicted): the server goes on by itself, without the kiosk.
    """

    type: Literal["purchase.clarify"] = "purchase.clarify"
    purchase_id: Id
    charged: bool
    note: Annotated[str, Field(min_length=LEAST_NOTE, max_length=200)]
    kiosk_gone: bool = False


class PurchaseCards(Message):
    """The payments asked for, or the one that was changed."""

    type: Literal["purchase.cards"] = "purchase.cards"
    cards: tuple[PurchaseCard, ...]


DifferenceAct = Literal["take", "take_over", "let_go", "resolve"]


class DifferenceCard(Message):
    """A difference between the book of record, the bank's file and a terminal's totals (`payment.differences`).

    ``what``: ``only_ours``, ``only_banks``, ``other_amount``, ``double``, ``terminal_total``; of the last ``ours`` is
    the book's total and ``bank`` the terminal's. ``advice``: what a person should do (`payment.reconciliation`).
    """

    difference_id: Id
    found_at: datetime
    what: Short
    advice: Short
    day: Short = Field(description="the bank's day, 2026-11-21")
    kind: Literal["payment", "return"]
    purchase_id: Short = ""
    reference: Short = Field(default="", description="of the purchase, as on its slip; empty for nobody's money")
    ours: Sum | None = None
    bank: Sum | None = None
    terminal: Short = ""
    rrn: Short = ""
    approval: Short = ""
    state: Literal["open", "taken", "resolved"]
    taken_by: Short = ""
    taken_at: datetime | None = None
    mine: bool = False
    resolved_by: Short = Field(default="", description="empty for one that agreed by itself in a later file")
    resolved_at: datetime | None = None
    note: Short = ""
    acts: tuple[DifferenceAct, ...] = Field(default=(), description="what the reader may do with it now")


class DifferenceTasks(Message):
    """Differences that wait, oldest first, then those resolved within a week. From: supervisor.

    Reply: difference.cards. Asked again at ``purchase.tasks_changed``.
    """

    type: Literal["difference.tasks"] = "difference.tasks"


class DifferenceSettle(Message):
    """Take it, take it over from another, let it go, or resolve it in writing. From: supervisor.

    Reply: difference.cards. Only who has taken it resolves it, with a ``note`` of at least three letters. Audited.
    """

    type: Literal["difference.settle"] = "difference.settle"
    difference_id: Id
    how: DifferenceAct
    note: Annotated[str, Field(max_length=200)] = ""


class DifferenceCards(Message):
    """The differences asked for, or the one that was changed."""

    type: Literal["difference.cards"] = "difference.cards"
    cards: tuple[DifferenceCard, ...]


class PaymentTasksChanged(Message):
    """What waits for a person among payments and differences has changed: ask again. To: staff who may act."""

    type: Literal["purchase.tasks_changed"] = "purchase.tasks_changed"
