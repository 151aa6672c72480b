"""Rules: what to try, and when, while nothing is heard of the other end.

First the running connection looks for another path, which needs no signaling; then a fresh connection is begun beside
it. The old one is kept until the fresh one plays, so whichever comes back first carries the call.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from media.liveness import SILENCE

SUSPECT = 1.0  # seconds without a packet after which other paths are looked for; with sound and picture 50 are due
RELAYED = 1.25  # seconds until a fresh connection where packets go by a relay: should that be dead, no path is left
LOOK_AGAIN = 1.0  # seconds between two looks
FIRST_WAIT = 6.0  # seconds the first connection of a session may take before another is begun
WAITS = (3.0, 4.0, 6.0, 10.0)  # seconds between a fresh connection and the next; the last goes on


class Remedy(Enum):
    """What to do."""

    #: look for another path of the connection that is there
    PATHS = "paths"
    #: begin a fresh connection beside it
    ANEW = "anew"


@dataclass(frozen=True, slots=True)
class Repair:
    """What was tried since the trouble began; times in seconds of any one clock."""

    looked_at: float = float("-inf")
    began_at: float = float("-inf")
    begun: int = 0

    def look(
        self, quiet: float, now: float, *, played: bool, offerer: bool, relayed: bool = False
    ) -> tuple[Repair, tuple[Remedy, ...]]:
        """What to do after ``quiet`` seconds without a packet.

        ``played``: something was heard in this session before. ``relayed``: by a relay of either end. Only the offerer
        begins anew, for an offer is its to make; the other end says that it hears nothing, and the server asks the
        offerer.
        """
        if quiet < SUSPECT:
            return (self if self.begun == 0 and self.looked_at == float("-inf") else Repair()), ()
        made, remedies = self, []
        if played and now - self.looked_at >= LOOK_AGAIN:
            made, remedies = replace(made, looked_at=now), [Remedy.PATHS]
        patience = (RELAYED if relayed else SILENCE) if played else FIRST_WAIT
        rest = WAITS[min(max(self.begun - 1, 0), len(WAITS) - 1)]
        if offerer and quiet >= patience and now - self.began_at >= rest:
            made = replace(made, began_at=now, begun=made.begun + 1)
            remedies.append(Remedy.ANEW)
        return made, tuple(remedies)

    def begun_anew(self, now: float) -> Repair:
        """A fresh connection was begun for another reason: the next waits its turn."""
        return replace(self, began_at=now, begun=max(self.begun, 1))
