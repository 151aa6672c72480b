"""Rules: everything that can happen to the queue, in the past tense and in plain values.

Each event is written to the server's log before its effects are told to anyone, and a dispatcher is rebuilt
by stepping through them again; so a field may get a default, but is never renamed or given a new meaning.
No event carries personal data: people appear as ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, cast

from equeue import plain
from equeue.elsewhere_events import (
    CallBackAsked,
    CallBackUnanswered,
    CallBackWished,
    DoorEntered,
    DoorTicketTaken,
    KioskFreed,
    KioskOccupied,
)
from equeue.operator_events import (
    ChannelsChosen,
    MonitoringBegan,
    MonitoringEnded,
    NextStatus,
    NextStatusChosen,
    OperatorConnectionBack,
    OperatorConnectionLost,
    OperatorSignedIn,
    OperatorSignedOut,
    Status,
    StatusChosen,
)
from equeue.session_events import (
    OfferAccepted,
    OfferRefused,
    SessionBroken,
    SessionEnded,
    SessionHeld,
    SessionResumed,
    WrapUpExtended,
    WrapUpFinished,
)

__all__ = [
    "EVENT_TYPES",
    "TAKEN",
    "BookedCheckedIn",
    "BookedWentAway",
    "BookingMoved",
    "CallBackAsked",
    "CallBackUnanswered",
    "CallBackWished",
    "CentreFactorChanged",
    "ChannelsChosen",
    "CustomerMissing",
    "DoorEntered",
    "DoorTicketTaken",
    "Event",
    "KioskFreed",
    "KioskOccupied",
    "MonitoringBegan",
    "MonitoringEnded",
    "NextStatus",
    "NextStatusChosen",
    "OfferAccepted",
    "OfferRefused",
    "OperatorConnectionBack",
    "OperatorConnectionLost",
    "OperatorSignedIn",
    "OperatorSignedOut",
    "SessionBroken",
    "SessionEnded",
    "SessionHeld",
    "SessionResumed",
    "SettingsChanged",
    "Status",
    "StatusChosen",
    "TicketBooked",
    "TicketLeft",
    "TicketMovedAhead",
    "TicketParked",
    "TicketReturned",
    "TicketTaken",
    "TicketTransferred",
    "TimePassed",
    "WrapUpExtended",
    "WrapUpFinished",
    "from_json",
    "to_json",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TicketTaken:
    """Somebody has joined the line. ``priority`` is a class that has a slope, ``channel`` one that has a weight."""

    ticket_id: str
    service: str
    priority: str
    language: str
    centre: str
    kiosk_id: str
    case_id: str | None = None
    supplier: str | None = None
    channel: str = field(default="video", metadata=plain.LATER)


@dataclass(frozen=True, slots=True)
class TicketBooked:
    """A visit was booked. ``slot`` is its beginning in ISO 8601 with its distance to UTC."""

    ticket_id: str
    service: str
    priority: str
    language: str
    centre: str
    slot: str
    case_id: str | None = None
    supplier: str | None = None


@dataclass(frozen=True, slots=True)
class BookingMoved:
    """A booked visit has another slot; the number and the person stay."""

    ticket_id: str
    slot: str


@dataclass(frozen=True, slots=True)
class BookedCheckedIn:
    """The booked customer has come to a kiosk; ``centre``: of which place, "": of the booked one."""

    ticket_id: str
    kiosk_id: str
    centre: str = field(default="", metadata=plain.LATER)


@dataclass(frozen=True, slots=True)
class BookedWentAway:
    """The checked-in customer has left the kiosk before the slot was near: still booked, and checks in again."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class CustomerMissing:
    """The operator is connected and nobody is there."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class TicketMovedAhead:
    """A supervisor lets one customer count as having come earlier; everybody is told that it was done."""

    ticket_id: str
    seconds: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class TicketLeft:
    """Somebody who waits, is offered or is parked has gone away."""

    ticket_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TicketParked:
    """Somebody was sent to fetch papers (by the operator, or asked for it while waiting); the place is kept."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class TicketReturned:
    """Somebody parked, called and not there, or gone for less than the return window, is back at the old place.

    ``kiosk_id`` and ``centre``: where; "" where they were. Who waits may go on waiting at another kiosk.
    """

    ticket_id: str
    kiosk_id: str = field(default="", metadata=plain.LATER)
    centre: str = field(default="", metadata=plain.LATER)


@dataclass(frozen=True, slots=True)
class TicketTransferred:
    """The operator passes the customer on to another service, supplier or language; None keeps what was.

    ``operator_id``: to this very operator, who must be on duty; "" to whoever serves it.
    """

    ticket_id: str
    service: str | None = None
    supplier: str | None = None
    language: str | None = None
    operator_id: str = field(default="", metadata=plain.LATER)


@dataclass(frozen=True, slots=True)
class CentreFactorChanged:
    """A supervisor lets a service centre gather priority faster or slower: 100 is normal, 150 half as fast again."""

    centre: str
    percent: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The queue follows other settings from now on; offers and timers already running keep theirs."""

    toml: str


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The moment of ``Dispatcher.next_deadline()`` has come."""


Event: TypeAlias = (
    OperatorSignedIn
    | OperatorSignedOut
    | StatusChosen
    | NextStatusChosen
    | OperatorConnectionLost
    | OperatorConnectionBack
    | MonitoringBegan
    | MonitoringEnded
    | ChannelsChosen
    | TicketTaken
    | CallBackAsked
    | CallBackWished
    | CallBackUnanswered
    | DoorTicketTaken
    | DoorEntered
    | KioskOccupied
    | KioskFreed
    | TicketBooked
    | BookingMoved
    | BookedCheckedIn
    | BookedWentAway
    | CustomerMissing
    | TicketMovedAhead
    | TicketLeft
    | TicketParked
    | TicketReturned
    | TicketTransferred
    | OfferAccepted
    | OfferRefused
    | SessionHeld
    | SessionResumed
    | SessionEnded
    | SessionBroken
    | WrapUpFinished
    | WrapUpExtended
    | CentreFactorChanged
    | SettingsChanged
    | TimePassed
)
#: By these somebody gets a number at once.
TAKEN = (TicketTaken, CallBackAsked, DoorTicketTaken, BookedCheckedIn)
EVENT_TYPES: tuple[type, ...] = Event.__args__

_REGISTRY = plain.Registry(EVENT_TYPES)


def to_json(event: Event) -> str:
    """The event as canonical JSON, the same text for the same event everywhere."""
    return plain.to_text(event)


def from_json(text: str) -> Event:
    """The event ``to_json`` wrote; raises MalformedEvent for anything else."""
    return cast(Event, _REGISTRY.from_text(text))
