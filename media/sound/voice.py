"""Adapter: one voice that comes in: packets from the connection, sound for the loudspeaker, each in its own thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from media.sound import PART, RATE, Block
from media.sound.buffer import QUIET_AFTER, STEP, Kind, SoundBuffer, Step, Tally
from media.sound.opus import Decoder, OpusError
from media.sound.stretch import longer, quiet, shorter

HURRY = 0.040  # seconds too late from which every block is shortened
FADE = 120  # samples: 2.5 ms, the least that libopus makes up
FADES = RATE // 5  # samples made up in a row, from which on they fade
SILENT = QUIET_AFTER * STEP  # and where nothing of them is left
REST = 3  # blocks between two that are shortened or lengthened otherwise
_NOTHING: Block = np.zeros(PART, dtype=np.int16)
_EMPTY: Block = np.zeros(0, dtype=np.int16)


class Packet(Protocol):
    """What we need of an RTP packet (RFC 3550 section 5.1); ``_data`` is its payload without codec header."""

    sequence_number: int
    timestamp: int
    _data: bytes


class Voice:
    """Jitter buffer, decoder and time-stretch of one stream. In the place of a receiver's buffer it takes its packets.

    ``clock`` gives monotonic seconds. ``on_first`` is called once, in the playing thread, when the first packet is
    played. Nothing grows while nobody plays.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buffer = SoundBuffer()
        self._decoder = Decoder()
        self._ready = self._tail = _EMPTY
        self._alone = 0  # samples made up in a row
        self._rest = 0
        self.on_first: Callable[[], object] | None = None
        self.playing = False

    def add(self, packet: Packet) -> tuple[bool, Any]:
        """Take a packet, as aiortc's buffers do; nothing is ever handed on to its decoders."""
        with self._lock:
            self._buffer.put(packet.sequence_number, packet.timestamp, packet._data, self._clock())
        return False, None

    def counts(self) -> dict[str, float]:
        """What was played so far, in 20 ms each, and ``wait``, the seconds that sound waits in the buffer now."""
        tally = self._buffer.tally
        return {
            "sound_in": tally.decoded,
            "fec": tally.fec,
            "concealed": tally.concealed,
            "silence": tally.silence,
            "wait": tally.wait,
        }

    @property
    def tally(self) -> Tally:
        """The counters."""
        return self._buffer.tally

    @property
    def target_ms(self) -> float:
        """How long a packet that came at once waits before it is played."""
        return self._buffer.target * 1000

    def next_part(self) -> Block:
        """The next 10 ms to play; never waits for anything."""
        now = self._clock()
        while len(self._ready) < PART:
            with self._lock:
                step = self._buffer.next(now, len(self._ready) / RATE)
            sound = self._paced(step, self._sound(step))
            self._ready = np.concatenate([self._ready, sound]) if len(self._ready) else sound
        part, self._ready = self._ready[:PART], self._ready[PART:]
        return part

    def _sound(self, step: Step) -> Block:
        try:
            match step.kind:
                case Kind.DECODED:
                    self._begin()
                    return self._joined(self._decoder.decode(step.data)[step.left_out :])
                case Kind.FEC:
                    return self._joined(self._decoder.recover(step.data, step.samples))
                case Kind.CONCEALED:
                    return self._made_up(step.samples)
                case Kind.SILENCE:  # so much that the voice begins again at the beginning of a part
                    return self._decoder.conceal(PART)[len(self._ready) % PART :]
                case Kind.IDLE:
                    return _NOTHING
        except OpusError:
            return np.zeros(step.samples, dtype=np.int16)  # a packet that is none, or of an odd length

    def _made_up(self, samples: int) -> Block:
        """Sound for what is missing, and a little more, into which what comes then is faded."""
        sound = np.concatenate([self._tail, self._decoder.conceal(samples + FADE - len(self._tail))])
        self._tail = sound[samples:]
        before, self._alone = _left(self._alone), self._alone + samples
        if (after := _left(self._alone)) == 1.0:
            return sound[:samples]
        return _scaled(sound[:samples], np.linspace(before, after, samples, dtype=np.float32))

    def _joined(self, sound: Block) -> Block:
        tail, self._tail = _scaled(self._tail[: len(sound)], _left(self._alone)), _EMPTY
        self._alone = 0
        if len(tail):
            rise = np.linspace(0.0, 1.0, len(tail), dtype=np.float32)
            sound[: len(tail)] = np.rint(tail * (1 - rise) + sound[: len(tail)] * rise)
        return sound

    def _paced(self, step: Step, sound: Block) -> Block:
        """A little shorter when the voice is later than it should be, first where nobody hears it, or longer."""
        self._rest -= 1
        late = step.slack
        if step.kind not in (Kind.DECODED, Kind.FEC):
            return sound
        if step.spare > 0 and quiet(sound):  # without a rest: once by much is better than often by little
            changed = shorter(sound)
        elif late == 0 or (self._rest > 0 and late < HURRY):
            return sound
        else:
            changed = shorter(sound) if late > 0 else longer(sound)
        if len(changed) != len(sound):
            self._rest = REST
            with self._lock:
                self._buffer.stretched(len(changed) - len(sound))
        return changed

    def _begin(self) -> None:
        if not self.playing:
            self.playing = True
            if self.on_first is not None:
                self.on_first()


def _left(alone: int) -> float:
    """How loud what is made up still is: a room that goes on for a second and then is not there sounds broken."""
    return min(1.0, max(0.0, (SILENT - alone) / (SILENT - FADES)))


def _scaled(sound: Block, gain: Any) -> Block:
    scaled: Block = np.rint(sound * gain).astype(np.int16)
    return scaled
