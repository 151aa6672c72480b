"""Adapter: what the loudspeaker plays next: the voices that come in, and cues over them."""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np

from media.sound import PART, Block

_SILENCE: Block = np.zeros(PART, dtype=np.int16)


class Voice(Protocol):
    """Somebody who is heard, in parts of 10 ms."""

    def next_part(self) -> Block:
        """The next 10 ms; never waits."""
        ...


class Playout:
    """Mixes all voices and cues. Used from the loop's and the loudspeaker's thread, hence the lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._voices: tuple[Voice, ...] = ()
        self._cues: list[tuple[Block, float]] = []
        self.level = -96.0

    def hear(self, voice: Voice) -> None:
        """Play this voice too from now on."""
        with self._lock:
            if voice not in self._voices:
                self._voices = (*self._voices, voice)

    def hush(self, voice: Voice) -> None:
        """Play it no more; harmless for one that is not played."""
        with self._lock:
            self._voices = tuple(other for other in self._voices if other is not voice)

    def cue(self, samples: Block, volume: float) -> None:
        """Play a short sound over the voices."""
        with self._lock:
            self._cues.append((samples, volume))

    def next_part(self) -> Block:
        """The next 10 ms to play; never waits."""
        blocks = [voice.next_part() for voice in self._voices]
        with self._lock:
            blocks += self._next_of_cues()
        part = blocks[0] if len(blocks) == 1 and blocks[0].dtype == np.int16 else _mixed(blocks)
        self.level = level(part)
        return part

    def _next_of_cues(self) -> list[Block]:
        parts: list[Block] = []
        left: list[tuple[Block, float]] = []
        for samples, volume in self._cues:
            part = np.zeros(PART, dtype=np.float32)
            part[: len(samples[:PART])] = samples[:PART] * volume
            parts.append(part)
            if len(samples) > PART:
                left.append((samples[PART:], volume))
        self._cues = left
        return parts


def _mixed(blocks: list[Block]) -> Block:
    if not blocks:
        return _SILENCE
    mixed: Block = np.clip(np.sum(blocks, axis=0, dtype=np.float32), -32768, 32767).astype(np.int16)
    return mixed


def rms(block: Block) -> float:
    """Root mean square of a block, 0..32768."""
    return float(np.sqrt(np.mean(np.square(block, dtype=np.float64)))) if len(block) else 0.0


def level(block: Block) -> float:
    """Loudness in dBFS, -96 for silence."""
    return max(-96.0, 20 * float(np.log10(rms(block) / 32768 + 1e-9)))
