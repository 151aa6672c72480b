"""Adapter: what two WAVs with time stamps say: delay by cross-correlation, PESQ (P.862.2) and ESTOI of the speech."""

from __future__ import annotations

import csv
import statistics
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
WINDOW = 4.0  # seconds of speech looked for at a time
LONGEST = 2.0  # seconds a voice may be under way
LIKE = 0.3  # normalised correlation from which on a window was found again
Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Recording:
    """Mono samples, 48 kHz, and when some of them were there."""

    samples: Samples
    stamps: NDArray[np.float64]  # rows of (sample, wall_ms)

    @classmethod
    def read(cls, folder: Path, name: str) -> Recording:
        """NAME.wav and NAME.csv."""
        with wave.open(str(folder / f"{name}.wav"), "rb") as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
                raise ValueError(f"{name}.wav is not 48 kHz mono 16 bit")
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)
        with (folder / f"{name}.csv").open(newline="") as text:
            stamps = [(float(row["sample"]), float(row["wall_ms"])) for row in csv.DictReader(text)]
        return cls(samples, np.array(stamps).reshape(-1, 2))

    def wall(self, sample: float) -> float:
        """When a sample was there: by the median of the stamps within a second of it, so that no late one counts."""
        near = self.stamps[np.abs(self.stamps[:, 0] - sample) <= RATE]
        rows = near if len(near) else self.stamps
        return sample * 1000 / RATE + float(np.median(rows[:, 1] - rows[:, 0] * 1000 / RATE))

    def place(self, wall: float) -> int:
        """The sample that was there at ``wall``."""
        nearest = self.stamps[np.argmin(np.abs(self.stamps[:, 1] - wall))]
        guess = nearest[0] + (wall - nearest[1]) * RATE / 1000
        return int(guess - (self.wall(guess) - wall) * RATE / 1000)


@dataclass(frozen=True)
class Heard:
    """A window of speech found again: where it was said and heard (samples), and the milliseconds between."""

    said: int
    heard: int
    length: int
    delay_ms: float


def found_again(said: Recording, heard: Recording, window: float = WINDOW) -> list[Heard]:
    """Every whole window of what was said that can be found in what was heard."""
    found, length = [], round(window * RATE)
    for start in range(0, len(said.samples) - length + 1, length):
        spoken = said.samples[start : start + length]
        first = heard.place(said.wall(start)) - round(0.05 * RATE)
        low = max(0, first)
        area = heard.samples[low : first + length + round(LONGEST * RATE)]
        if len(area) < length // 2 or not spoken.any():
            continue
        lag, likeness = _best_lag(spoken, area)
        if likeness >= LIKE:
            place = low + lag
            found.append(Heard(start, place, length, heard.wall(place) - said.wall(start)))
    return found


def delay_ms(windows: list[Heard]) -> float | None:
    """The usual milliseconds from mouth to ear."""
    return statistics.median(w.delay_ms for w in windows) if windows else None


def pesq_wide(said: Recording, heard: Recording, window: Heard) -> float | None:
    """PESQ, wide band (MOS-LQO 1..4.64), of a window; None when it holds no speech."""
    from pesq import NoUtterancesError, pesq

    spoken, listened = _pair(said, heard, window)
    try:
        return float(pesq(16_000, spoken, listened, "wb"))
    except NoUtterancesError:
        return None


def estoi(said: Recording, heard: Recording, window: Heard) -> float:
    """ESTOI (0..1) of a window."""
    from pystoi import stoi

    spoken, listened = _pair(said, heard, window)
    return float(stoi(spoken, listened, 16_000, extended=True))


def sound_after(heard: Recording, wall: float, loud: float = 10.0) -> float | None:
    """Milliseconds from ``wall`` to the first 20 ms of sound; None if none came, or it had not been silent before."""
    block, place = RATE // 50, heard.place(wall)
    before = heard.samples[max(0, place - 10 * block) : place]
    if _rms(before) > loud:
        return None
    for start in range(place, len(heard.samples) - block, block):
        if _rms(heard.samples[start : start + block]) > loud:
            return (start - place) * 1000 / RATE
    return None


def _pair(said: Recording, heard: Recording, window: Heard) -> tuple[Samples, Samples]:
    from scipy import signal  # a second to load

    spoken = said.samples[window.said : window.said + window.length]
    listened = heard.samples[max(0, window.heard) : window.heard + window.length]
    listened = np.pad(listened, (0, len(spoken) - len(listened)))
    down: Any = [signal.resample_poly(samples, 1, 3) / 32768 for samples in (spoken, listened)]
    return down[0], down[1]


def _best_lag(spoken: Samples, area: Samples) -> tuple[int, float]:
    """Where in ``area`` the words begin (samples, may be negative), and how alike they are there (0..1)."""
    from scipy import signal  # a second to load

    products = signal.correlate(area, spoken, mode="full", method="fft")
    squares = np.concatenate([[0.0], np.cumsum(area**2)])
    lags = np.arange(len(products)) - (len(spoken) - 1)
    ends = np.clip(lags + len(spoken), 0, len(area))
    energy = squares[ends] - squares[np.clip(lags, 0, len(area))]
    likeness = products / np.sqrt(np.maximum(energy, 1e-9 + squares[-1] * 0.05) * float(np.sum(spoken**2)))
    best = int(np.argmax(likeness))
    return int(lags[best]), float(likeness[best])


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
