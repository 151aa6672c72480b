"""Rules: what was played, block by block as the microphone's clock goes: the canceller's reference.

Two sound cards have two clocks, and two threads bring blocks late or together. The reference waits between one and
three blocks, is read a little faster or slower than it was written (cubic interpolation), and slips by whole blocks
when that is not enough.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.sound import BLOCK
from media.sound.canceller import Samples

MARGIN = 4  # samples around a place that its value is made of
LEAST, MOST = BLOCK // 4, 3 * BLOCK + BLOCK // 4  # samples that may wait before a block is read
BEGINS = BLOCK  # samples that wait before the first one


class Reference:
    """Take what is played by ``put``; ``next_block`` is the block that belongs to the microphone's next."""

    def __init__(self) -> None:
        self._samples: Samples = np.zeros(BEGINS + MARGIN, np.float32)
        self._place = float(MARGIN)

    def put(self, block: Samples) -> None:
        """This is played now."""
        self._samples = np.concatenate([self._samples, block])

    def next_block(self, drift: float) -> tuple[Samples, int]:
        """A block, and by how many blocks all that follow come later than before (mostly 0)."""
        slipped = 0
        while len(self._samples) - self._place < LEAST + BLOCK:
            self._samples = np.concatenate([self._samples, np.zeros(BLOCK, np.float32)])
            slipped += 1
        while len(self._samples) - self._place > MOST + BLOCK:
            self._place += BLOCK
            slipped -= 1
        block = self._read(self._place + (1 + drift) * np.arange(BLOCK))
        self._place += (1 + drift) * BLOCK
        past = int(self._place) - MARGIN
        self._samples, self._place = self._samples[past:], self._place - past
        return block, slipped

    def _read(self, places: NDArray[Any]) -> Samples:
        """Catmull and Rom's cubic: what lies between four samples."""
        first, last = int(places[0]), int(places[-1])
        if last - first == BLOCK - 1:  # nearly always: no sample is left out or read twice
            part = (places - np.arange(first, first + BLOCK)).astype(np.float32)
            a, b, c, d = (self._samples[first + k : first + k + BLOCK] for k in (-1, 0, 1, 2))
        else:
            whole = places.astype(np.int64)
            part = (places - whole).astype(np.float32)
            a, b, c, d = (self._samples[whole + k] for k in (-1, 0, 1, 2))
        if not part.any():
            return b.copy()
        curve: Samples = b + 0.5 * part * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)))
        return curve
