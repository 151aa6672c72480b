"""Rules: a synthetic hall: what a kiosk's microphone hears of its loudspeaker, and the noise of the place.

Image method: Allen, Berkley: "Image method for efficiently simulating small-room acoustics", JASA 65 (1979).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from media.sound import RATE

Signal = np.ndarray[Any, np.dtype[np.float64]]

SPEED = 343.0  # metres a second
LONGEST = 0.35  # seconds of the hall that are computed
LENGTH = round(LONGEST * RATE) + 1  # samples
STEP = RATE // 100


@cache
def response(size: tuple[float, float, float] = (8.0, 10.0, 3.5), reflection: float = 0.72) -> Signal:
    """The impulse response from the kiosk's loudspeaker to its microphone, an arm apart, in a small speaker's band."""
    source, ear = np.array([2.0, 1.0, 0.9]), np.array([2.1, 1.05, 1.35])
    found = np.zeros(LENGTH)
    reach = [int(LONGEST * SPEED / (2 * side)) + 1 for side in size]
    axes = [np.arange(-most, most + 1) for most in reach]
    for flips in np.ndindex(2, 2, 2):
        places = [(1 - 2 * f) * s + 2 * n * side for f, s, n, side in zip(flips, source, axes, size, strict=True)]
        bounces = [np.abs(n - f) + np.abs(n) for f, n in zip(flips, axes, strict=True)]
        x, y, z = np.meshgrid(*(p - e for p, e in zip(places, ear, strict=True)), indexing="ij")
        walls = sum(np.meshgrid(*bounces, indexing="ij"))
        distance = np.sqrt(x**2 + y**2 + z**2)
        arrival = np.rint(distance / SPEED * RATE).astype(int)
        inside = arrival < len(found)
        np.add.at(found, arrival[inside], (reflection**walls / distance)[inside])
    spectrum = np.fft.rfft(found, 2 * len(found))
    pitch = np.fft.rfftfreq(2 * len(found), 1 / RATE)
    band = 1 / (1 + (150 / np.maximum(pitch, 1)) ** 4) / (1 + (pitch / 9000) ** 8)
    return np.fft.irfft(spectrum * band)[: len(found)]


def clipped(sound: Signal, share: float) -> Signal:
    """What a loudspeaker makes of it that gives at most ``share`` of the highest peak, softly."""
    top = share * np.abs(sound).max()
    return top * np.tanh(sound / top)


def heard(driven: Signal, walker: bool = False) -> Signal:
    """At the microphone; with a ``walker`` who comes to the kiosk and goes, and reflects as a body does."""
    size = 1 << (len(driven) + LENGTH).bit_length()
    wet = np.fft.irfft(np.fft.rfft(driven, size) * np.fft.rfft(response(), size), size)[: len(driven)]
    if not walker:
        return wet
    places = np.arange(len(driven))
    distance = 1.5 + 0.9 * np.cos(2 * np.pi * 0.15 * places / RATE)  # 0.6 to 2.4 m, 0.85 m/s at most
    body = np.interp(places - 2 * distance / SPEED * RATE, places, driven, left=0)
    return wet + 0.35 / (2 * distance) * body


def delayed(sound: Signal, seconds: float, jump: tuple[float, float] = (0.0, 0.0)) -> Signal:
    """Later by ``seconds``, and from ``jump``'s first second on by its second one more (or less)."""

    def late(by: float) -> Signal:
        return np.concatenate([np.zeros(round(by * RATE)), sound])[: len(sound)]

    begins, longer = jump
    if not begins:
        return late(seconds)
    return np.where(np.arange(len(sound)) < begins * RATE, late(seconds), late(seconds + longer))


def drifted(sound: Signal, drift: float) -> Signal:
    """Heard by a clock that is slower by ``drift``."""
    places = np.arange(len(sound))
    return np.interp(places * (1 + drift), places, sound) if drift else sound


def noise(count: int, level: float, seed: int) -> Signal:
    """White, at ``level`` dBFS."""
    return np.random.default_rng(seed).normal(0, 10 ** (level / 20), count)


def babble(voices: list[Signal], count: int, level: float, seed: int) -> Signal:
    """Many who talk at the other end of the hall, at ``level`` dBFS."""
    chance = np.random.default_rng(seed)
    people = [np.roll(np.resize(one, count), chance.integers(count)) for one in voices for _ in range(3)]
    far_off = heard(np.sum(people, axis=0))
    loudness: Signal = far_off / far_off.std() * 10 ** (level / 20)
    return loudness


def at_level(sound: Signal, level: float) -> Signal:
    """At ``level`` dBFS while there is something to hear."""
    frames = sound[: len(sound) // STEP * STEP].reshape(-1, STEP)
    power = np.square(frames).mean(axis=1)
    active = power > power.max() * 1e-4
    return sound / np.sqrt(power[active].mean()) * 10 ** (level / 20)
