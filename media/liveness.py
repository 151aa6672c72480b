"""Rules: how a session's connection is, from what was heard of the other end and when.

aiortc itself needs 24 to 36 seconds to notice a dead path; we go by the packets (docs/decisions/0040).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from media.errors import MediaError

SILENCE = 2.0  # seconds without a packet after which a live call is being reconnected
PATIENCE = 15.0  # seconds without a packet after which it is lost
FIRST = 30.0  # seconds a connection may take to bring its first packet


class Call(Enum):
    """States of a session's connection; the values are those of ``messages.State``."""

    CONNECTING = "connecting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    LOST = "lost"
    CLOSED = "closed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Heard:
    """Packets came."""


@dataclass(frozen=True, slots=True)
class FellSilent:
    """No packet for SILENCE, or the other end closed its connection."""

    reason: str = "media.silent"


@dataclass(frozen=True, slots=True)
class GaveUp:
    """No packet for PATIENCE, or none at all for FIRST."""

    reason: str = "media.no_path"


@dataclass(frozen=True, slots=True)
class Rejoined:
    """A fresh connection was begun."""

    reason: str = "media.rejoined"


@dataclass(frozen=True, slots=True)
class Left:
    """We left."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The other end's description is not to be trusted."""

    reason: str = "media.fingerprint"


Happening = Heard | FellSilent | GaveUp | Rejoined | Left | Refused

MOVES: dict[tuple[Call, type[Happening]], Call] = {
    (Call.CONNECTING, Heard): Call.LIVE,
    (Call.CONNECTING, FellSilent): Call.CONNECTING,
    (Call.CONNECTING, GaveUp): Call.LOST,
    (Call.CONNECTING, Rejoined): Call.CONNECTING,
    (Call.CONNECTING, Left): Call.CLOSED,
    (Call.CONNECTING, Refused): Call.REFUSED,
    (Call.LIVE, Heard): Call.LIVE,
    (Call.LIVE, FellSilent): Call.RECONNECTING,
    (Call.LIVE, Rejoined): Call.RECONNECTING,
    (Call.LIVE, Left): Call.CLOSED,
    (Call.RECONNECTING, Heard): Call.LIVE,
    (Call.RECONNECTING, FellSilent): Call.RECONNECTING,
    (Call.RECONNECTING, GaveUp): Call.LOST,
    (Call.RECONNECTING, Rejoined): Call.RECONNECTING,
    (Call.RECONNECTING, Left): Call.CLOSED,
    (Call.RECONNECTING, Refused): Call.REFUSED,
    (Call.LOST, Heard): Call.LIVE,
    (Call.LOST, FellSilent): Call.LOST,
    (Call.LOST, GaveUp): Call.LOST,
    (Call.LOST, Rejoined): Call.RECONNECTING,
    (Call.LOST, Left): Call.CLOSED,
    (Call.LOST, Refused): Call.REFUSED,
    (Call.REFUSED, Left): Call.CLOSED,
    (Call.REFUSED, Rejoined): Call.CONNECTING,
    (Call.REFUSED, Refused): Call.REFUSED,
}


class IllegalMove(MediaError):
    """This cannot happen in that state."""

    code = "media.illegal_move"


@dataclass(frozen=True, slots=True)
class Liveness:
    """State of a connection and the packets heard of it; times in seconds of any one clock."""

    call: Call
    since: float
    heard_at: float
    packets: int = 0

    @classmethod
    def begun(cls, now: float) -> Liveness:
        """A connection that is being made."""
        return cls(Call.CONNECTING, now, now)

    def step(self, happening: Happening, now: float) -> Liveness:
        """The state after a happening; raises IllegalMove."""
        try:
            call = MOVES[self.call, type(happening)]
        except KeyError:
            raise IllegalMove(f"{type(happening).__name__} while {self.call.value}") from None
        fresh = isinstance(happening, Heard | Rejoined)
        return replace(
            self,
            call=call,
            since=self.since if call is self.call else now,
            heard_at=now if fresh else self.heard_at,
            packets=0 if isinstance(happening, Rejoined) else self.packets,
        )

    def counting_anew(self, now: float) -> Liveness:
        """Another connection carries the call: its packets are counted from none."""
        return replace(self, packets=0, heard_at=now)

    def look(self, packets: int, now: float) -> tuple[Liveness, Happening | None]:
        """Given the packets received so far on this connection, what has happened, if anything."""
        if packets > self.packets:
            seen = replace(self, packets=packets)
            return (seen.step(Heard(), now), Heard()) if self.call is not Call.REFUSED else (seen, None)
        quiet = now - self.heard_at
        match self.call:
            case Call.LIVE if quiet >= SILENCE:
                return self.step(FellSilent(), now), FellSilent()
            case Call.CONNECTING if quiet >= FIRST:
                return self.step(GaveUp(), now), GaveUp()
            case Call.RECONNECTING if quiet >= PATIENCE:
                return self.step(GaveUp(), now), GaveUp()
        return self, None
