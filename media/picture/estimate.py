"""Rules: what a link can carry, from what arrives: a queue that stays is too much, one that comes and goes is not.

In place of aiortc's port of Google's estimator, which says nothing for three seconds and follows each packet's delay.
Each packet says when it was sent (abs-send-time); what it took longer than the quickest of late is its wait in a queue.
The least wait of ``WINDOW`` is the queue that stays (as in RFC 8289, CoDel): a burst, a keyframe or a busy receiver
does not raise it. Then we say less than what arrives, until the queue is gone; otherwise more, quickly as long as the
link was never full, slowly near what once filled it. Packets that left together tell how wide the narrowest place is,
by how far apart they come: what a voice leaves of that is said at once, and gone beyond only slowly, for what is too
much stands before the sound.
"""

from __future__ import annotations

from collections import deque
from math import inf

BEGIN, ALONE = 400_000, 300_000  # bit/s, said when nothing is known of the link, and at least when one group told
LEAST = 50_000
EVERY, AT_ONCE = 200, 0.95  # ms between two words; less than that share of the last is said at once
WINDOW = 200  # ms in which no packet was quick: the queue stays
FEWEST, SPREAD = 4, 80  # packets in it and ms between the first and the last, to be believed: a bunch is no queue
FULL, EASE, CALM = 28.0, 8.0, 6.0  # ms of queue that are too much, that may go by itself, and that are none
EASING, EASE_LEAST = 0.006, 0.85  # share less a second and ms of it, down to that share of what filled the link
DRAIN = 0.80  # share of what arrives that lets a queue go
YOUNG = 2_500  # ms in which a first picture may still stand in the queue, and a voice go twice
REST = 400  # ms between two such steps: the sender has to hear of it first
STEADY = 2_000  # ms after which it is another queue, and what was said before it is what filled the link
FAST, NEAR, SLOW = 1.5, 1.10, 1.01  # growth a second: never full, below what filled it, about that
BASE_FOR = 10_000  # ms the quickest packet is remembered for, twice
RATE_OVER = 500  # ms over which the arriving rate is taken
FORGOTTEN = 12_000  # ms without a queue after which what filled the link does not slow the growth any more
TOGETHER = 3.0  # ms between the sending of packets that left together
HEADERS, ENOUGH = 66, 450  # bytes a packet has beside its picture (IP, UDP, RTP, SRTP), and behind a group's first
GROUPS = 5  # the last so many count, for one may have stood behind others or been held up
AGREE = 1.35  # the widest over the narrowest of most of them, if they are to be believed
UNEVEN, OVER = 5.0, 64  # ms a packet is late where the path itself is uneven; packets over which that is seen
VOICE, NEARLY = 56_000, 0.76  # bit/s of the width that are the sound's, and the share of the rest that is said at once
KNEE = 0.86  # the share that is ever said while the width is known: with more a queue stays, which sound waits in
OURS = 0.85  # the share beyond which packets come unevenly because of our own queue
BEYOND, LATER, SOON = 1.005, 1.03, 20_000  # growth a second beyond that, at first and after ms: groups may mislead
_WRAP, _TICKS = 1 << 24, 262.144  # abs-send-time: 6.18 bits of seconds; per ms
_TURN = _WRAP / _TICKS  # ms


