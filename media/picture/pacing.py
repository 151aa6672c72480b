"""Rules: when each packet may go: a keyframe must not be a burst that fills a short queue on the way before the sound.

A bucket, which an ordinary picture fits into and leaves at once, is filled at ``FACTOR`` times the rate of the
pictures; what does not fit goes a few packets each ``TICK``. On a narrow link the bucket holds nothing and is filled
hardly faster than the link's own pace: a picture in the queue is what sound waits behind. Packets asked for again go
first, out of the same bucket, unless they waited so long that a keyframe is there sooner. Sound does not pass here: it
never waits.
"""

from __future__ import annotations

from collections import deque

FACTOR, BURST_FOR = 2.0, 0.035  # times the rate, and seconds of it that leave at once, on a wide link
FACTOR_NARROW = 1.2  # and on a narrow one, where only one packet at a time is before the sound
NARROW, WIDE = 600, 1_000  # kbit/s of pictures; between the two it changes evenly
TICK = 0.005  # seconds
AT_ONCE = 4_000  # bytes that leave at once when they shall show the other end how wide the link is
SHOWING, SHOWING_MOST = (0, 8, 12), 8  # pictures of a call that go twice and at once to show that; packets of them
SHOWING_EVERY = 450  # and one of so many later, of two packets or of one twice: a path's jitter may have misled
TOO_OLD = 0.25  # seconds after which what was asked for again is not sent any more
RELIEF = ((0.10, 0.6), (0.06, 0.8))  # from so many seconds of packets that wait, that share of the rate is coded


def shown(number: int, packets: int) -> int:
    """How often, and at once, a picture goes that shows the other end how wide the link is; 0 for one that does not."""
    if number in SHOWING and packets <= SHOWING_MOST:
        return 2
    return 3 - packets if number % SHOWING_EVERY == 0 and packets <= 2 else 0


def relieved(kbps: int, delay: float) -> int:
    """The rate to code at while packets wait ``delay`` seconds.

    An encoder that makes a fifth more than it is told, which the pace lets go, else keeps them waiting for good.
    """
    return next((round(kbps * share) for least, share in RELIEF if delay >= least), kbps)


class CodingTime:
    """The seconds by which an encoder reckons what it may spend: those of pictures that were left out are none of it.

    They were left out for what waits, which has had their share already. Counted, the next picture is as large as all
    of them, and the queue stays: every second picture was left out then, until the call's end.
    """

    def __init__(self) -> None:
        self._before: float | None = None
        self._left_out = 0.0

    def leave_out(self, taken_at: float) -> None:
        """A picture is not coded."""
        self._left_out += 0.0 if self._before is None else max(0.0, taken_at - self._before)
        self._before = taken_at

    def code(self, taken_at: float) -> float:
        """The time of a picture that is."""
        self._before = taken_at
        return taken_at - self._left_out


class Pacer:
    """Holds packets back; times in seconds of any one clock."""

    def __init__(self, kbps: int, now: float) -> None:
        self._rate = self._burst = 0.0  # bytes a second, bytes
        self._at = now
        self._waiting: deque[bytearray] = deque()
        self._first: deque[tuple[float, bytearray]] = deque()
        self._bytes = 0
        self.set_rate(kbps)
        self._filled = max(self._burst, AT_ONCE)

    def set_rate(self, kbps: int) -> None:
        """The rate of the pictures, on which the pace depends."""
        wide = min(1.0, max(0.0, (kbps - NARROW) / (WIDE - NARROW)))
        self._rate = kbps * 125 * (FACTOR_NARROW + wide * (FACTOR - FACTOR_NARROW))
        self._burst = 1 + wide * kbps * 125 * BURST_FOR

    def show(self, size: int) -> None:
        """The next ``size`` bytes leave at once, so that the other end sees how far apart they come; not behind much
        else, and nothing after them: a voice waits behind all that."""
        if self._bytes < AT_ONCE / 2:
            self._filled = max(self._filled, min(AT_ONCE, self._bytes + size))

    def put(self, packet: bytearray) -> None:
        """Behind all others."""
        self._waiting.append(packet)
        self._bytes += len(packet)

    def put_first(self, packet: bytearray, now: float) -> None:
        """Before all that were not asked for again."""
        self._first.append((now, packet))
        self._bytes += len(packet)

    @property
    def delay(self) -> float:
        """Seconds that a packet put now would wait."""
        return max(0.0, self._bytes - self._filled) / self._rate

    def due(self, now: float) -> list[bytearray]:
        """The packets that may go now, in order."""
        self._filled = min(max(self._burst, self._filled), self._filled + max(0.0, now - self._at) * self._rate)
        self._at = now
        while self._first and now - self._first[0][0] > TOO_OLD:
            self._bytes -= len(self._first.popleft()[1])
        going: list[bytearray] = []
        while self._bytes and self._filled > 0:
            packet = self._first.popleft()[1] if self._first else self._waiting.popleft()
            self._bytes -= len(packet)
            self._filled -= len(packet)
            going.append(packet)
        return going

    def next_at(self, now: float) -> float | None:
        """When to ask again; None when nothing waits."""
        if not self._bytes:
            return None
        return now + max(TICK, -self._filled / self._rate)
