"""Rules: a linear echo canceller that is not misled by somebody who speaks at the same time: a Kalman filter.

The path from loudspeaker to microphone is a row of filters of one block each in the frequency domain; how far each is
still off is known per frequency, and so how much of an error may be believed. Enzner, Vary: "Frequency-domain adaptive
Kalman filter for acoustic echo control in hands-free telephones", Signal Processing 86 (2006); in partitions: Kuech,
Mabande, Enzner: "State-space architecture of the partitioned-block-based acoustic echo controller", ICASSP 2014.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.sound import BLOCK

Samples = NDArray[np.float32]  # one block, -1..1
_Spectrum = NDArray[np.complex64]
_Many = NDArray[Any]  # what numpy's types call wider than it is

PARTS = 20  # blocks of echo that can be learnt: 400 ms, the delay of both sound cards included
BINS = 321  # 0 to 8 kHz; above there is next to nothing of a voice, and what there is is left to the suppressor
KEPT = 0.999  # of the path from block to block: how fast rooms change
NEAR = 0.8  # of what was known of the near end's spectrum a block before
FIRST = 1.0  # variance of what is not known at all
AT_ONCE = 2  # parts a block that are brought back to the length of a block
LOOK = 25  # blocks of echo between two looks at how the path moves
FOLLOW = 0.8  # of what was seen then
SURE = 0.3  # how much alike two paths must be
CLIPPED = 0.999  # of full scale
MOST_DRIFT = 500e-6  # that is believed; no sound card is worse
_LEAST = 1e-10
_LOWEST = 8  # bins under which a loudspeaker gives nothing
_DELAY = (2j * np.pi / (2 * BLOCK) * np.arange(_LOWEST, BINS)).astype(np.complex64)  # phase of a sample of delay
_MOVES = np.linspace(-12, 12, 49, dtype=np.float32)  # samples
_FITS = np.exp(_MOVES[:, None] * _DELAY[None, :])


class Canceller:
    """One loudspeaker's echo in one microphone.

    ``drift`` is the part by which the microphone's clock is slower than the loudspeaker's, as far as it is known; who
    feeds the reference evens it out (media/sound/reference.py).
    """

    def __init__(self) -> None:
        self.drift = 0.0
        self._heard: _Spectrum = np.zeros((PARTS, BINS), np.complex64)
        self._power = np.zeros((PARTS, BINS), np.float32)
        self._last: Samples = np.zeros(BLOCK, np.float32)
        self._turn = self._learnt = 0
        self.forget()

    def forget(self) -> None:
        """The room is another one."""
        self._path: _Spectrum = np.zeros((PARTS, BINS), np.complex64)
        self._doubt = np.full((PARTS, BINS), FIRST, np.float32)
        self._near = np.full(BINS, 1e-6 * BLOCK, np.float32)
        self._before: _Spectrum | None = None
        self._missed, self._weight = np.zeros_like(self._path), np.zeros_like(self._doubt)

    def step(self, reference: Samples, microphone: Samples) -> Samples:
        """The echo in this block of the microphone as far as it is known; ``reference`` is what was played."""
        if not reference.any() and not self._power.any():
            return np.zeros(BLOCK, np.float32)
        self._take(reference)
        echo: _Many = np.fft.irfft((self._heard * self._path).sum(0), 2 * BLOCK)[BLOCK:]
        rail = np.abs(microphone) >= CLIPPED
        if rail.any():  # what does not fit the microphone is not in it, and teaches nothing of the room
            echo = np.where(rail, np.clip(echo, -1, 1), echo)
        else:
            error = np.zeros(2 * BLOCK, np.float32)
            error[BLOCK:] = microphone - echo
            self._learn(np.fft.rfft(error)[:BINS])
        return echo

    def slip(self, blocks: int) -> None:
        """From now on the reference comes so many blocks later than before (earlier, when negative)."""
        gone = slice(PARTS - blocks, None) if blocks > 0 else slice(0, -blocks)
        for kept, new in ((self._path, 0.0), (self._doubt, FIRST / PARTS)):
            kept[:] = np.roll(kept, -blocks, 0)
            kept[gone] = new
        self._before = None

    def _take(self, reference: Samples) -> None:
        self._heard[1:], self._power[1:] = self._heard[:-1].copy(), self._power[:-1].copy()
        self._heard[0] = np.fft.rfft(np.concatenate([self._last, reference]))[:BINS]
        self._power[0] = _power(self._heard[0])
        self._last = reference

    def _learn(self, error: _Many) -> None:
        self._near += (1 - NEAR) * (_power(error) - self._near)
        step = self._doubt / (0.5 * (self._doubt * self._power).sum(0) + 2 * self._near + 1e-9)
        likeness = np.conj(self._heard) * error
        self._path += step * likeness
        self._missed += likeness
        self._weight += self._power
        parts = slice(self._turn, self._turn + AT_ONCE)
        self._turn = (self._turn + AT_ONCE) % PARTS
        response = np.fft.irfft(self._path[parts])  # at 16 kHz: BINS reach to 8
        response[:, BINS - 1 :] = 0
        self._path[parts] = np.fft.rfft(response)
        self._doubt *= KEPT**2 * (1 - 0.5 * step * self._power)
        self._doubt += (1 - KEPT**2) * _power(self._path)
        np.maximum(self._doubt, _LEAST, out=self._doubt)
        self._learnt += 1
        if self._learnt % LOOK == 0:
            self._look()

    def _look(self) -> None:
        """How the path moved since the last look tells by how much the clocks differ.

        It is taken as it would fit the errors since then best: what was learnt before is behind a path that moves.
        """
        now = self._path + self._missed / (self._weight + 1e-3)
        self._missed[:], self._weight[:] = 0, 0
        before, self._before = self._before, now[:, _LOWEST:]
        if before is not None:
            moved = _moved((self._before * np.conj(before)).sum(0))
            self.drift = min(MOST_DRIFT, max(-MOST_DRIFT, self.drift + FOLLOW * moved / (LOOK * BLOCK)))


def _moved(cross: _Spectrum) -> float:
    """Samples by which a path came earlier, from its cross spectrum with what it was; 0 when it cannot be told."""
    fits = np.real((_FITS * cross).sum(1))
    best = int(fits.argmax())
    if not 0 < best < len(_MOVES) - 1 or fits[best] < SURE * float(np.abs(cross).sum()):
        return 0.0
    left, top, right = (float(fits[best + side]) for side in (-1, 0, 1))
    return -float(_MOVES[best] + 0.5 * (_MOVES[1] - _MOVES[0]) * (left - right) / (left - 2 * top + right - 1e-12))


def _power(spectrum: Any) -> NDArray[np.float32]:
    power: NDArray[np.float32] = spectrum.real**2 + spectrum.imag**2
    return power
