"""Rules: what a person at a desk does about the line: moves, weights, call-backs, passing customers on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from signaling.protocol.queueing import CentreReason, MoveReason

MOVE_REASONS: tuple[MoveReason, ...] = get_args(MoveReason)
CENTRE_REASONS: tuple[CentreReason, ...] = get_args(CentreReason)
#: What a supervisor chooses from: minutes earlier, and per cent of the usual weight.
MOVE_MINUTES = (5, 10, 20, 30, 60)
WEIGHTS = (50, 75, 100, 150, 200, 300)

Service = Literal["readings", "payment", "contract", "other"]
SERVICES: tuple[Service, ...] = get_args(Service)


@dataclass(frozen=True, slots=True)
class ChoseInLine:
    """Looks at one who waits."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class LookedInLine:
    """Wants to know where whoever has this number is; nothing: no more."""

    number: str


@dataclass(frozen=True, slots=True)
class ChoseCentre:
    """Looks at one service centre."""

    centre: str


@dataclass(frozen=True, slots=True)
class MovedAhead:
    """The one in view counts as having come ``minutes`` earlier."""

    minutes: int
    reason: MoveReason


@dataclass(frozen=True, slots=True)
class WeighedCentre:
    """The centre in view gathers priority at ``percent`` of the usual rate from now on."""

    percent: int
    reason: CentreReason


@dataclass(frozen=True, slots=True)
class ChannelsChosen:
    """Whether this desk calls people back, besides the kiosks."""

    phone: bool


@dataclass(frozen=True, slots=True)
class NumberAsked:
    """Wants to see the number to call (again); every showing is audited."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The one who asked for a call has answered."""


@dataclass(frozen=True, slots=True)
class NobodyAnswered:
    """The call found nobody: tried again later, or closed after the last try."""


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """Somebody else answered: the call-back ends, with ``note`` in the note."""

    note: str


@dataclass(frozen=True, slots=True)
class SentForPapers:
    """Lets the customer fetch papers; the place is kept."""


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Passes the customer on, with the original arrival: to whoever serves ``service``, or to one colleague."""

    service: Service | None = None
    operator_id: str | None = None


@dataclass(frozen=True, slots=True)
class ColleaguesAsked:
    """Wants to know who is on duty, to pass the customer on by name."""


@dataclass(frozen=True, slots=True)
class FoundNobody:
    """Nobody is at the kiosk; they may come within a few further calls."""


QueueAct = (
    ChoseInLine
    | LookedInLine
    | ChoseCentre
    | MovedAhead
    | WeighedCentre
    | ChannelsChosen
    | NumberAsked
    | Reached
    | NobodyAnswered
    | WrongNumber
    | SentForPapers
    | PassedOn
    | ColleaguesAsked
    | FoundNobody
)
#: Which permission each of them needs (values of ``happenings.Act``).
NEEDS: dict[type, str] = {
    ChoseInLine: "floor",
    LookedInLine: "find",
    ChoseCentre: "floor",
    MovedAhead: "move",
    WeighedCentre: "weigh",
    ChannelsChosen: "channels",
    NumberAsked: "number",
    Reached: "reached",
    NobodyAnswered: "not_reached",
    WrongNumber: "not_reached",
    SentForPapers: "park",
    PassedOn: "transfer",
    ColleaguesAsked: "transfer",
    FoundNobody: "absent",
}
