"""Rules: what the server knows at this moment. What must last is in the log and the tables; the rest may be lost.

Read and changed by the one loop only; nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from equeue.dispatcher import Dispatcher
from equeue.errors import UnknownOperator, UnknownTicket
from equeue.operator_states import OperatorState
from equeue.operators import Operator
from equeue.proof import Chain, first_head
from equeue.ticket import Ticket
from equeue.ticket_states import TicketState
from office.visits import Story
from signaling.protocol.commands import HealthReport
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.journey import JourneyView
from signaling.protocol.values import Description, Language, PageShape, Role
from signaling.server.call_session import CallSession, End, SessionState
from signaling.server.codes import Codes
from signaling.server.relays import Relays


@dataclass(slots=True)
class Kiosk:
    """An enrolled kiosk. ``away_since``: its link is lost since then. ``retired``: it may not come in any more.
    ``enrolled_at``: since then this machine has its place; known when it has come in.
    """

    id: str
    name: str
    place: str
    public_key: str
    linked: bool = False
    away_since: datetime | None = None
    health: HealthReport | None = None
    retired: bool = False
    enrolled_at: datetime | None = None


@dataclass(slots=True)
class Figures:
    """What an operator did on ``day`` (UTC)."""

    day: date | None = None
    served: int = 0
    talk_seconds: float = 0.0
    ratings: list[int] = field(default_factory=list)

    def of(self, day: date) -> Figures:
        """These figures, begun anew when the day is another one."""
        if self.day != day:
            self.day, self.served, self.talk_seconds, self.ratings = day, 0, 0.0, []
        return self


@dataclass(slots=True)
class Clerk:
    """Somebody of the staff. ``public_key`` is of the console they signed in with last."""

    id: str
    name: str
    role: Role
    public_key: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    linked: bool = False
    watches_floor: bool = False
    figures: Figures = field(default_factory=Figures)


@dataclass(slots=True)
class Visit:
    """A customer's visit. ``account`` and ``view`` are personal: memory only, gone when the visit ends."""

    id: str
    kiosk_id: str
    language: Language
    begun_at: datetime
    account: str | None = None
    supplier: str | None = None
    person_id: str | None = None
    view: JourneyView | None = None
    story: Story = field(default_factory=Story)

    @property
    def lines(self) -> tuple[tuple[str, str, dict[str, str]], ...]:
        """What the person did, as the protocol tells it."""
        return tuple(
            (line.at.isoformat(timespec="seconds"), line.phrase, dict(line.values)) for line in self.story.lines
        )


@dataclass(slots=True)
class TicketFacts:
    """What the queue does not know about a ticket."""

    id: str
    visit_id: str
    kiosk_id: str
    service: str
    language: Language
    taken_at: datetime
    case_id: str
    number: str = ""
    #: the beginning of the queue's chain of hashes after the ticket was taken
    proof: str = ""

    def row(self, *, special_need: bool) -> dict[str, object]:
        """The new ticket as the table has it."""
        return {
            "id": self.id,
            "visit_id": self.visit_id,
            "kiosk_id": self.kiosk_id,
            "case_id": self.case_id,
            "number": self.number,
            "service": self.service,
            "language": self.language,
            "special_need": special_need,
            "state": TicketState.NEW.value,
            "taken_at": self.taken_at,
            "changed_at": self.taken_at,
            "operator_id": None,
        }


@dataclass(slots=True)
class NewCase:
    """A case that has just begun; ``durable``: the tables have it too, and know better from then on."""

    id: str
    durable: bool = False


@dataclass(slots=True)
class CallBackFacts:
    """Whom to call for a ticket of the channel ``phone``; ``phone`` and ``name`` are personal."""

    ticket_id: str
    source: str
    request_id: str
    phone: str
    name: str = ""
    #: since when it is known to be over
    over_at: datetime | None = None


@dataclass(slots=True)
class BookingFacts:
    """Who booked a visit for somebody, and the number by which the person is known until check-in."""

    ticket_id: str
    source: str
    request_id: str
    number: str
    #: since when it is known to be over
    over_at: datetime | None = None


@dataclass(slots=True)
class Talk:
    """A conversation, live or of the last day. The descriptions are kept for an end that reconnects."""

    id: str
    ticket_id: str
    number: str
    visit_id: str
    kiosk_id: str
    operator_id: str
    service: str
    case_id: str
    started_at: datetime
    call: CallSession
    #: what each end told of the whole call so far
    figures: dict[End, dict[str, float]] = field(default_factory=dict)
    offer: Description | None = None
    answer: Description | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    note: str = ""
    stars: int | None = None
    result: str | None = None
    channel: str = "video"
    #: of the card that the operator saw: personal, in memory only, and until the paper work is done
    account: str | None = None
    #: what the operator shows of a document at this moment
    page: PageShape | None = None

    @property
    def live(self) -> bool:
        """Whether it is not over."""
        return self.call.state is not SessionState.ENDED

    def end_of(self, identity: str) -> End | None:
        """Which end this client is, if any."""
        if identity == self.kiosk_id:
            return End.KIOSK
        return End.OPERATOR if identity == self.operator_id else None

    def identity_of(self, end: End) -> str:
        """The client at this end."""
        return self.kiosk_id if end is End.KIOSK else self.operator_id


