"""Rules: what a link can carry, from what arrives: a queue that stays is too much, one that comes and goes is not.

In place of aiortc's port of Google's estimator, which says nothing for three seconds and follows each packet's delay.
Each packet says when it was sent (abs-send-time); what it took longer than the quickest of late is its wait in a queue.
The least wait of ``WINDOW`` is the queue that stays (as in RFC 8289, CoDel): a burst, a keyframe or a busy receiver
does not raise it. Then we say less than what arrives, until the queue is gone; otherwise more, quickly as long as the
link was never full, slowly near what once filled it. Packets that left together tell how wide the narrowest place is,
by how far apart they come: near that a link is filled slowly too, for what is too much stands before the sound.
"""

from __future__ import annotations

from collections import deque
from math import inf

BEGIN = 400_000  # bit/s, said when nothing is known of the link
LEAST = 50_000
EVERY = 200  # ms between two words; less is said at once
WINDOW = 200  # ms in which no packet was quick: the queue stays
FEWEST, SPREAD = 4, 80  # packets in it and ms between the first and the last, to be believed: a bunch is no queue
FULL, CALM = 28.0, 14.0  # ms of queue that are too much, and that are none
DRAIN = 0.80  # share of what arrives that lets a queue go
REST = 400  # ms between two such steps: the sender has to hear of it first
FAST, NEAR, SLOW = 1.5, 1.10, 1.01  # growth a second: never full, below what filled it, about that
BASE_FOR = 10_000  # ms the quickest packet is remembered for, twice
RATE_OVER = 500  # ms over which the arriving rate is taken
FORGOTTEN = 15_000  # ms without a queue after which what filled the link does not slow the growth any more
TOGETHER = 3.0  # ms between the sending of packets that left together
NEARLY = 0.8  # share of that width, from which on growth is slow
ENOUGH = 2_000  # bytes behind the first of such a group; the first such group counts, for nothing stands in its way
_WRAP, _TICKS = 1 << 24, 262.144  # abs-send-time: 6.18 bits of seconds; per ms


class LinkEstimate:
    """In place of aiortc's ``RemoteBitrateEstimator``. Times in ms of any clock; rates in bit/s."""

    def __init__(self) -> None:
        self.bitrate = float(BEGIN)
        self.filled: float | None = None  # the rate that filled the link
        self._sent = 0.0  # the last packet's sending time without wraps, ms
        self._raw: int | None = None
        self._base = self._base_before = float("inf")
        self._base_since = 0
        self._waits: deque[tuple[int, float]] = deque()
        self._sizes: deque[tuple[int, int]] = deque()
        self._bytes = 0
        self._began: int | None = None
        self._grown_at = self._said_at = 0
        self._full_at = -FORGOTTEN
        self._streams: dict[int, int] = {}
        self._group = (-inf, 0, 0)  # of packets that left together: when sent and come, bytes since
        self._width = 0.0  # bit/s, what a group has shown; 0 for nothing yet

    def add(
        self, arrival_time_ms: int, abs_send_time: int, payload_size: int, ssrc: int
    ) -> tuple[int, list[int]] | None:
        """A packet came: what to tell the sender (bit/s, of which streams), None for nothing."""
        now = arrival_time_ms
        self._streams[ssrc] = now
        if self._began is None:
            self._began = self._grown_at = self._said_at = self._base_since = now
        self._count(now, payload_size)
        self._note(now, abs_send_time)
        self._measure(now, payload_size)
        said, rate = self.bitrate, self.throughput(now)
        queue = self.queue()
        if queue is not None and queue > FULL and now - self._full_at >= REST:
            self.filled, self._full_at = rate, now
            self.bitrate = max(LEAST, min(self.bitrate, rate * DRAIN))
        elif queue is not None and queue < CALM:
            self._grow(now, rate)
        self._grown_at = now
        if now - self._said_at < EVERY and self.bitrate >= said:
            return None
        self._said_at = now
        return round(self.bitrate), [stream for stream, at in self._streams.items() if now - at < BASE_FOR]

    def queue(self) -> float | None:
        """Milliseconds of queue that stay; None while too few packets came, or all at once."""
        if len(self._waits) < FEWEST or self._waits[-1][0] - self._waits[0][0] < SPREAD:
            return None
        return min(wait for _, wait in self._waits)

    def throughput(self, now: int) -> float:
        """What arrived of late."""
        span = min(RATE_OVER, max(100, now - (self._began or now)))
        return self._bytes * 8000 / span

    def _grow(self, now: int, rate: float) -> None:
        seconds = min(now - self._grown_at, 1000) / 1000
        if self.filled is None:
            pace = NEAR if 0 < self._width * NEARLY < self.bitrate else FAST
        else:
            pace = NEAR if self.bitrate < 0.9 * self.filled or now - self._full_at > FORGOTTEN else SLOW
        most = max(BEGIN, 2 * rate)  # what was hardly used is no proof that more would go
        if self.bitrate < most:
            self.bitrate = min(most, self.bitrate * pace**seconds)

    def _measure(self, now: int, size: int) -> None:
        sent, came, total = self._group
        if abs(self._sent - sent) > TOGETHER:
            self._group = (self._sent, now, 0)
            return
        self._group = (sent, came, total + size)
        if not self._width and total + size >= ENOUGH:
            self._width = (total + size) * 8000 / max(1, now - came)

    def _count(self, now: int, size: int) -> None:
        self._sizes.append((now, size))
        self._bytes += size
        while self._sizes[0][0] <= now - RATE_OVER:
            self._bytes -= self._sizes.popleft()[1]

    def _note(self, now: int, sent: int) -> None:
        if self._raw is not None:
            step = (sent - self._raw + _WRAP // 2) % _WRAP - _WRAP // 2
            self._sent += step / _TICKS
        self._raw = sent
        delay = now - self._sent
        if now - self._base_since >= BASE_FOR:
            self._base_before, self._base, self._base_since = self._base, delay, now
        self._base = min(self._base, delay)
        self._waits.append((now, delay - min(self._base, self._base_before)))
        while self._waits[0][0] <= now - WINDOW:
            self._waits.popleft()
