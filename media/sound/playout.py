"""Adapter: what the loudspeaker plays next: the other person's voice, holes concealed, cues mixed in."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from media.sound import BLOCK, RATE, Block

CUSHION = 2  # blocks gathered before a voice starts or starts again (40 ms)
MOST = 8  # blocks kept at most (160 ms); more are a clock that runs faster than ours
QUIET = 150.0  # RMS below which a block may be left out unheard
LONGEST_HOLE = RATE  # samples made up at most for one hole; a longer one is a pause of the sender
_SILENCE = np.zeros(BLOCK, dtype=np.int16)


class Playout:
    """Takes decoded sound with its time stamp, gives blocks of 20 ms. Used from two threads, hence the lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: deque[Block] = deque()
        self._rest = _SILENCE[:0]
        self._cues: list[tuple[Block, float]] = []
        self._playing = False
        self._next_pts: int | None = None
        self.concealed = 0
        self.level = -96.0

    def put(self, pts: int, samples: Block) -> None:
        """Decoded sound (int16, 48 kHz mono) that belongs at sample ``pts``; a hole before it is concealed."""
        with self._lock:
            if self._next_pts is not None and 0 < pts - self._next_pts <= LONGEST_HOLE:
                missing = (pts - self._next_pts) // BLOCK
                for place in range(min(missing, MOST)):
                    self._add(self._made_up(place))
                self.concealed += missing
            self._next_pts = pts + len(samples)
            joined = np.concatenate([self._rest, samples]) if len(self._rest) else samples
            whole = len(joined) // BLOCK
            for place in range(whole):
                self._add(joined[place * BLOCK : (place + 1) * BLOCK])
            self._rest = joined[whole * BLOCK :]

    def restart(self) -> None:
        """Another connection begins: its time stamps have nothing to do with the last one's."""
        with self._lock:
            self._next_pts = None
            self._rest = _SILENCE[:0]

    def cue(self, samples: Block, volume: float) -> None:
        """Play a short sound over the voice."""
        with self._lock:
            self._cues.append((samples, volume))

    def next_block(self) -> Block:
        """The next 20 ms to play; never waits."""
        with self._lock:
            if not self._playing and len(self._blocks) >= CUSHION:
                self._playing = True
            self._playing = self._playing and bool(self._blocks)
            block = self._blocks.popleft() if self._playing else _SILENCE
            block = self._with_cues(block)
        self.level = level(block)
        return block

    def _add(self, block: Block) -> None:
        if len(self._blocks) >= MOST:
            self._blocks.popleft()
        elif len(self._blocks) > CUSHION + 1 and rms(block) < QUIET:
            return  # catch up in a pause, where nobody hears it
        self._blocks.append(block)

    def _made_up(self, place: int) -> Block:
        """The last block again, fading: softer than a click, shorter than a robot's voice."""
        if not self._blocks or place >= 2:
            return _SILENCE
        fade = np.linspace(0.7, 0.3, BLOCK, dtype=np.float32)
        made: Block = (self._blocks[-1] * fade).astype(np.int16)
        return made

    def _with_cues(self, block: Block) -> Block:
        if not self._cues:
            return block
        mixed = block.astype(np.float32)
        left: list[tuple[Block, float]] = []
        for samples, volume in self._cues:
            part = samples[:BLOCK]
            mixed[: len(part)] += part * volume
            if len(samples) > BLOCK:
                left.append((samples[BLOCK:], volume))
        self._cues = left
        clipped: Block = np.clip(mixed, -32768, 32767).astype(np.int16)
        return clipped


def rms(block: Block) -> float:
    """Root mean square of a block, 0..32768."""
    return float(np.sqrt(np.mean(np.square(block, dtype=np.float64)))) if len(block) else 0.0


def level(block: Block) -> float:
    """Loudness in dBFS, -96 for silence."""
    return max(-96.0, 20 * float(np.log10(rms(block) / 32768 + 1e-9)))
