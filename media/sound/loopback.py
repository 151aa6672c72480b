"""Rules: whether the loudspeaker can be heard by the microphone beside it: a soft chirp, searched for in what is heard.

A matched filter finds a chirp 20 dB under the noise of a hall, and nothing that people say or do looks like one; it is
played twice, and both must come equally late.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.messages import SoundChecked
from media.sound import RATE, Block

LOW, HIGH = 500.0, 2500.0  # Hz: what the smallest loudspeaker plays and nobody minds
CHIRP, PAUSE = 0.35, 0.15  # seconds
LATEST = 0.6  # seconds the chirp may take through both sound cards
LONG = 2 * (CHIRP + PAUSE) + LATEST + 0.2  # seconds to listen for, from the order to play on
OVER = 10.0  # times the usual height of the filter's output
DEAF = -90.0  # dBFS: not even a microphone's own noise
NOISY = -25.0  # dBFS: a hall in which not hearing means nothing


def chirp() -> Block:
    """What is played, at full volume: twice from low to high, softly begun and ended."""
    count = round(CHIRP * RATE)
    time = np.arange(count) / RATE
    grows = np.log(HIGH / LOW) / CHIRP
    once = np.sin(2 * np.pi * LOW / grows * (np.exp(grows * time) - 1)) * np.hanning(count)
    pause = np.zeros(round(PAUSE * RATE))
    both: Block = (32767 * np.concatenate([once, pause, once, pause])).astype(np.int16)
    return both


def found(heard: NDArray[Any], volume: float) -> SoundChecked:
    """Look for the chirp, played with ``volume`` (0..1), in ``heard`` (int16, 48 kHz, from the order to play on)."""
    sound = heard.astype(np.float64) / 32768
    loudness = 10 * np.log10(np.square(sound).mean() + 1e-12) if len(sound) else -96.0
    if loudness < DEAF:
        return SoundChecked(verdict="deaf")
    once = chirp()[: round(CHIRP * RATE)].astype(np.float64) / 32768 * volume
    likeness = np.abs(_filtered(sound, once))
    again = round((CHIRP + PAUSE) * RATE)
    usual = float(np.median(likeness)) + 1e-12 if len(likeness) else 0.0
    twice = np.minimum(likeness[: max(0, len(likeness) - again)], likeness[again:])[: round(LATEST * RATE)]
    if len(twice):
        first = int(twice.argmax())
        if twice[first] > OVER * usual:
            gain = 20 * np.log10(twice[first] / float(once @ once))
            return SoundChecked(verdict="heard", gain_db=round(float(gain), 1), delay_ms=round(first * 1000 / RATE, 1))
    return SoundChecked(verdict="noisy" if loudness > NOISY else "unheard")


def _filtered(sound: NDArray[Any], pattern: NDArray[Any]) -> NDArray[Any]:
    """How like ``pattern`` the sound is from each sample on."""
    size = 1 << (len(sound) + len(pattern)).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(pattern, size)), size)
    whole: NDArray[Any] = product[: max(0, len(sound) - len(pattern) + 1)]
    return whole
