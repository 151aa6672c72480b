"""Rules: the jitter buffer of one voice: what each moment of play-out is made of, and how late the voice is played.

A packet belongs at a moment: its time stamp after the earliest that any packet of the last two seconds could have been
played. ``target`` is how much later than that moment the voice is played: what nearly all packets need, those sent
twice too whose first was lost; one packet more while there are losses and packets carry a copy of the one before, which
spoken words show; never more than 120 ms. The difference between the wait as it is and ``target`` is told with each
step (``slack``), and the caller shortens or lengthens the sound by it, so that neither clock drift nor a burst leaves
the voice late for good. Each such change is heard a little, so that a wait somewhat longer than it must be is kept.
Time comes as an argument.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum
from math import inf

from media.sound.packets import begins_pause, corrects, duration, speaks

RATE = 48_000
STEP = 480  # samples of a step that no packet fills: 10 ms, as much as a loudspeaker asks for
COUNTED = 960  # samples that the tally counts as one: 20 ms
LEAST, MOST = 0.008, 0.120  # seconds, bounds of ``target``
AT_FIRST = 0.016  # seconds, ``target`` before anything is known
ONE_PACKET = 0.020  # seconds more while there are losses
EARLY = 0.004  # seconds the voice may be earlier than ``target`` before it is lengthened
LATE = 0.012  # seconds it may be later for long: a part of the loudspeaker's, and a little
LAX, LAX_MOST = 1.3, 0.045  # or that part of ``target``: where packets come unevenly, what is cut now is missing soon
TOO_LATE = 0.040  # seconds it may be later for a moment
MARGIN = 0.002  # seconds
NEARLY_ALL = 0.985  # share of the packets that shall be in time
MISSED = 0.9  # share of those that came a little too late of late, for which the next shall wait
MISSED_MOST = 0.045  # seconds; what came later than that was a stall, for which no voice shall wait
MISSED_FEW = 2  # fewer of them are chance
MISSED_FOR = 30.0  # seconds
MEMORY = 15.0  # seconds of delays that are remembered
YOUNG = 2.0  # seconds of them at first; half of a call's life until that is ``MEMORY``
REFERENCE = 2.0  # seconds of arrivals of which the earliest counts; clocks drift
SHIFTED, SHIFT = 0.4, 0.06  # seconds in which everything came that much later than before: the stream has shifted
LOOK_EVERY = 0.2  # seconds
AFTER_LOSS = 30.0  # seconds for which a loss is remembered
NO_COPIES = 10  # packets of speech without a copy, from which on none are expected: the sender has another way
LOOK_BACK = 25  # packets, a moment, over which the smallest wait counts: a loudspeaker does not ask at equal distances
SOME, LONG = 5, 30  # such moments, over which the smallest counts before a little is cut unheard, and heard
JUMP = 1000  # a sequence number further away is another stream, not a late packet
QUIET_AFTER = 100  # steps made up in a row after which nothing is played any more
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

    ``slack`` says how many seconds the voice is too late, or too early (negative); ``spare`` how many it is later than
    it must be, which may be cut where nobody hears it. ``left_out`` samples of the packet were made up already.
    """

    kind: Kind
    samples: int = STEP
    data: bytes = b""
    slack: float = 0.0
    spare: float = 0.0
    left_out: int = 0


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
        self._looked = self._began = -inf
        self._lost_at = -inf
        self._without = 0  # packets of speech since the last that carried a copy
        self._waits: deque[tuple[float, float]] = deque(maxlen=LOOK_BACK)
        self._lows: deque[float] = deque(maxlen=LONG)  # the smallest wait of each moment
        self._counting = 0
        self._misses: deque[tuple[float, float]] = deque(maxlen=200)  # as ``_delays``, of what came a little too late
        self._kept = inf  # seconds the voice was played later than the earliest, before a pause
        self._samples = dict.fromkeys(Kind, 0)  # played so far, of each kind

    def put(self, sequence: int, timestamp: int, data: bytes, now: float) -> None:
        """A packet came: RTP sequence number (16 bit), time stamp (32 bit, 48 kHz) and Opus payload."""
        if duration(data) == 0:
            return
        packet = self._unwrapped(sequence, timestamp, data)
        if speaks(data) or corrects(data):
            self._without = 0 if corrects(data) else self._without + 1
        if self._due is not None and (packet.sequence <= self._last or packet.stamp < self._due):
            self.tally.late += 1
            self._arrived(now, packet.stamp, True)
            return
        self._held[packet.sequence] = packet
        self._arrived(now, packet.stamp, self._due is not None and packet.stamp < self._due + self._made)
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
        self._lows = deque((low + samples / RATE for low in self._lows), maxlen=LONG)

    # --- what to play --------------------------------------------------------------------------------------------

    def _choose(self, now: float) -> Step:
        assert self._due is not None
        front = self._front()
        if front is None:
            return self._nothing_there()
        lost, span = front.sequence - self._last - 1, duration(front.data)
        if lost > 0 and corrects(front.data):
            self._lost_at = now
        pause = front.stamp - self._due - lost * span
        if pause > 0:
            self._excuse(pause)
            fits = self.target - EARLY <= self._kept <= self.target + self._late()
            if self._wait(front.stamp, now) < (self._kept if fits else self.target) - EARLY + lost * span / RATE:
                return Step(Kind.SILENCE)
            # the voice begins again, where it was or at a moment found anew: a pause mends every delay
            self._due, self._made = front.stamp - lost * span, 0
            self._forget_waits()
        if lost == 1 and corrects(front.data):
            self._made = 0  # its copy is better than what was made up, though the voice is later by that
        if self._made:  # what was made up while nothing came stands for what is now known as lost
            used = min(self._made, max(0, front.stamp - self._due))
            self._made -= used
            self._due += used
        gap = front.stamp - self._due
        return self._play(front, self._made) if gap <= 0 else self._bridge(front, gap, now)

    def _play(self, front: _Held, made: int = 0) -> Step:
        """What was ``made`` up while it was late stands for its beginning: then it changes nobody's time."""
        del self._held[front.sequence]
        span = duration(front.data)
        left_out = made if made <= min(STEP, span // 2) else 0
        self._due, self._last, self._made = front.stamp + span, front.sequence, 0
        self._paused = begins_pause(front.data)
        return Step(Kind.SILENCE if self._paused else Kind.DECODED, span - left_out, front.data, left_out=left_out)

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
            self._tell(Kind.CONCEALED, STEP)
            return Step(Kind.IDLE)
        self._made += STEP
        return Step(Kind.CONCEALED)

    def _excuse(self, pause: int) -> None:
        """What was made up was a pause whose first packet was lost."""
        made = min(self._made, pause)
        self._made -= made
        self._tell(Kind.CONCEALED, -made)
        self._tell(Kind.SILENCE, made)

    def _front(self) -> _Held | None:
        return self._held[min(self._held)] if self._held else None

    def _skip_if_late(self, now: float) -> None:
        """After a long burst: leave out what nobody wants to hear that late."""
        while len(self._held) > 1:
            front = self._held[min(self._held)]
            if self._wait(front.stamp, now) <= MOST + STEP / RATE:
                return
            self._play(front)
            self._forget_waits()

    # --- how late -------------------------------------------------------------------------------------------------

    def _wait(self, stamp: int, now: float) -> float:
        """Seconds since the earliest moment a sample could have been played."""
        return now - stamp / RATE - self._base

    def _arrived(self, now: float, stamp: int, missed: bool) -> None:
        earliest = now - stamp / RATE
        while self._arrivals and self._arrivals[0][0] < now - REFERENCE:
            self._arrivals.popleft()
        self._arrivals.append((now, earliest))
        if not self._delays:
            self._began = now
        if len(self._arrivals) == 1 or earliest < self._base:
            self._base = earliest
        self._delays.append((now, earliest - self._base))
        if missed and earliest - self._base <= MISSED_MOST:
            self._misses.append((now, earliest - self._base))
        if now - self._looked >= LOOK_EVERY or len(self._delays) < 10:
            self._looked = now
            self._look(now)

    def _look(self, now: float) -> None:
        self._find_base(now)
        lived = max(YOUNG, (now - self._began) / 2)  # the beginning of a call, busy as it is, is soon forgotten
        while self._delays[0][0] < now - min(MEMORY, lived):
            self._delays.popleft()
        # what no wait could have saved says nothing of how long to wait
        delays = sorted(delay for _, delay in self._delays if delay <= MOST) or [0.0]
        wanted = delays[int(NEARLY_ALL * (len(delays) - 1))] + MARGIN
        while self._misses and self._misses[0][0] < now - min(MISSED_FOR, lived):
            self._misses.popleft()
        if len(self._misses) >= MISSED_FEW:
            misses = sorted(delay for _, delay in self._misses)
            wanted = max(wanted, misses[int(MISSED * (len(misses) - 1))] + MARGIN)
        if len(delays) < 50:
            wanted = max(AT_FIRST, wanted)
        elif now - self._lost_at < AFTER_LOSS and self._without < NO_COPIES:
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
            self._lows = deque((low - moved for low in self._lows), maxlen=LONG)

    def _counted(self, step: Step, now: float, ahead: float) -> Step:
        if step.kind is Kind.IDLE:
            return step
        self._tell(step.kind, step.samples)
        if step.kind in (Kind.SILENCE, Kind.CONCEALED):
            return step
        assert self._due is not None
        self._waits.append((self._wait(self._due - step.samples, now), ahead))
        self.tally.wait = min(wait + ahead for wait, ahead in self._waits)
        self._kept = min(wait for wait, _ in self._waits)
        self._counting += 1
        if self._counting % LOOK_BACK == 0:
            self._lows.append(self._kept)
        early = min(0.0, self._kept - self.target + EARLY)
        lows = [*self._lows][-SOME:]
        spare = max(0.0, min(lows) - self.target - self._late()) if len(lows) == SOME else 0.0
        late = max(0.0, self._kept - self.target - TOO_LATE)
        if len(self._lows) == LONG:
            late = max(late, min(self._lows) - self.target - self._late())
        return replace(step, slack=early + late, spare=spare)

    def _late(self) -> float:
        return max(LATE, min(LAX_MOST, LAX * self.target))

    def _forget_waits(self) -> None:
        self._waits.clear()
        self._lows.clear()
        self._counting = 0

    def _tell(self, kind: Kind, samples: int) -> None:
        self._samples[kind] += samples
        setattr(self.tally, kind.value, round(self._samples[kind] / COUNTED))

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
        self._forget_waits()
        self._misses.clear()
        self._kept = inf
        self._due, self._made, self._paused = None, 0, False
