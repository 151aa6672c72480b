"""Rules: everything a journey knows. Frozen; lives in the visit's process only and dies with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kiosk.journey.events import PurchaseShown
from kiosk.journey.phones import Country
from signaling.protocol.commands import ReadingSubmit
from signaling.protocol.events import LineTold
from signaling.protocol.journey import (
    CallBackEntry,
    Ease,
    KioskDevice,
    Notice,
    Paper,
    Proposal,
    Reference,
    SlipWord,
    Step,
)
from signaling.protocol.values import (
    AccountView,
    BillView,
    FiscalDocument,
    Language,
    MeterView,
    SessionView,
    Sum,
    TicketView,
    ZoneView,
)

Media = Literal["connecting", "live", "reconnecting", "lost"]
#: Stages of a place that is kept for somebody who is to come back with the number.
AWAY = ("parked", "recallable", "checked_in")
Spot = tuple[str, str]  #: (meter id, zone): one register, one screen


@dataclass(frozen=True, slots=True)
class Settings:
    """Of this kiosk. Seconds; a visit ends ``idle_s + warning_s`` after the last touch."""

    languages: tuple[Language, ...] = ("ru", "lv", "en")
    ask_language_first: bool = False
    idle_s: int = 60
    warning_s: int = 30  # features.md 10.7: at least 20
    goodbye_s: int = 30
    slower_times: int = 3
    country: Country = "RU"  #: whose phone numbers are typed


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer that is waited for. ``sent``: of a reading, what was handed in."""

    number: int
    about: Literal["account", "reading", "ticket", "call_back", "number"]
    sent: ReadingSubmit | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """What makes a typed value unusual; shown, and confirmed by one more touch."""

    reason: str
    units: int | None
    money: Sum | None
    times_usual: float | None


@dataclass(frozen=True, slots=True)
class Readings:
    """What is typed, register by register; ``position`` is the screen in view."""

    position: int = 0
    typed: Mapping[Spot, str] = field(default_factory=dict)
    confirmed: frozenset[Spot] = frozenset()
    handed_in: frozenset[str] = frozenset()
    doubt: Doubt | None = None
    skipped: frozenset[str] = frozenset()  #: meters left out this time
    server_asked: frozenset[str] = frozenset()  #: meters whose doubt came from the server


@dataclass(frozen=True, slots=True)
class Purchase:
    """The payment under way, or just finished, and how it stands."""

    purchase_id: str
    amount: Sum
    purpose: str
    bills: tuple[tuple[int, BillView], ...]  #: with their places among the account's bills
    phase: str = "connecting"
    phrase: str = "payment.connecting"
    can_cancel: bool = False
    final: bool = False
    reference: str | None = None
    document: FiscalDocument | None = None
    ever_paid: bool = False  #: its bills were taken off what is due

    def shown(self, event: PurchaseShown) -> Purchase:
        """The same purchase as the agent now says it stands."""
        return Purchase(
            self.purchase_id,
            event.amount,
            self.purpose,
            self.bills,
            event.phase,
            event.phrase,
            event.can_cancel,
            event.final,
            event.reference or self.reference,
            event.document,
            self.ever_paid or self.paid,
        )

    @property
    def paid(self) -> bool:
        """The money was taken and reaches the account."""
        return self.phase in ("approved", "posted")

    @property
    def certainly_unpaid(self) -> bool:
        """The money was certainly not taken, or went back."""
        return self.final and self.phase in ("declined", "not_sent", "not_charged", "reversed")

    @property
    def may_leave(self) -> bool:
        """The person may go: it is decided, or it is being clarified and they hold a reference."""
        return self.final or (self.phase in ("unknown", "parked", "reversing") and self.reference is not None)


@dataclass(frozen=True, slots=True)
class Journey:
    """The state of one visit."""

    visit_id: str
    step: Step
    language: Language
    settings: Settings
    last_touch: datetime
    number: int = 0
    ease: Ease = field(default_factory=Ease)
    online: bool = True
    payments_offered: bool = True
    in_service: bool = True
    line: LineTold | None = None
    paper: Paper = "none"
    keeps: bool = True  #: what is to be sent later is on disk
    account: AccountView | None = None
    typed_account: str = ""
    wanted: Literal["menu", "readings", "payment"] = "menu"
    pending: tuple[Pending, ...] = ()
    asks: int = 0
    readings: Readings = Readings()
    unticked: frozenset[int] = frozenset()  #: places of bills that are not to be paid now
    purchase: Purchase | None = None
    ticket_id: str | None = None
    ticket: TicketView | None = None
    former_ticket: str | None = None  #: of the last conversation; a broken one may return to the line
    before_talk: Step = Step.MENU
    typed_phone: str = ""
    typed_number: str = ""
    call_back: CallBackEntry | None = None  #: what was promised to a person who goes home
    call_back_unsure: bool = False  #: the link broke before the server's word
    session: SessionView | None = None
    media: Media = "connecting"
    microphone_on: bool = True
    missing: tuple[KioskDevice, ...] = ()
    terminal_active: bool = False
    unrated: str | None = None
    stars: int | None = None
    leave_asked: bool = False
    permission: Literal["none", "asked", "granted"] = "none"
    proposal: Proposal | None = None
    references: tuple[Reference, ...] = ()
    slips: Mapping[str, SlipWord] = field(default_factory=dict)  #: by purchase or ticket
    notice: Notice | None = None
    warning_left_s: int | None = None
    wake_at: datetime | None = None
    ended: bool = False

    @property
    def begun(self) -> bool:
        """Somebody is here."""
        return self.step not in (Step.ATTRACT, Step.OUT_OF_SERVICE)

    @property
    def in_line(self) -> bool:
        """A place in the line is held and no conversation has come of it yet."""
        return self.ticket_id is not None and self.session is None and not self.waits_for("ticket")

    @property
    def missed(self) -> bool:
        """The person was called and not seen; the place is kept for a while."""
        return self.ticket is not None and self.ticket.stage == "recallable"

    @property
    def away(self) -> bool:
        """The place is kept for somebody who is to come back with the number: whoever leaves gives nothing up."""
        return self.in_line and self.ticket is not None and self.ticket.stage in AWAY

    @property
    def paying(self) -> bool:
        """A purchase is under way whose outcome must be waited for."""
        return self.purchase is not None and not self.purchase.may_leave

    @property
    def purchase_open(self) -> bool:
        """A purchase exists that is not decided: nobody may say it is not paid, nor pay again."""
        bought = self.purchase
        return bought is not None and not (bought.certainly_unpaid or bought.paid)

    @property
    def spots(self) -> tuple[tuple[MeterView, ZoneView], ...]:
        """Every register of the account, in the order of the screens."""
        if self.account is None:
            return ()
        return tuple((meter, zone) for meter in self.account.meters for zone in meter.zones)

    def waits_for(self, about: str) -> bool:
        """Whether such an answer is waited for."""
        return any(pending.about == about for pending in self.pending)


def fresh(visit_id: str, settings: Settings, now: datetime) -> Journey:
    """A journey nobody has begun: the attract screen in the kiosk's first language."""
    return Journey(visit_id, Step.ATTRACT, settings.languages[0], settings, now)
