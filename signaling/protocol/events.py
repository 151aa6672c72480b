"""Rules: what the server tells a client unasked, numbered by (epoch, number), and the snapshots after a gap."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from signaling.protocol.journey import Intent, JourneyView
from signaling.protocol.purchasing import PaymentTasksChanged
from signaling.protocol.queueing import CentreRow, DoorTold, QueueRow
from signaling.protocol.values import (
    Description,
    FiscalDocument,
    FloorRow,
    Id,
    LineRow,
    Message,
    OfferView,
    OperatorView,
    PageShape,
    SessionView,
    Short,
    Sum,
    TicketView,
    WaitBand,
)
from signaling.protocol.waiting_line import LineChanged, LineCounts


class TicketChanged(Message):
    """The ticket moved, or its wait is known better. To: the kiosk that took it."""

    type: Literal["ticket.changed"] = "ticket.changed"
    ticket: TicketView


class SessionStarted(Message):
    """A conversation begins. To: both its ends."""

    type: Literal["session.started"] = "session.started"
    session: SessionView


class SessionDescribed(Message):
    """The other end's SDP with its proof. To: the other end."""

    type: Literal["session.described"] = "session.described"
    session_id: Id
    description: Description


class SessionRestart(Message):
    """The media of the other end began anew (its process was replaced): make a new connection for the same session.

    To: the end that must begin anew. The kiosk answers it with a new offer; the operator waits for that offer.
    """

    type: Literal["session.restart"] = "session.restart"
    session: SessionView


class SessionShown(Message):
    """The operator shows a page of a document in place of their picture; None: no more. To: the kiosk."""

    type: Literal["session.shown"] = "session.shown"
    session_id: Id
    page: PageShape | None = None


class SessionEnded(Message):
    """The conversation is over. To: both its ends."""

    type: Literal["session.ended"] = "session.ended"
    session_id: Id
    reason: Literal["customer", "operator", "media_lost", "visit_ended", "server"]


class IntentCame(Message):
    """The operator asks something of the customer's screen. To: the kiosk."""

    type: Literal["journey.intent_came"] = "journey.intent_came"
    session_id: Id
    visit_id: Id
    operator_name: Short
    intent: Intent


class PurchasePosted(Message):
    """Every line of the payment is settled: on its account in its billing system, or returned. To: the kiosk.

    ``document``: a fiscal document follows (``purchase.fiscalised``); without it nothing does.
    """

    type: Literal["purchase.posted"] = "purchase.posted"
    purchase_id: Id
    reference: Short
    document: bool = False


class PurchaseFiscalised(Message):
    """A fiscal document of the payment, or of a refund of it, exists. To: the kiosk that took the payment.

    ``document_id`` is the purchase's or the refund's. Repeated at each new connection until the journal says so.
    """

    type: Literal["purchase.fiscalised"] = "purchase.fiscalised"
    purchase_id: Id
    document_id: Id
    document: FiscalDocument


class PurchaseRefund(Message):
    """Return this much of a paid purchase to the card, once for each ``refund_id``. To: the kiosk that took it.

    Repeated at each new connection until the kiosk's journal (``purchase.record``) knows the order.
    """

    type: Literal["purchase.refund"] = "purchase.refund"
    purchase_id: Id
    refund_id: Id
    amount: Sum


class PurchaseClarified(Message):
    """A person has found out how a payment without an outcome ended. To: the kiosk that took it.

    ``charged``: the acquirer has exactly what was asked (of a refund: it did not happen); otherwise it has nothing.
    Repeated at each new connection until the kiosk's journal says so.
    """

    type: Literal["purchase.clarified"] = "purchase.clarified"
    purchase_id: Id
    charged: bool
    note: Short


class OperatorChanged(Message):
    """The operator's own state. To: that operator."""

    type: Literal["operator.changed"] = "operator.changed"
    operator: OperatorView


class OfferMade(Message):
    """A ticket is offered. To: one operator."""

    type: Literal["offer.made"] = "offer.made"
    offer: OfferView


class OfferWithdrawn(Message):
    """The offer is gone. To: that operator."""

    type: Literal["offer.withdrawn"] = "offer.withdrawn"
    ticket_id: Id
    reason: Literal["accepted", "refused", "no_answer", "customer_left", "connection_lost", "status"]


class JourneyChanged(Message):
    """What the customer sees now. To: the operator in the session, and with the offer.

    With an offer there is no session yet: ``session_id`` is then the ticket's id, and the account stays masked.
    """

    type: Literal["journey.changed"] = "journey.changed"
    session_id: Id
    view: JourneyView


class TimelineChanged(Message):
    """What the customer did on this visit: (ISO time, phrase key, values), oldest first. To: the operator.

    With an offer ``session_id`` is the ticket's id.
    """

    type: Literal["timeline.changed"] = "timeline.changed"
    session_id: Id
    lines: tuple[tuple[str, str, dict[str, str]], ...]


class LineTold(Message):
    """How long the line is, before anybody asks. To: kiosks, when it changed."""

    type: Literal["line.told"] = "line.told"
    waiting: int
    operators: int
    wait: WaitBand | None


class FloorChanged(Message):
    """Live sessions, operators, and the line as a supervisor needs it. To: supervisors who watch the floor."""

    type: Literal["floor.changed"] = "floor.changed"
    sessions: tuple[FloorRow, ...]
    operators: tuple[OperatorView, ...]
    queue: tuple[QueueRow, ...] = Field(
        default=(), description="the first hundred in the order of calling, then others"
    )
    centres: tuple[CentreRow, ...] = ()
    settings: Annotated[int, Field(description="how often the queue's settings were changed since the log began")] = 0


Event = Annotated[
    TicketChanged
    | SessionStarted
    | SessionDescribed
    | SessionRestart
    | SessionShown
    | SessionEnded
    | IntentCame
    | PurchasePosted
    | PurchaseFiscalised
    | PurchaseRefund
    | PurchaseClarified
    | PaymentTasksChanged
    | OperatorChanged
    | OfferMade
    | OfferWithdrawn
    | JourneyChanged
    | TimelineChanged
    | LineTold
    | LineChanged
    | FloorChanged
    | DoorTold,
    Field(discriminator="type"),
]


class KioskSnapshot(Message):
    """Everything a kiosk needs after a gap."""

    type: Literal["kiosk"] = "kiosk"
    tickets: tuple[TicketView, ...] = ()
    session: SessionView | None = None
    line: LineTold | None = None
    door: DoorTold | None = None
    posted: tuple[PurchasePosted, ...] = Field(default=(), description="not in the kiosk's journal yet")
    fiscalised: tuple[PurchaseFiscalised, ...] = Field(default=(), description="not in the kiosk's journal yet")
    refunds: tuple[PurchaseRefund, ...] = Field(default=(), description="ordered, and not in the kiosk's journal yet")
    clarified: tuple[PurchaseClarified, ...] = Field(default=(), description="not in the kiosk's journal yet")


class DeskSnapshot(Message):
    """Everything a console needs after a gap."""

    type: Literal["desk"] = "desk"
    operator: OperatorView
    offer: OfferView | None = None
    session: SessionView | None = Field(
        default=None, description="the live one, or, when ``operator.status`` is wrap_up, the one being written up"
    )
    journey: JourneyView | None = None
    timeline: tuple[tuple[str, str, dict[str, str]], ...] = ()
    note: str = ""
    line: tuple[LineRow, ...] = Field(default=(), description="its first hundred places")
    counts: LineCounts = LineCounts()
    floor: FloorChanged | None = None


Snapshot = Annotated[KioskSnapshot | DeskSnapshot, Field(discriminator="type")]
