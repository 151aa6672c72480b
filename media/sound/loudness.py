"""Rules: every voice about as loud as the others: a slow gain that follows speech, and nothing but speech.

WebRTC's own gain control begins at +15 dB and raises what is left of the echo with everything else (measured: ERLE 33
instead of 48 dB, docs/decisions/0091). This one learns only while the near end speaks and the far end does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Block = NDArray[Any]  # int16, 20 ms

TARGET = -24.0  # dBFS, RMS of speech
MOST, LEAST = 15.0, -12.0  # dB of gain
UP, DOWN = 0.06, 0.2  # dB a block: 3 dB and 10 dB a second
OVER_NOISE = 12.0  # dB over the noise from which a block is speech
AUDIBLE = -58.0  # dBFS; quieter is no speech
FAR_HEARD = -50.0  # dBFS from which the far end counts as speaking
FAR_FOR = 15  # blocks after which its echo has died away
NOISE_RISE = 0.02  # dB a block by which the noise may grow: 1 dB a second
LEARN = 0.04  # weight of a new block of speech
PEAK = 29_000.0  # of 32,767; louder peaks lower the gain at once
_SILENT = -96.0


class Evener:
    """The gain of one microphone. ``far`` is told what the loudspeaker plays, ``even`` gives back the block evened."""

    def __init__(self) -> None:
        self.gain = 0.0  # dB
        self._noise: float | None = None
        self._speech: float | None = None
        self._far = 0
        self._factor = 1.0

    def far(self, block: Block) -> None:
        """The far end is heard with this block."""
        self._far = FAR_FOR if _level(block) > FAR_HEARD else max(0, self._far - 1)

    def even(self, block: Block) -> Block:
        """The block at the loudness it shall be sent with."""
        now = _level(block)
        if now > _SILENT:
            self._noise = now if self._noise is None else min(now, self._noise + NOISE_RISE)
        if self._far == 0 and self._noise is not None and now > max(AUDIBLE, self._noise + OVER_NOISE):
            self._learn(now)
        return self._raised(block)

    def _learn(self, now: float) -> None:
        self._speech = now if self._speech is None else self._speech + LEARN * (now - self._speech)
        wanted = min(MOST, max(LEAST, TARGET - self._speech))
        self.gain += min(UP, max(-DOWN, wanted - self.gain))

    def _raised(self, block: Block) -> Block:
        factor = 10 ** (self.gain / 20)
        peak = float(np.abs(block.astype(np.float32)).max())
        if peak * factor > PEAK:
            factor = PEAK / peak
        before, self._factor = self._factor, factor
        if peak * before > PEAK:
            before = factor
        if before == factor == 1.0:
            return block
        ramp = np.linspace(before, factor, len(block), dtype=np.float32)
        raised: Block = np.clip(np.rint(block * ramp), -32768, 32767).astype(np.int16)
        return raised


def _level(block: Block) -> float:
    power = float(np.mean(np.square(block, dtype=np.float32)))
    return max(_SILENT, 10 * float(np.log10(power / 32768**2 + 1e-12)))