@dataclass(slots=True)
class FrontOffice:
    """Everything at once."""

    queue: Dispatcher
    relays: Relays = field(default_factory=Relays)
    #: of pictures, the favourite first
    codecs: tuple[Literal["VP8", "H264"], ...] = ("VP8",)
    kiosks: dict[str, Kiosk] = field(default_factory=dict)
    clerks: dict[str, Clerk] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    tickets: dict[str, TicketFacts] = field(default_factory=dict)
    talks: dict[str, Talk] = field(default_factory=dict)
    #: those of ``talks`` that are not over
    live_talks: dict[str, Talk] = field(default_factory=dict)
    #: by ticket
    call_backs: dict[str, CallBackFacts] = field(default_factory=dict)
    #: by ticket
    bookings: dict[str, BookingFacts] = field(default_factory=dict)
    codes: Codes = field(default_factory=Codes)
    #: how often the queue's settings were changed since the log began
    settings_version: int = 0
    #: account reference -> person
    persons: dict[str, str] = field(default_factory=dict)
    #: (person, topic) -> the case that began last, if it has just begun
    new_cases: dict[tuple[str, str], NewCase] = field(default_factory=dict)
    #: the queue's proof, as far as it has come
    chain: Chain = field(init=False)

    def __post_init__(self) -> None:
        """The proof is bound to the settings the queue begins with."""
        self.chain = Chain(first_head(self.queue.settings()))

    def centres(self) -> set[str]:
        """Every service centre there is."""
        return {one.place for one in self.kiosks.values() if not one.retired}

    def talk_of(self, identity: str, session_id: str) -> Talk:
        """The conversation this client is an end of; raises SESSION_UNKNOWN."""
        talk = self.talks.get(session_id)
        if talk is None or talk.end_of(identity) is None:
            raise ProtocolError(ErrorCode.SESSION_UNKNOWN)
        return talk

    def live_talk_of(self, identity: str, session_id: str) -> Talk:
        """As ``talk_of``, and not over; raises SESSION_UNKNOWN or ILLEGAL_MOVE."""
        talk = self.talk_of(identity, session_id)
        if not talk.live:
            raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "the session is over")
        return talk

    def talk_with(self, identity: str) -> Talk | None:
        """The live conversation of this client, if any."""
        return next((talk for talk in self.live_talks.values() if talk.end_of(identity)), None)

    def last_talk_with(self, operator_id: str, ticket_id: str | None) -> Talk | None:
        """The conversation of this operator about this ticket, live or being written up."""
        talks = [t for t in self.talks.values() if t.operator_id == operator_id and t.ticket_id == ticket_id]
        return max(talks, key=lambda talk: talk.started_at, default=None)

    def written_up(self, operator_id: str) -> Talk | None:
        """The conversation whose paper work the operator does, also when the customer was passed on with the ticket."""
        at_work = self.at_work(operator_id)
        if at_work is None or at_work.own_state is not OperatorState.WRAPUP:
            return None
        if at_work.ticket_id is not None:
            return self.last_talk_with(operator_id, at_work.ticket_id)
        talks = (talk for talk in self.talks.values() if talk.operator_id == operator_id)
        last = max(talks, key=lambda talk: talk.started_at, default=None)
        return None if last is None or last.live or last.result is not None else last

    def visit_of(self, kiosk_id: str, visit_id: str) -> Visit:
        """The kiosk's own running visit; raises ILLEGAL_MOVE."""
        visit = self.visits.get(visit_id)
        if visit is None or visit.kiosk_id != kiosk_id:
            raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "no such visit is running here")
        return visit

    def ticket_of(self, kiosk_id: str, ticket_id: str) -> TicketFacts:
        """The kiosk's own ticket; raises TICKET_UNKNOWN."""
        facts = self.tickets.get(ticket_id)
        if facts is None or facts.kiosk_id != kiosk_id or self.queued(ticket_id) is None:
            raise ProtocolError(ErrorCode.TICKET_UNKNOWN)
        return facts

    def queued(self, ticket_id: str) -> Ticket | None:
        """The ticket as the queue has it, or None when it has forgotten it."""
        try:
            return self.queue.ticket(ticket_id)
        except UnknownTicket:
            return None

    def at_work(self, operator_id: str) -> Operator | None:
        """The operator as the queue has them, or None when they never came to work."""
        try:
            return self.queue.operator(operator_id)
        except UnknownOperator:
            return None

    def offers(self) -> int:
        """How many desks ring."""
        return sum(1 for one in self.queue.operators() if one.state is OperatorState.OFFERED)
