"""Rules: what the queue knows about one ticket, and about the open tickets of one person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from equeue.row import Place, Requirement
from equeue.ticket_states import TicketState

#: The channel of those who are elsewhere and are called.
PHONE = "phone"
#: Those in which people hear each other, by media of their own.
LIVE = ("video", PHONE)
_made = tuple.__new__


@dataclass(slots=True)
class Ticket:
    """One customer's way through the queue. Whoever reads it must not change it: only the floor does."""

    id: str
    number: str
    kiosk_id: str
    centre: str
    service: str
    priority: str
    language: str
    supplier: str | None
    case_id: str | None
    #: when the ticket was taken, or the first of the requests it stands for
    arrived: datetime
    place: Place
    #: how the person talks with an operator: video, phone (a call-back), chat
    channel: str = "video"
    state: TicketState = TicketState.NEW
    since: datetime | None = None
    #: who is offered it, serves it, or writes it up
    operator_id: str | None = None
    #: when the present state ends by itself
    deadline: datetime | None = None
    #: thousandths of priority gathered per second, as it stands in the line
    rate: int = 0
    #: least level of skill it needs at present, and when it will make do with less
    level: int = 1
    relax_at: datetime | None = None
    #: until when reserved universals are kept from it, and until when that was told last
    held_until: datetime | None = None
    told_held: datetime | None = None
    #: the operator it was passed on to by name, and until when only they are offered it
    person: str = ""
    person_until: datetime | None = None
    #: the operator whose room is kept for it, and until when; "": nobody's
    room_at: str = ""
    room_until: datetime | None = None
    #: operator -> until when it is not offered to them
    kept_from: dict[str, datetime] = field(default_factory=dict)
    offers: int = 0
    #: of a booked visit
    slot: datetime | None = None
    #: as the number of a call of its letter: from then on a customer who was not there is a no-show
    recall_before: int = 0
    #: of a call-back: calls that found nobody, and the moment before which nobody calls
    tries: int = 0
    call_after: datetime | None = None
    #: by how much its place was put off because nobody is to call before the moment they chose
    rested_us: int = 0
    #: taken at a capsule's door and not yet brought inside
    at_door: bool = False
    #: a supervisor moved it ahead
    moved: bool = False
    #: merged while the person was away: fetching papers, or called and not there
    merged_away: bool = False
    #: when it came into the line for what it waits for now, if that was not at its arrival
    wanted_since: datetime | None = None
    #: the service day its number is of
    numbered_on: date | None = None
    connected_at: datetime | None = None
    #: once it has ended: when nothing is remembered of it any more
    forget_at: datetime | None = None

    @property
    def need(self) -> Requirement:
        """What it needs of an operator."""
        # asked for several times a step; Requirement(...) takes twice as long
        return _made(
            Requirement, (self.service, self.language, self.supplier or "", self.level, self.channel, self.person)
        )

    def excludes(self, operator_id: str, now: datetime) -> bool:
        """Whether it must not be offered to this operator at present."""
        until = self.kept_from.get(operator_id)
        return until is not None and now < until


@dataclass(slots=True)
class Case:
    """The open requests of one person, by ticket id: one stands for all."""

    leading: str
    merged: list[str] = field(default_factory=list)
