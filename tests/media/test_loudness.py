"""media/sound/loudness.py"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from media.sound import BLOCK
from media.sound.loudness import MOST, PEAK, TARGET, Evener
from media.sound.playout import level


def speech(loudness: float, seconds: float, seed: int = 1) -> list[np.ndarray[Any, Any]]:
    """Blocks of syllables at ``loudness`` dBFS with pauses of faint noise."""
    chance = np.random.default_rng(seed)
    blocks = []
    for number in range(round(seconds * 50)):
        loud = loudness if number // 10 % 2 else -75.0
        blocks.append((chance.normal(0, 32768 * 10 ** (loud / 20), BLOCK)).clip(-32768, 32767).astype(np.int16))
    return blocks


@pytest.mark.parametrize("loudness", [-38.0, -30.0, -24.0, -16.0])
def test_quiet_and_loud_voices_end_up_alike(loudness: float) -> None:
    evener = Evener()
    out = [evener.even(block) for block in speech(loudness, 15)]
    spoken = [level(block) for block in out[-100:] if level(block) > -50]
    assert abs(float(np.mean(spoken)) - TARGET) < 2


def test_noise_and_the_far_ends_echo_teach_nothing() -> None:
    evener, chance = Evener(), np.random.default_rng(1)
    for _ in range(500):
        evener.even(chance.normal(0, 100, BLOCK).astype(np.int16))
    assert evener.gain == 0.0
    for block in speech(-40, 10):
        evener.far(speech(-20, 0.4)[-1])
        evener.even(block)
    assert evener.gain == 0.0
    for _ in range(20):
        evener.far(np.zeros(BLOCK, dtype=np.int16))
    for block in speech(-40, 10):
        evener.even(block)
    assert 10 < evener.gain <= MOST


def test_a_shout_after_whispers_does_not_overflow_and_there_is_no_step() -> None:
    evener = Evener()
    for block in speech(-45, 10):
        evener.even(block)
    assert evener.gain > 10
    time = np.arange(BLOCK * 10)
    shout = (30_000 * np.sin(2 * np.pi * 200 * time / 48_000)).astype(np.int16)
    out = np.concatenate([evener.even(shout[at : at + BLOCK]) for at in range(0, len(shout), BLOCK)])
    assert np.abs(out.astype(int)).max() <= PEAK + 1
    assert np.abs(np.diff(out.astype(int))).max() < 1200  # the tone's own steepness is 785 a sample


def test_silence_stays_silence() -> None:
    evener = Evener()
    assert not evener.even(np.zeros(BLOCK, dtype=np.int16)).any()
