"""Rules: the jitter buffer of one voice: what each 20 ms of play-out is made of, and how late the voice is played.

A packet belongs at a moment: its time stamp after the earliest that any packet of the last two seconds could have been
played. ``target`` is how much later than that moment the voice is played: what nearly all packets need, one packet more
while there are losses (the copy of a lost packet comes with the one after it), never more than 120 ms. The difference
between the wait as it is and ``target`` is told with each step (``slack``), and the caller shortens or lengthens the
sound by it, so that neither clock drift nor a burst leaves the voice late for good. Time comes in as an argument.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from math import inf

from media.sound.packets import begins_pause, corrects, duration

RATE = 48_000
STEP = 960  # samples of a step that no packet fills: 20 ms
LEAST, MOST = 0.020, 0.120  # seconds, bounds of ``target``
AT_FIRST = 0.040  # seconds, ``target`` before anything is known
ONE_PACKET = 0.020  # seconds more while there are losses
EARLY = 0.002  # seconds the voice may be earlier than ``target`` before it is lengthened
LATE = 0.024  # seconds it may be later before it is shortened: a block of the loudspeaker, and a little
MARGIN = 0.002  # seconds
NEARLY_ALL = 0.97  # share of the packets that shall be in time
MEMORY = 5.0  # seconds of delays that are remembered
REFERENCE = 2.0  # seconds of arrivals of which the earliest counts; clocks drift
SHIFTED, SHIFT = 0.4, 0.06  # seconds in which everything came that much later than before: the stream has shifted
LOOK_EVERY = 0.2  # seconds
AFTER_LOSS = 30.0  # seconds for which a loss is remembered
LOOK_BACK = 25  # steps over which the smallest wait counts: a loudspeaker does not ask at equal distances
JUMP = 1000  # a sequence number further away is another stream, not a late packet
QUIET_AFTER = 50  # steps made up in a row after which nothing is played any more
MOST_HELD = 100  # packets
_HALF, _WHOLE = 1 << 31, 1 << 32


class Kind(Enum):
    """What a step of play-out is made of."""

    IDLE = "idle"  # nothing has come yet, or not for a second
    DECODED = "decoded"  # of its packet
    FEC = "fec"  # of the copy in the packet after it
    CONCEALED = "concealed"  # made up
    SILENCE = "silence"  # the sender pauses


@dataclass(frozen=True, slots=True)
class Step:
    """``data`` is the packet for DECODED, the one after the lost for FEC.

    ``slack`` says how many seconds the voice is too late, or too early (negative).
    """

    kind: Kind
    samples: int = STEP
    data: bytes = b""
    slack: float = 0.0


@dataclass(frozen=True, slots=True)
class _Held:
    sequence: int  # unwrapped
    stamp: int  # unwrapped, samples
    data: bytes


@dataclass(slots=True)
class Tally:
    """Steps of 20 ms so far, by what they were made of; packets that were late or came twice; the wait in seconds."""

    decoded: int = 0
    fec: int = 0
    concealed: int = 0
    silence: int = 0
    late: int = 0
    wait: float = 0.0


class SoundBuffer:
    """One stream of Opus packets. ``put`` when a packet comes, ``next`` when sound is to be played."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.target = AT_FIRST
        self._held: dict[int, _Held] = {}
        self._top: tuple[int, int] | None = None  # newest sequence number and time stamp, unwrapped
        self._due: int | None = None  # time stamp of the next sample to play
        self._last = 0  # sequence number of the last packet played
        self._made = 0  # samples made up that no packet is known to be missing for
        self._paused = False
        self._arrivals: deque[tuple[float, float]] = deque(maxlen=200)  # when, and when less the time stamp's seconds
        self._delays: deque[tuple[float, float]] = deque(maxlen=1000)  # when, and how much later than the earliest
        self._base = 0.0
        self._looked = -inf
        self._lost_at = -inf
        self._waits: deque[tuple[float, float]] = deque(maxlen=LOOK_BACK)

    def put(self, sequence: int, timestamp: int, data: bytes, now: float) -> None:
        """A packet came: RTP sequence number (16 bit), time stamp (32 bit, 48 kHz) and Opus payload."""
        if duration(data) == 0:
            return
        packet = self._unwrapped(sequence, timestamp, data)
        if self._due is not None and (packet.sequence <= self._last or packet.stamp < self._due):
            self.tally.late += 1
            self._arrived(now, packet.stamp)
            return
        self._held[packet.sequence] = packet
        self._arrived(now, packet.stamp)
        if len(self._held) > MOST_HELD:  # nobody plays
            self._play(self._held[min(self._held)])

    def next(self, now: float, ahead: float = 0.0) -> Step:
        """What is to be played ``ahead`` seconds after ``now``, behind what the caller still has; never goes back."""
        if self._due is None:
            front = self._front()
            if front is None or self._wait(front.stamp, now) < self.target - EARLY:
                return Step(Kind.IDLE)
            self._due, self._last = front.stamp, front.sequence - 1
        self._skip_if_late(now)
        return self._counted(self._choose(now), now, ahead)

    def stretched(self, samples: int) -> None:
        """The caller played that many samples more (fewer: negative) than the last step had."""
        for place, (wait, ahead) in enumerate(self._waits):
            self._waits[place] = (wait + samples / RATE, ahead)

    # --- what to play --------------------------------------------------------------------------------------------

    def _choose(self, now: float) -> Step:
        assert self._due is not None
        front = self._front()
        if front is None:
            return self._nothing_there()
        lost, span = front.sequence - self._last - 1, duration(front.data)
        if lost > 0:
            self._lost_at = now
        pause = front.stamp - self._due - lost * span
        if pause > 0:
            self._excuse(pause)
            if self._wait(front.stamp, now) < self.target - EARLY + lost * span / RATE:
                return Step(Kind.SILENCE)
            # the voice begins again, at a moment found anew: a pause mends every delay
            self._due, self._made = front.stamp - lost * span, 0
            self._waits.clear()
        if self._made:  # what was made up while nothing came stands for what is now known as lost
            used = min(self._made, max(0, front.stamp - self._due))
            self._made -= used
            self._due += used
        gap = front.stamp - self._due
        return self._play(front) if gap <= 0 else self._bridge(front, gap, now)

    def _play(self, front: _Held) -> Step:
        del self._held[front.sequence]
        span = duration(front.data)
        self._due, self._last, self._made = front.stamp + span, front.sequence, 0
        self._paused = begins_pause(front.data)
        return Step(Kind.SILENCE if self._paused else Kind.DECODED, span, front.data)

    def _bridge(self, front: _Held, gap: int, now: float) -> Step:
        """Packets before ``front`` are lost."""
        assert self._due is not None
        if gap <= duration(front.data) and corrects(front.data):
            self._due, self._last = front.stamp, front.sequence - 1
            return Step(Kind.FEC, gap, front.data)
        if self._wait(front.stamp, now) >= self.target:
            return self._play(front)  # we were late: what is missing is left out
        step = min(gap, STEP)
        self._due += step
        return Step(Kind.CONCEALED, step)

    def _nothing_there(self) -> Step:
        """The moment stands still, so that a packet that is only late is still played."""
        if self._paused:
            return Step(Kind.SILENCE)
        if self._made >= QUIET_AFTER * STEP:
            self.tally.concealed += 1
            return Step(Kind.IDLE)
        self._made += STEP
        return Step(Kind.CONCEALED)

    def _excuse(self, pause: int) -> None:
        """What was made up was a pause whose first packet was lost."""
        steps = min(self._made, pause) // STEP
        self._made -= steps * STEP
        self.tally.concealed -= steps
        self.tally.silence += steps

    def _front(self) -> _Held | None:
        return self._held[min(self._held)] if self._held else None

    def _skip_if_late(self, now: float) -> None:
        """After a long burst: leave out what nobody wants to hear that late."""
        while len(self._held) > 1:
            front = self._held[min(self._held)]
            if self._wait(front.stamp, now) <= MOST + STEP / RATE:
                return
            self._play(front)
            self._waits.clear()

    # --- how late -------------------------------------------------------------------------------------------------

    def _wait(self, stamp: int, now: float) -> float:
        """Seconds since the earliest moment a sample could have been played."""
        return now - stamp / RATE - self._base

    def _arrived(self, now: float, stamp: int) -> None:
        earliest = now - stamp / RATE
        while self._arrivals and self._arrivals[0][0] < now - REFERENCE:
            self._arrivals.popleft()
        self._arrivals.append((now, earliest))
        if len(self._arrivals) == 1 or earliest < self._base:
            self._base = earliest
        self._delays.append((now, earliest - self._base))
        if now - self._looked >= LOOK_EVERY or len(self._delays) < 10:
            self._looked = now
            self._look(now)

    def _look(self, now: float) -> None:
        self._find_base(now)
        while self._delays[0][0] < now - MEMORY:
            self._delays.popleft()
        # what no wait could have saved says nothing of how long to wait
        delays = sorted(delay for _, delay in self._delays if delay <= MOST) or [0.0]
        wanted = delays[int(NEARLY_ALL * (len(delays) - 1))] + MARGIN
        if len(delays) < 50:
            wanted = max(AT_FIRST, wanted)
        elif now - self._lost_at < AFTER_LOSS:
            wanted += ONE_PACKET
        self.target = min(MOST, max(LEAST, wanted))

    def _find_base(self, now: float) -> None:
        """The earliest of the last two seconds; at once the earliest of the last moment when the stream has shifted.

        It shifts when the sender's clock stood still, or the path is another: then nothing comes early any more.
        """
        base = min(earliest for _, earliest in self._arrivals)
        lately = [earliest for at, earliest in self._arrivals if at >= now - SHIFTED]
        if len(lately) >= 10 and min(lately) > base + SHIFT:
            base = min(lately)
            while self._arrivals[0][0] < now - SHIFTED:
                self._arrivals.popleft()
            while self._delays and self._delays[-1][0] >= now - SHIFTED:
                self._delays.pop()
            self._delays.extend((at, earliest - base) for at, earliest in self._arrivals)
        moved, self._base = base - self._base, base
        if moved:
            self._waits = deque(((wait - moved, ahead) for wait, ahead in self._waits), maxlen=LOOK_BACK)

    def _counted(self, step: Step, now: float, ahead: float) -> Step:
        if step.kind is Kind.IDLE:
            return step
        name = step.kind.value
        setattr(self.tally, name, getattr(self.tally, name) + max(1, round(step.samples / STEP)))
        if step.kind in (Kind.SILENCE, Kind.CONCEALED):
            return step
        assert self._due is not None
        self._waits.append((self._wait(self._due - step.samples, now), ahead))
        self.tally.wait = min(wait + ahead for wait, ahead in self._waits)
        spare = min(wait for wait, _ in self._waits) - self.target
        return Step(step.kind, step.samples, step.data, min(0.0, spare + EARLY) + max(0.0, spare - LATE))

    def _unwrapped(self, sequence: int, timestamp: int, data: bytes) -> _Held:
        if self._top is not None:
            top_sequence, top_stamp = self._top
            ahead = ((sequence - top_sequence + 0x8000) & 0xFFFF) - 0x8000
            later = ((timestamp - top_stamp + _HALF) & (_WHOLE - 1)) - _HALF
            if abs(ahead) <= JUMP and abs(later) <= RATE * 600:
                packet = _Held(top_sequence + ahead, top_stamp + later, data)
                if ahead > 0:
                    self._top = (packet.sequence, packet.stamp)
                return packet
            self._begin_anew()
        self._top = (sequence + (1 << 32), timestamp + (1 << 40))
        return _Held(*self._top, data)

    def _begin_anew(self) -> None:
        self._held.clear()
        self._arrivals.clear()
        self._delays.clear()
        self._waits.clear()
        self._due, self._made, self._paused = None, 0, False
