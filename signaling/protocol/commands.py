"""Rules: what a client asks of the server. Each command has an id and is idempotent: its reply is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from signaling.protocol.journey import Intent, JourneyView
from signaling.protocol.purchasing import (
    DifferenceSettle,
    DifferenceTasks,
    DocumentSettle,
    LineSettle,
    PurchaseClarify,
    PurchaseFind,
    PurchaseTasks,
    RefundAsk,
    RefundDecide,
)
from signaling.protocol.queueing import (
    CallBackShow,
    CallBackUnanswered,
    CallBackWish,
    CentreWeigh,
    ChannelsSet,
    ColleaguesAsk,
    SessionHold,
    TicketAbsent,
    TicketMove,
    TicketPark,
    TicketPause,
    TicketReturn,
    TicketTransfer,
)
from signaling.protocol.values import Description, Id, Language, Message, PageShape, Short, TerminalTotal
from signaling.protocol.waiting_line import LineFind

#: Why somebody takes a break, hands an offer back, or leaves the line: codes, since the log keeps them for ever.
#: A company may have its own reasons of breaks (``break_reasons`` of the queue's settings) instead of these.
BreakReason = Literal["lunch", "rest", "training", "meeting", "technical", "other"]
RefuseReason = Literal["technical", "language", "personal", "other"]
LeaveReason = Literal["left", "link_down"]
#: Names of the figures of a call that are kept; others are passed over.
FIGURES = frozenset(
    "seconds weak_s bad_s decoded fec concealed silence freezes frozen_s breaks link_limited_s cpu_limited_s "
    "loss fps_in rtt_ms jitter_ms kbps_in kbps_out cpu rtt_most_ms now".split()
)


class VisitBegin(Message):
    """A customer touched the screen. From: kiosk. Reply: done."""

    type: Literal["visit.begin"] = "visit.begin"
    visit_id: Id
    language: Language


class VisitEnd(Message):
    """The visit is over and wiped. From: kiosk. Reply: done."""

    type: Literal["visit.end"] = "visit.end"
    visit_id: Id
    outcome: Literal["finished", "idle", "crashed"]


class JourneyReport(Message):
    """What the kiosk shows now; latest wins. From: kiosk. Reply: done."""

    type: Literal["journey.report"] = "journey.report"
    view: JourneyView


class AccountFind(Message):
    """Find an account by its number or by the UID (hex) of a customer card. From: kiosk. Reply: account.found."""

    type: Literal["account.find"] = "account.find"
    visit_id: Id
    number: Annotated[str, Field(max_length=20)] | None = None
    card_uid: Annotated[str, Field(pattern=r"^[0-9A-F]{8,20}$")] | None = None


class ReadingSubmit(Message):
    """Hand in one meter's reading, all its zones at once. From: kiosk. Reply: reading.answer."""

    type: Literal["reading.submit"] = "reading.submit"
    visit_id: Id
    account: Short
    meter_id: Short
    values: dict[str, Annotated[int, Field(strict=True)]] = Field(description="whole units by zone: T1, T2, T3")
    confirmed: bool = Field(default=False, description="the person has seen that it is unusual and stands by it")
    taken_at: datetime | None = Field(default=None, description="when a kept reading was typed; it decides the month")


class PurchaseRecord(Message):
    """Entries of the kiosk's payment journal, in order. From: kiosk. Reply: purchase.recorded.

    The server alone posts to billing; it answers ``purchase.gap`` when an entry before these is missing.
    """

    type: Literal["purchase.record"] = "purchase.record"
    purchase_id: Id
    entries: tuple[dict[str, Any], ...]


class TerminalDayClosed(Message):
    """The card terminal closed its day with the acquirer; the totals of that day. From: kiosk. Reply: done."""

    type: Literal["terminal.day_closed"] = "terminal.day_closed"
    poi_id: Short
    closed_at: datetime
    reconciliation_id: Short
    totals: tuple[TerminalTotal, ...]


class TicketTake(Message):
    """Join the line. From: kiosk. Reply: ticket.taken."""

    type: Literal["ticket.take"] = "ticket.take"
    ticket_id: Id
    visit_id: Id
    service: Literal["readings", "payment", "contract", "other"]
    language: Language
    account: Short | None = None
    special_need: bool = False


class TicketLeave(Message):
    """Leave the line. From: kiosk. Reply: done."""

    type: Literal["ticket.leave"] = "ticket.leave"
    ticket_id: Id
    reason: LeaveReason = "left"


class SessionDescribe(Message):
    """An SDP for the other end. From: either end of the session. Reply: done.

    The kiosk offers, the operator answers. A kiosk whose media began anew offers again; the operator is then told
    ``session.restart`` before the new offer.
    """

    type: Literal["session.describe"] = "session.describe"
    session_id: Id
    description: Description


class SessionMedia(Message):
    """How the media of this end is; a session lives on while either end says live. From: either end. Reply: done.

    ``connecting`` after anything else says that this end's media began anew (its process was replaced): an operator's
    makes the server ask the kiosk for a new offer (``session.restart``). A mended connection goes ``reconnecting``,
    then ``live``; an operator's ``reconnecting`` asks for a new offer too, for it hears nothing any more. ``figures``
    are of the whole call so far and kept with the session, the last of each end, also when they come after its end:
    totals ``seconds weak_s bad_s decoded fec concealed silence`` (sound in units of 20 ms) ``freezes frozen_s breaks
    link_limited_s cpu_limited_s``, means ``loss fps_in rtt_ms jitter_ms kbps_in kbps_out cpu``, ``rtt_most_ms``, and
    ``now``: 0 good, 1 weak, 2 bad.
    """

    type: Literal["session.media"] = "session.media"
    session_id: Id
    state: Literal["connecting", "live", "reconnecting", "lost"]
    figures: dict[str, float] = {}


