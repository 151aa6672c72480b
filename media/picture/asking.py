"""Rules: which lost packets to ask for again, and when: at once, and each round trip until they come or are too old.

aiortc asks only when it sees a new gap, so that a retransmission that is lost too is never asked for (RFC 4585 6.2.1).
Times in seconds of any one clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from media.jitter import ahead

GIVE_UP = 1.0  # seconds; a keyframe was asked for long before
TRIES = 8
MOST = 256  # packets missing at once: more is no loss but a break, after which only a keyframe helps
BEFORE = 24  # packets before the first that came, which are asked for once: a first picture and what follows it
FIRST_GUESS = 0.08  # seconds of round trip, before the first packet asked for has come
REST_LEAST = 0.02


@dataclass(slots=True)
class _Missing:
    since: float
    asked: float
    tries: int = 1


class Asking:
    """In place of aiortc's ``NackGenerator``: ``add`` each packet that came, ``due`` those to ask for again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._missing: dict[int, _Missing] = {}
        self._newest: int | None = None
        self._new: list[int] = []
        self.round_trip = FIRST_GUESS
        self.asked = self.came = 0
        self.broken = False  # so much is missing that only a keyframe helps; whoever asks for it puts it back

    @property
    def missing(self) -> list[int]:
        """The packets to ask for first; aiortc asks for these after ``add`` said so."""
        return self._new

    @property
    def waits(self) -> bool:
        """Whether anything is missing."""
        return bool(self._missing)

    def add(self, packet: Any) -> bool:
        """A packet has come (``sequence_number``); whether it shows a new gap."""
        now, sequence = self._clock(), packet.sequence_number
        self._new = []
        if self._newest is None:
            # what was sent before our keys were there, if anything was: nobody but the sender knows
            self._newest, self._new = sequence, [(sequence - place) & 0xFFFF for place in range(BEFORE, 0, -1)]
            return True
        gap = ahead(sequence, self._newest)
        if gap <= 0:
            self._found(sequence, now)
            return False
        if gap > MOST or len(self._missing) + gap > 2 * MOST:
            self._missing.clear()
            self.broken = True
        else:
            self._new = [(self._newest + place) & 0xFFFF for place in range(1, gap)]
            self._missing |= {number: _Missing(now, now) for number in self._new}
            self.asked += len(self._new)
        self._newest = sequence
        return bool(self._new)

    def due(self) -> list[int]:
        """The packets to ask for once more now, in order."""
        now = self._clock()
        rest = max(REST_LEAST, 1.2 * self.round_trip)
        for number in [n for n, m in self._missing.items() if now - m.since > GIVE_UP or m.tries >= TRIES]:
            del self._missing[number]
        again = [number for number, m in self._missing.items() if now - m.asked >= rest]
        for number in again:
            self._missing[number].asked = now
            self._missing[number].tries += 1
        self.asked += len(again)
        return again

    def _found(self, sequence: int, now: float) -> None:
        found = self._missing.pop(sequence, None)
        if found is None:
            return
        self.came += 1
        if found.tries == 1 and now - found.asked >= REST_LEAST / 4:  # sooner, it was only overtaken
            self.round_trip += 0.2 * (now - found.asked - self.round_trip)
