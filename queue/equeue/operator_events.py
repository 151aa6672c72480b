"""Rules: what can happen to operators, in the past tense and in plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from equeue import plain

Status: TypeAlias = Literal["available", "break"]
NextStatus: TypeAlias = Literal["available", "break", "offline"]


@dataclass(frozen=True, slots=True)
class OperatorSignedIn:
    """An operator has come to work and begins in a break (features.md 8). ``"*"`` stands for all."""

    operator_id: str
    skills: tuple[str, ...] = ("*",)
    languages: tuple[str, ...] = ("*",)
    suppliers: tuple[str, ...] = ("*",)
    channels: tuple[str, ...] = field(default=("video",), metadata=plain.LATER)


@dataclass(frozen=True, slots=True)
class ChannelsChosen:
    """Which channels this desk serves from now on; what is under way goes on."""

    operator_id: str
    channels: tuple[str, ...]


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
    status: NextStatus | None
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
