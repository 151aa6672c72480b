"""Rules: everything that can happen to the queue, in the past tense and in plain values.

Each event is written to the server's log before its effects are told to anyone, and a dispatcher is rebuilt
by stepping through them again; so a field may get a default, but is never renamed or given a new meaning.
No event carries personal data: people appear as ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from equeue import plain

Status: TypeAlias = Literal["available", "break"]


@dataclass(frozen=True, slots=True)
class OperatorSignedIn:
    """An operator has come to work and begins in a break (features.md 8). ``"*"`` stands for all."""

    operator_id: str
    skills: tuple[str, ...] = ("*",)
    languages: tuple[str, ...] = ("*",)
    suppliers: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class OperatorSignedOut:
    """An operator has gone home; refused while in a session."""

    operator_id: str


@dataclass(frozen=True, slots=True)
class StatusChosen:
    """An operator wants to be available, or on a break with a reason: at once if free, else next."""

    operator_id: str
    status: Status
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NextStatusChosen:
    """What an operator with an offer, a session or wrap-up will be after it; None takes the wish back."""

    operator_id: str
    status: Status | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OperatorConnectionLost:
    """The console's link is gone; nothing ends before the grace is over."""

    operator_id: str


@dataclass(frozen=True, slots=True)
class OperatorConnectionBack:
    """The console is linked again within the grace."""

    operator_id: str


@dataclass(frozen=True, slots=True)
class MonitoringBegan:
    """A supervisor or operator listens to a session of ``target_id`` and takes no tickets meanwhile."""

    operator_id: str
    target_id: str


@dataclass(frozen=True, slots=True)
class MonitoringEnded:
    """The listener is back where they were before."""

    operator_id: str


@dataclass(frozen=True, slots=True)
class TicketTaken:
    """Somebody has joined the line. ``priority`` is a class the settings give a slope."""

    ticket_id: str
    service: str
    priority: str
    language: str
    centre: str
    kiosk_id: str
    case_id: str | None = None
    supplier: str | None = None


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
class BookedCheckedIn:
    """The booked customer has come to a kiosk."""

    ticket_id: str
    kiosk_id: str


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
    """Somebody parked, or gone for less than the return window, is back at the old place."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class TicketTransferred:
    """The operator passes the customer on to another service, supplier or language; None keeps what was."""

    ticket_id: str
    service: str | None = None
    supplier: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The operator takes the offered ticket."""

    ticket_id: str
    operator_id: str


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """The operator refuses the offered ticket; it is not offered to them again for a while."""

    ticket_id: str
    operator_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionHeld:
    """The operator has put the customer on hold."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """The operator is back from hold."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The talk is over. ``by`` is who ended it: customer, operator, supervisor or server."""

    ticket_id: str
    by: str


@dataclass(frozen=True, slots=True)
class SessionBroken:
    """The operator's end is dead while the customer is still there: back into the line at the old place."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class WrapUpFinished:
    """The operator has written up the contact."""

    operator_id: str
    result_code: str


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    """The operator needs longer for writing up."""

    operator_id: str


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
    | TicketTaken
    | TicketBooked
    | BookedCheckedIn
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
EVENT_TYPES: tuple[type, ...] = Event.__args__

_REGISTRY = plain.Registry(EVENT_TYPES)


def to_json(event: Event) -> str:
    """The event as canonical JSON, the same text for the same event everywhere."""
    return plain.to_text(event)


def from_json(text: str) -> Event:
    """The event ``to_json`` wrote; raises MalformedEvent for anything else."""
    return cast(Event, _REGISTRY.from_text(text))
