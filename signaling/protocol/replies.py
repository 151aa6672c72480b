"""Rules: what the server answers to a command."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from signaling.protocol.purchasing import DifferenceCards, PurchaseCards
from signaling.protocol.queueing import CallBackCard, Colleagues
from signaling.protocol.values import AccountView, CustomerCard, Message, SessionView, Short, Sum, TicketView
from signaling.protocol.waiting_line import LineFound


class Done(Message):
    """It is done, and on disk where it matters."""

    type: Literal["done"] = "done"


class AccountFound(Message):
    """The account, masked."""

    type: Literal["account.found"] = "account.found"
    account: AccountView


class ReadingAnswer(Message):
    """What became of a reading. ``needs_confirmation`` names the consequence; nothing is stored yet then."""

    type: Literal["reading.answer"] = "reading.answer"
    outcome: Literal["accepted", "needs_confirmation", "refused"]
    reason: Annotated[Short, Field(description="phrase key")] = ""
    reference: Short | None = None
    units: int | None = None
    money: Sum | None = None
    times_usual: float | None = None
    zone: Short | None = None


class PurchaseRecorded(Message):
    """Journal entries up to ``seq`` are on the server's disk."""

    type: Literal["purchase.recorded"] = "purchase.recorded"
    purchase_id: str
    seq: int


class TicketTaken(Message):
    """The place in the line; durable before this is said."""

    type: Literal["ticket.taken"] = "ticket.taken"
    ticket: TicketView


class SessionOpened(Message):
    """The conversation the accepted ticket became."""

    type: Literal["session.opened"] = "session.opened"
    session: SessionView


class CustomerCardShown(Message):
    """The person's card; None when they have not said who they are."""

    type: Literal["customer.card"] = "customer.card"
    card: CustomerCard | None


class NoteSaved(Message):
    """The note is on disk since ``at``."""

    type: Literal["note.saved"] = "note.saved"
    at: datetime


class TokenRenewed(Message):
    """Use this token from now on."""

    type: Literal["token.renewed"] = "token.renewed"
    token: str
    expires_at: datetime


Reply = Annotated[
    Done
    | AccountFound
    | ReadingAnswer
    | PurchaseRecorded
    | TicketTaken
    | SessionOpened
    | CustomerCardShown
    | NoteSaved
    | TokenRenewed
    | PurchaseCards
    | DifferenceCards
    | Colleagues
    | CallBackCard
    | LineFound,
    Field(discriminator="type"),
]
