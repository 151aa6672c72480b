"""Rules: what moves a journey: a wish of the customer or operator, or something the world did.

Ids are made by the runner and arrive inside events; ``number`` is the ask (``effects.AskServer``) an answer is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from signaling.protocol.events import LineTold
from signaling.protocol.journey import Intent, KioskDevice, Paper, SlipWord
from signaling.protocol.replies import ReadingAnswer
from signaling.protocol.values import AccountView, FiscalDocument, PageShape, SessionView, Sum, TicketView


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody wants something of the screen. ``fresh_id`` names what it may create (ticket, purchase)."""

    intent: Intent
    origin: Literal["customer", "operator"] = "customer"
    operator_name: str = ""
    fresh_id: str = ""


@dataclass(frozen=True, slots=True)
class AccountFound:
    """The server knows the account."""

    number: int
    account: AccountView


@dataclass(frozen=True, slots=True)
class ReadingAnswered:
    """The server judged a meter's readings."""

    number: int
    answer: ReadingAnswer


@dataclass(frozen=True, slots=True)
class TicketTaken:
    """The place in the line is on the server's disk."""

    number: int
    ticket: TicketView


@dataclass(frozen=True, slots=True)
class CallBackKept:
    """That this person is to be called by phone is on the server's disk."""

    number: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An ask was refused: an error code of the protocol, or ``link.down`` when nobody answered."""

    number: int
    code: str


@dataclass(frozen=True, slots=True)
class TicketChanged:
    """A ticket moved, or its wait is known better."""

    ticket: TicketView


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A conversation begins."""

    session: SessionView


@dataclass(frozen=True, slots=True)
class SessionRestarted:
    """The other end's media began anew: connect again, in the same conversation."""

    session: SessionView


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A conversation is over."""

    session_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageShown:
    """The operator shows a page of a document in place of their picture; None: no more."""

    session_id: str
    page: PageShape | None


@dataclass(frozen=True, slots=True)
class MediaChanged:
    """How our own picture and sound are."""

    session_id: str
    state: Literal["connecting", "live", "reconnecting", "lost"]


@dataclass(frozen=True, slots=True)
class DevicesChanged:
    """What of our own does not work now, and nothing has taken its place."""

    missing: tuple[KioskDevice, ...]


@dataclass(frozen=True, slots=True)
class PurchaseShown:
    """Where a purchase stands (``payment.screen_phase``)."""

    purchase_id: str
    phase: str
    phrase: str
    can_cancel: bool
    final: bool
    amount: Sum
    reference: str | None = None
    document: FiscalDocument | None = None


@dataclass(frozen=True, slots=True)
class SlipShown:
    """What becomes of the slip of a purchase, or of the ticket on paper; ``about`` is its id."""

    about: str
    state: SlipWord


@dataclass(frozen=True, slots=True)
class TerminalActive:
    """The card terminal is, or is no longer, in use."""

    active: bool


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A customer card lies on the reader. ``uid`` is upper-case hex."""

    uid: str


@dataclass(frozen=True, slots=True)
class WorldChanged:
    """How the world around the kiosk is."""

    online: bool
    payments_offered: bool
    in_service: bool = True
    line: LineTold | None = None
    paper: Paper = "none"
    keeps: bool = True


@dataclass(frozen=True, slots=True)
class Caught:
    """The server's whole state after a gap."""

    tickets: tuple[TicketView, ...] = ()
    session: SessionView | None = None
    line: LineTold | None = None


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The moment asked for by WakeAt has come."""


WorldEvent = (
    AccountFound
    | ReadingAnswered
    | TicketTaken
    | CallBackKept
    | Refused
    | TicketChanged
    | SessionStarted
    | SessionRestarted
    | SessionEnded
    | PageShown
    | MediaChanged
    | DevicesChanged
    | PurchaseShown
    | SlipShown
    | TerminalActive
    | CardPresented
    | WorldChanged
    | Caught
    | TimePassed
)
JourneyEvent = Wanted | WorldEvent
