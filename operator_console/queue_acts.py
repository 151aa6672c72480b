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


SupervisorAct = ChoseInLine | ChoseCentre | MovedAhead | WeighedCentre