class SessionEnd(Message):
    """Hang up. From: either end. Reply: done."""

    type: Literal["session.end"] = "session.end"
    session_id: Id


class RatingGive(Message):
    """The customer's stars for a session. From: kiosk. Reply: done."""

    type: Literal["rating.give"] = "rating.give"
    session_id: Id
    stars: Annotated[int, Field(ge=1, le=5)]


Works = Literal["ok", "out", "unknown"]


class HealthReport(Message):
    """How the kiosk is. From: kiosk, each minute and at changes. Reply: done."""

    type: Literal["health.report"] = "health.report"
    terminal: Literal["ok", "busy", "out", "unknown"]
    card_reader: Literal["ok", "out", "unknown"]
    frames_seen: Annotated[
        int, Field(description="pictures the visit window has painted; a frozen screen stands still")
    ]
    software: Short
    camera: Works = "unknown"
    microphone: Works = "unknown"
    loudspeaker: Works = "unknown"
    engine: Annotated[Works, Field(description="the media engine made a call with itself")] = "unknown"
    sound_check: Annotated[Works, Field(description="the microphone heard a chirp from the loudspeaker")] = "unknown"
    printer: Annotated[
        Literal["none", "ok", "low", "out", "unknown"],
        Field(description="none: there is none; low: the paper ends soon; unknown: it never answers"),
    ] = "unknown"


class StatusSet(Message):
    """Be available, or take a break with a reason; while busy it is what comes next. From: operator. Reply: done.

    A reason is one of the company's, where the queue's settings name them, else lunch, rest, training, meeting,
    technical or other; another one is ``protocol.malformed``.
    """

    type: Literal["status.set"] = "status.set"
    status: Literal["available", "break", "offline"]
    reason: Annotated[str, Field(max_length=40)] | None = None


class OfferAccept(Message):
    """Take the offered ticket. From: operator. Reply: session.opened."""

    type: Literal["offer.accept"] = "offer.accept"
    ticket_id: Id


class OfferRefuse(Message):
    """Hand the offered ticket back to the line. From: operator. Reply: done."""

    type: Literal["offer.refuse"] = "offer.refuse"
    ticket_id: Id
    reason: RefuseReason


class JourneyIntent(Message):
    """Something the operator asks of the customer's screen. From: operator in the session. Reply: done."""

    type: Literal["journey.intent"] = "journey.intent"
    session_id: Id
    intent: Intent


class SessionShow(Message):
    """A document's page stands in place of our picture from now on; None: the picture again. From: operator.

    Reply: done. The kiosk hears ``session.shown`` and makes room for it. Audited, without the page.
    """

    type: Literal["session.show"] = "session.show"
    session_id: Id
    page: PageShape | None = None


class CustomerShow(Message):
    """The card of the person in the session, unmasked by right, audited. From: operator in it. Reply: customer.card."""

    type: Literal["customer.show"] = "customer.show"
    session_id: Id


class NoteSave(Message):
    """The operator's note so far; saved as typed. From: operator. Reply: note.saved.

    ``left_over``: found on a computer after the conversation may have gone on at another. It is added to the note that
    the server has, and also taken when the conversation is long over.
    """

    type: Literal["note.save"] = "note.save"
    session_id: Id
    text: Annotated[str, Field(max_length=4000)]
    left_over: bool = False


class WrapUpExtend(Message):
    """A little more time for the paper work. From: operator. Reply: done."""

    type: Literal["wrap_up.extend"] = "wrap_up.extend"


class WrapUpFinish(Message):
    """The result of the conversation; the operator goes on to what comes next. From: operator. Reply: done."""

    type: Literal["wrap_up.finish"] = "wrap_up.finish"
    session_id: Id
    result: Literal["resolved", "call_back", "request", "not_ours"]
    first_contact: bool = True


class FloorWatch(Message):
    """Begin or stop to receive the list of live sessions. From: supervisor, administrator. Reply: done."""

    type: Literal["floor.watch"] = "floor.watch"
    on: bool


class TokenRenew(Message):
    """A new short-lived token before the old one ends. From: all staff. Reply: token.renewed."""

    type: Literal["token.renew"] = "token.renew"


Command = Annotated[
    VisitBegin
    | VisitEnd
    | JourneyReport
    | AccountFind
    | ReadingSubmit
    | PurchaseRecord
    | TicketTake
    | TicketLeave
    | SessionDescribe
    | SessionMedia
    | SessionEnd
    | RatingGive
    | HealthReport
    | TerminalDayClosed
    | StatusSet
    | OfferAccept
    | OfferRefuse
    | JourneyIntent
    | SessionShow
    | CustomerShow
    | NoteSave
    | WrapUpExtend
    | WrapUpFinish
    | FloorWatch
    | LineFind
    | TokenRenew
    | PurchaseFind
    | PurchaseTasks
    | RefundAsk
    | RefundDecide
    | LineSettle
    | DocumentSettle
    | PurchaseClarify
    | DifferenceTasks
    | DifferenceSettle
    | CallBackWish
    | TicketReturn
    | TicketPause
    | ChannelsSet
    | CallBackShow
    | CallBackUnanswered
    | TicketPark
    | SessionHold
    | TicketTransfer
    | ColleaguesAsk
    | TicketAbsent
    | TicketMove
    | CentreWeigh,
    Field(discriminator="type"),
]
