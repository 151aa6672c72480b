"""Rules: how our voice is kept whole on a link that loses packets: sent twice, or with a copy in the next packet.

Opus takes the bits for its copies (in-band error correction) from the voice itself, and a copy comes a packet later.
Where the link has room the packet itself goes twice, which costs the voice nothing: at 5 % one of four hundred is
missing then; so do the first packets of all, before anything is known. Where there is no room the coder is told what to
expect. A clean line pays for neither; the first loss brings them back for half a minute. A report of next to everything
lost is of a broken link, and says nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf

LEAST = 3.0  # percent expected at first and after any loss, where packets go once
AT_FIRST = 2.0  # seconds after the first report
UNHEARD = 100  # packets, 2 s, that go twice at most before the first report
REMEMBERED = 30.0  # seconds after a loss
WORST_OF = 10.0  # seconds of reports of which the worst counts
BROKEN = 0.5  # share lost from which on it was no loss but a break
ROOM = 500.0  # kbit/s a link must have for the voice to go twice (some 60 more)
ROOM_UNKNOWN = 390.0  # the same ``AT_FIRST``, when little more was tried (media.picture.estimate begins with 400)
NARROW = 150.0  # kbit/s below which pauses are left out


@dataclass(frozen=True, slots=True)
class Care:
    """``expected`` percent of loss for the coder, whether each packet goes ``twice``, whether to be ``sparing``."""

    expected: float = LEAST
    twice: bool = False
    sparing: bool = False


class Redundancy:
    """Takes reports, gives what to do."""

    def __init__(self) -> None:
        self._reports: deque[tuple[float, float]] = deque(maxlen=100)
        self._lost_at = -inf
        self._began: float | None = None

    def report(self, share: float, room: float | None, now: float) -> Care:
        """The other end lost ``share`` (0..1) of what came lately, on a link of ``room`` kbit/s as far as is known."""
        self._began = now if self._began is None else self._began
        if 0 < share < BROKEN:
            self._lost_at = now
        self._reports.append((now, share if share < BROKEN else 0.0))
        while self._reports[0][0] < now - WORST_OF:
            self._reports.popleft()
        young = now - self._began < AT_FIRST
        sparing = room is not None and room < NARROW
        lossy = now - self._lost_at < REMEMBERED
        if lossy and (young if room is None else room >= (ROOM_UNKNOWN if young else ROOM)):
            return Care(0.0, True)
        worst = 100 * max(share for _, share in self._reports)
        careful = lossy or young
        return Care(max(LEAST, worst) if careful else worst, False, sparing)