class LinkEstimate:
    """In place of aiortc's ``RemoteBitrateEstimator``. Times in ms of any clock; rates in bit/s."""

    def __init__(self) -> None:
        self.bitrate = float(BEGIN)
        self.filled: float | None = None  # the rate that filled the link
        self._said = self.bitrate
        self._sent = 0.0  # the last packet's sending time without wraps, ms
        self._raw: int | None = None  # as it was told, and when it came
        self._came = 0.0
        self._base = self._base_before = (inf, 0)  # the quickest packet: what it took, and its size
        self._base_since = 0.0
        self._waits: deque[tuple[float, float]] = deque()
        self._sizes: deque[tuple[float, int]] = deque()
        self._bytes = 0
        self._began: float | None = None
        self._grown_at = self._said_at = 0.0
        self._full_at = float(-FORGOTTEN)
        self._streams: dict[int, float] = {}
        self._group = (-inf, 0.0, 0)  # of packets that left together: when sent and come, bytes since
        self._widths: deque[float] = deque(maxlen=GROUPS)  # bit/s, what groups have shown
        self._most = 0.0  # of these, what most say
        self._uneven = 0.0  # ms a packet is usually late when no queue stays
        self._ahead = self._passed_at = 0.0  # ms of ours before the last packet, and when the line is free of it
        self._pace = inf  # bit/s of the narrowest place, as last believed

    def add(
        self, arrival_time_ms: float, abs_send_time: int, payload_size: int, ssrc: int
    ) -> tuple[int, list[int]] | None:
        """A packet came: what to tell the sender (bit/s, of which streams), None for nothing."""
        now = arrival_time_ms
        self._streams[ssrc] = now
        if self._began is None:
            self._began = self._grown_at = self._said_at = self._base_since = now
        self._count(now, payload_size)
        self._unwrap(now, abs_send_time)
        self._measure(now, payload_size + HEADERS)
        self._note(now, payload_size + HEADERS)
        rate = self.throughput(now)
        queue = self.queue()
        if queue is not None and queue > FULL and now - self._full_at >= REST:
            if now - self._full_at > STEADY and not self._begins(now):  # else we had said less already
                self.filled = min(rate, self.bitrate)
            self._full_at = now
            self.bitrate = max(LEAST, min(self.bitrate, rate * DRAIN))
        elif queue is not None and queue < CALM:
            self._see_unevenness(rate)
            self._grow(now, rate)
        elif queue is not None and queue > EASE:
            self._ease(now, queue)
        self._grown_at = now
        if now - self._said_at < EVERY and self.bitrate >= AT_ONCE * self._said:
            return None
        self._said, self._said_at = self.bitrate, now
        return round(self.bitrate), [stream for stream, at in self._streams.items() if now - at < BASE_FOR]

    def queue(self) -> float | None:
        """Milliseconds of queue that stay; None while too few packets came, or all at once."""
        if len(self._waits) < FEWEST or self._waits[-1][0] - self._waits[0][0] < SPREAD:
            return None
        return min(wait for _, wait in self._waits)

    def throughput(self, now: float) -> float:
        """What arrived of late."""
        span = min(RATE_OVER, max(100, now - (self._began or now)))
        return self._bytes * 8000 / span

    def _see_unevenness(self, rate: float) -> None:
        """By how much longer packets wait than for those of ours before them; not in a link that we fill."""
        if not self._most or max(self.bitrate, rate) <= (self._most - VOICE) * OURS:
            self._uneven += (abs(self._waits[-1][1] - self._ahead) - self._uneven) / OVER

    def _grow(self, now: float, rate: float) -> None:
        if self.filled is None and self.bitrate >= self._free(now):
            pace = BEYOND if now - (self._began or now) < SOON else LATER
        elif self.filled is None:
            pace = NEAR if not self.width and self._doubtful() else FAST
        elif self.bitrate < 0.9 * self.filled:
            pace = NEAR
        elif now - self._full_at > FORGOTTEN:
            pace = SLOW if self.bitrate >= self._free(now) else NEAR
        else:
            pace = SLOW
        most = max(BEGIN, 2 * rate)  # what was hardly used is no proof that more would go
        if self.width:
            most = min(most, (self.width - VOICE) * KNEE)
        if self.bitrate < most:
            self.bitrate = min(most, self.bitrate * pace ** self._seconds(now))

    def _begins(self, now: float) -> bool:
        """Whether a queue is only what a call's first picture has left, for we say less than is known to go."""
        return self._young(now) and self.bitrate <= self._free(now) < inf

    def _young(self, now: float) -> bool:
        return now - (self._began or 0.0) < YOUNG

    def _ease(self, now: float, queue: float) -> None:
        """A little queue stays where the end is known: a little less, that it goes before the sound notices."""
        known = self._free(now) if self.filled is None else self.filled
        if self.bitrate > known * EASE_LEAST:
            self.bitrate *= 1 - EASING * queue * self._seconds(now)

    def _seconds(self, now: float) -> float:
        return min(max(0.0, now - self._grown_at), 1000.0) / 1000

    def _measure(self, now: float, size: int) -> None:
        sent, came, before = self._group
        if abs(self._sent - sent) > TOGETHER:
            self._group = (self._sent, now, 0)
            return
        total = before + size
        self._group = (sent, came, total)
        if total < ENOUGH:
            return
        if before >= ENOUGH:
            self._widths.pop()  # the same group, longer
        self._widths.append(total * 8000 / max(0.1, now - came))
        self._most = _most_say(sorted(self._widths))
        if self.filled is None and (free := self._free(now)) < self.bitrate:
            self.bitrate = max(LEAST if len(self._widths) > 1 else ALONE, free)

    @property
    def width(self) -> float:
        """Bit/s of the narrowest place, by most of the groups that came; 0 where they differ, or all comes unevenly."""
        return self._most if self._uneven < UNEVEN else 0.0

    def _free(self, now: float) -> float:
        """What is left beside the sound; without an end where nothing is known."""
        voice = 2 * VOICE if self._young(now) else VOICE  # a voice begins by going twice
        return (self.width - voice) * NEARLY if self.width else inf

    def _doubtful(self) -> bool:
        """Whether one of the groups, if not most, says that the link may be as narrow as what we say."""
        least = min(self._widths, default=inf)
        return self._uneven < UNEVEN and self.bitrate >= (least - VOICE) * NEARLY

    def _count(self, now: float, size: int) -> None:
        self._sizes.append((now, size))
        self._bytes += size
        while self._sizes[0][0] <= now - RATE_OVER:
            self._bytes -= self._sizes.popleft()[1]

    def _unwrap(self, now: float, sent: int) -> None:
        """The whole turns of the sending clock that nothing came in, a picture at rest or on hold, are told by ours."""
        if self._raw is not None:
            step = (sent - self._raw) % _WRAP / _TICKS
            self._sent += step + _TURN * round((now - self._came - step) / _TURN)
        self._raw, self._came = sent, now

    def _note(self, now: float, size: int) -> None:
        """A long packet takes its time on a narrow line, and is no queue: of each the wait but for that."""
        self._believe(self.width or self._pace)
        self._ahead = max(0.0, self._passed_at - self._sent)
        self._passed_at = self._sent + self._ahead + size * 8000 / max(LEAST, self._pace - VOICE)
        delay = now - self._sent - size * 8000 / self._pace
        if now - self._base_since >= BASE_FOR:
            self._base_before, self._base, self._base_since = self._base, (delay, size), now
        self._base = min(self._base, (delay, size))
        self._waits.append((now, delay - min(self._base, self._base_before)[0]))
        while self._waits[0][0] <= now - WINDOW:
            self._waits.popleft()

    def _believe(self, pace: float) -> None:
        """The quickest packets are compared with what comes, so that their own time is reckoned anew too."""
        if pace == self._pace:
            return
        change = 8000 / self._pace - 8000 / pace
        self._base, self._base_before = (
            (delay + size * change, size) for delay, size in (self._base, self._base_before)
        )
        self._pace = pace


def _most_say(widths: list[float]) -> float:
    """The lower middle of those that are alike, if they are most; 0 otherwise. ``widths`` are in order."""
    alike = max(([w for w in widths if least <= w <= least * AGREE] for least in widths), key=len)
    return alike[(len(alike) - 1) // 2] if 2 * len(alike) > len(widths) else 0.0
