"""Rules: what the queue wants told. An effect carries all that is needed to route it; nothing is looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from equeue import plain
from equeue.operator_states import OperatorState
from equeue.ticket_states import TicketState


@dataclass(frozen=True, slots=True)
class TicketNumbered:
    """The number by which the customer will be called."""

    ticket_id: str
    kiosk_id: str
    number: str


@dataclass(frozen=True, slots=True)
class TicketChanged:
    """The ticket's state; ``operator_id`` while somebody is offered it, serves it or wraps it up."""

    ticket_id: str
    kiosk_id: str
    state: TicketState
    operator_id: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OfferMade:
    """The operator may accept until ``deadline`` (exclusive)."""

    ticket_id: str
    operator_id: str
    deadline: datetime
    kiosk_id: str
    number: str
    service: str
    language: str
    case_id: str | None
    supplier: str | None
    arrived: datetime
    channel: str = field(default="video", metadata=plain.LATER)


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """The offer is over: ``refused``, ``missed``, ``customer_left``, ``connection_lost`` or ``signed_out``."""

    ticket_id: str
    operator_id: str
    kiosk_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Connected:
    """Bring these two together."""

    ticket_id: str
    operator_id: str
    kiosk_id: str
    number: str
    case_id: str | None
    channel: str = field(default="video", metadata=plain.LATER)


@dataclass(frozen=True, slots=True)
class SessionOver:
    """The session of these two is over; ``reason`` says who ended it, or parked, transferred, broken."""

    ticket_id: str
    operator_id: str
    kiosk_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PairExcluded:
    """This ticket is not offered to this operator before ``until``: the one lawful reason to keep both idle."""

    ticket_id: str
    operator_id: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class HeldForSpecialist:
    """An idle universal is kept from this ticket before ``until``, because a specialist is at work."""

    ticket_id: str
    kiosk_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class RoomKept:
    """Nothing smaller that stands behind this ticket is offered to this operator before ``until``, or until the ticket
    has room there or goes elsewhere."""

    ticket_id: str
    kiosk_id: str
    operator_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class KeptForPerson:
    """This ticket is offered to this operator alone before ``until``: it was passed on to them by name."""

    ticket_id: str
    kiosk_id: str
    operator_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PersonNotWaitedFor:
    """Whoever serves it may have it now: ``waited``, ``gone`` (off duty), ``refused`` or ``missed``."""

    ticket_id: str
    kiosk_id: str
    operator_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CalledIn:
    """Ask the person with this ticket into the kiosk: it is free and an operator nearly is. ``until``: the grace."""

    ticket_id: str
    kiosk_id: str
    number: str
    until: datetime


@dataclass(frozen=True, slots=True)
class OperatorChanged:
    """The operator's state, the moment it ends by itself if it does, and what was wished for after it."""

    operator_id: str
    state: OperatorState
    since: datetime
    deadline: datetime | None
    reason: str | None
    ticket_id: str | None
    next_status: str | None


Effect: TypeAlias = (
    TicketNumbered
    | TicketChanged
    | OfferMade
    | OfferWithdrawn
    | Connected
    | SessionOver
    | PairExcluded
    | HeldForSpecialist
    | RoomKept
    | KeptForPerson
    | PersonNotWaitedFor
    | CalledIn
    | OperatorChanged
)
EFFECT_TYPES: tuple[type, ...] = Effect.__args__


def to_json(effect: Effect) -> str:
    """The effect as canonical JSON, the same text for the same effect everywhere."""
    return plain.to_text(effect)
