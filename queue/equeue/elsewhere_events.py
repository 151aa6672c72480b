"""Rules: what can happen to people who are not at a kiosk: at home, or at its door; in the past tense."""

from __future__ import annotations

from dataclasses import dataclass, field

from equeue import plain


@dataclass(frozen=True, slots=True)
class CallBackAsked:
    """Somebody who is elsewhere asks to be called. ``not_before``: a moment in ISO 8601 with its distance to UTC."""

    ticket_id: str
    service: str
    priority: str
    language: str
    centre: str
    case_id: str | None = None
    supplier: str | None = None
    not_before: str | None = None


@dataclass(frozen=True, slots=True)
class CallBackWished:
    """Somebody who waits, or stands at the door, goes home and wants to be called; the place is kept."""

    ticket_id: str
    not_before: str | None = None


@dataclass(frozen=True, slots=True)
class CallBackUnanswered:
    """The operator has called, and the person was not reached."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class DoorTicketTaken:
    """Somebody at the capsule's door, where ``kiosk_id`` is taken by another, has joined the line by phone."""

    ticket_id: str
    service: str
    priority: str
    language: str
    centre: str
    kiosk_id: str


@dataclass(frozen=True, slots=True)
class DoorEntered:
    """The person with a door ticket is at a kiosk, and perhaps has said who they are.

    ``centre``: the kiosk's place; "": that of the door.
    """

    ticket_id: str
    kiosk_id: str
    case_id: str | None = None
    supplier: str | None = None
    centre: str = field(default="", metadata=plain.LATER)


@dataclass(frozen=True, slots=True)
class KioskOccupied:
    """Somebody uses this kiosk."""

    kiosk_id: str


@dataclass(frozen=True, slots=True)
class KioskFreed:
    """Nobody uses this kiosk any more."""

    kiosk_id: str
