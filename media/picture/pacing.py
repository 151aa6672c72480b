"""Rules: when each packet may go: a keyframe must not be a burst that a short queue on the way drops.

A bucket of ``BURST`` bytes, which an ordinary picture fits into and leaves at once, is filled at ``FACTOR`` times the
rate of the pictures; what does not fit goes a few packets each ``TICK``. Packets asked for again go first.
"""

from __future__ import annotations

from collections import deque

FACTOR = 4.0
SLOWEST = 2_000  # kbit/s
BURST = 9_600  # bytes: eight packets
TICK = 0.005  # seconds


class Pacer:
    """Holds packets back; times in seconds of any one clock."""

    def __init__(self, kbps: int, now: float) -> None:
        self._rate = 0.0  # bytes a second
        self._filled = float(BURST)
        self._at = now
        self._waiting: deque[bytearray] = deque()
        self._first: deque[bytearray] = deque()
        self._bytes = 0
        self.set_rate(kbps)

    def set_rate(self, kbps: int) -> None:
        """The rate of the pictures, on which the pace depends."""
        self._rate = max(kbps * FACTOR, SLOWEST) * 125

    def put(self, packet: bytearray) -> None:
        """Behind all others."""
        self._waiting.append(packet)
        self._bytes += len(packet)

    def put_first(self, packet: bytearray) -> None:
        """Before all that were not asked for again."""
        self._first.append(packet)
        self._bytes += len(packet)

    @property
    def delay(self) -> float:
        """Seconds that a packet put now would wait."""
        return max(0.0, self._bytes - self._filled) / self._rate

    def due(self, now: float) -> list[bytearray]:
        """The packets that may go now, in order."""
        self._filled = min(BURST, self._filled + max(0.0, now - self._at) * self._rate)
        self._at = now
        going: list[bytearray] = []
        while self._bytes and self._filled > 0:
            packet = (self._first or self._waiting).popleft()
            self._bytes -= len(packet)
            self._filled -= len(packet)
            going.append(packet)
        return going

    def next_at(self, now: float) -> float | None:
        """When to ask again; None when nothing waits."""
        if not self._bytes:
            return None
        return now + max(TICK, -self._filled / self._rate)

    def drop(self) -> None:
        """Forget what waits: it must not be sent any more."""
        self._waiting.clear()
        self._first.clear()
        self._bytes = 0
