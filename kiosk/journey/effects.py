"""Rules: what a journey asks its runner to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from signaling.protocol.commands import Command
from signaling.protocol.values import BillView, Language, PageShape, SessionView, Sum


@dataclass(frozen=True, slots=True)
class BeginVisit:
    """A person is here."""

    language: Language


@dataclass(frozen=True, slots=True)
class AskServer:
    """Ask, and feed the answer back with this ``number``."""

    number: int
    command: Command


@dataclass(frozen=True, slots=True)
class TellServer:
    """Have it done sooner or later; no answer is waited for."""

    command: Command


@dataclass(frozen=True, slots=True)
class StartPurchase:
    """Charge the amount, the sum of these bills with their fees, at the card terminal."""

    purchase_id: str
    bills: tuple[BillView, ...]
    amount: Sum
    purpose: str


@dataclass(frozen=True, slots=True)
class CancelPurchase:
    """Wish the payment to stop; an approval may still win."""

    purchase_id: str


@dataclass(frozen=True, slots=True)
class WarmMedia:
    """A conversation is near: start camera and microphone."""


@dataclass(frozen=True, slots=True)
class JoinMedia:
    """Connect picture and sound of this conversation (anew, when already connected)."""

    session: SessionView


@dataclass(frozen=True, slots=True)
class LeaveMedia:
    """Close picture and sound."""

    session_id: str


@dataclass(frozen=True, slots=True)
class MuteMedia:
    """Switch the own microphone."""

    microphone_on: bool


@dataclass(frozen=True, slots=True)
class ShowPage:
    """The other end's picture is a page, to be read; None: a person again."""

    page: PageShape | None


@dataclass(frozen=True, slots=True)
class Still:
    """Cover the outgoing picture with a still, or uncover it."""

    on: bool


@dataclass(frozen=True, slots=True)
class Cue:
    """Play a short soft sound."""

    name: Literal["touch", "call", "done"]


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Feed TimePassed back at this moment instead of any earlier wish; None: not at all."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class EndVisit:
    """The visit is over; everything personal goes."""

    outcome: Literal["finished", "idle"]


Effect = (
    BeginVisit
    | AskServer
    | TellServer
    | StartPurchase
    | CancelPurchase
    | WarmMedia
    | JoinMedia
    | LeaveMedia
    | MuteMedia
    | ShowPage
    | Still
    | Cue
    | WakeAt
    | EndVisit
)
