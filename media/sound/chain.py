"""Adapter: what is done to the microphone's sound, in its order: known echo out, WebRTC's processing, gate, gain."""

from __future__ import annotations

from collections import deque

import numpy as np

from media.sound import Block
from media.sound.apm import Apm
from media.sound.canceller import Canceller, Samples
from media.sound.doubletalk import Gate, Judge
from media.sound.loudness import Evener
from media.sound.processing import Wants
from media.sound.reference import Reference

UNREAD = 8  # blocks played of which the microphone has not heard; it stands still, and older ones help nobody


class Chain:
    """The processing of one room; raises ApmError when WebRTC's cannot be had."""

    def __init__(self, wants: Wants) -> None:
        self._apm = Apm(echo=wants.echo, noise=wants.noise)
        self._evener = Evener() if wants.gain else None
        self._echo = _KnownEcho() if wants.echo else None
        self._gate = Gate()

    def played(self, block: Block) -> None:
        """This block goes to the loudspeaker now."""
        if self._echo is None:
            return
        self._echo.played.append(_floats(block))
        self._apm.played(block)
        if self._evener is not None:
            self._evener.far(block)

    def heard(self, block: Block) -> Block:
        """The microphone's block, as it shall be sent."""
        if self._echo is None:
            block = self._apm.heard(block)
        else:
            block, silent = self._echo.less(block)
            block = self._gate.pass_on(self._apm.heard(block), silent)
        return block if self._evener is None else self._evener.even(block)


class _KnownEcho:
    """The part of the echo that our own canceller knows. ``played`` is filled by the loudspeaker's thread."""

    def __init__(self) -> None:
        self.played: deque[Samples] = deque(maxlen=UNREAD)
        self._reference, self._canceller, self._judge = Reference(), Canceller(), Judge()

    def less(self, block: Block) -> tuple[Block, bool]:
        """The block with less echo in it, and whether the near end is silent."""
        while self.played:
            self._reference.put(self.played.popleft())
        reference, slipped = self._reference.next_block(self._canceller.drift)
        if slipped:
            self._canceller.slip(slipped)
        microphone = _floats(block)
        echo = self._canceller.step(reference, microphone)
        judged = self._judge.judge(_power(microphone), _power(echo), _power(microphone - echo))
        if judged.forget:
            self._canceller.forget()
        if judged.share == 0:
            return block, judged.silent
        less: Block = np.clip(np.rint((microphone - judged.share * echo) * 32768), -32768, 32767).astype(np.int16)
        return less, judged.silent


def _floats(block: Block) -> Samples:
    samples: Samples = block.astype(np.float32)
    samples /= 32768
    return samples


def _power(samples: Samples) -> float:
    return float(samples @ samples) / len(samples)
