"""media/sound/playout.py"""

from __future__ import annotations

import numpy as np

from media.sound import PART
from media.sound.playout import Playout, level, rms


class Says:
    """A voice that always says the same."""

    def __init__(self, value: int) -> None:
        self.block = loud(value)

    def next_part(self) -> np.ndarray:
        return self.block


def loud(value: int = 5000, samples: int = PART) -> np.ndarray:
    return np.full(samples, value, dtype=np.int16)


def test_nobody_speaks_in_silence() -> None:
    assert rms(Playout().next_part()) == 0


def test_voices_are_heard_together_until_they_are_hushed() -> None:
    playout, one, other = Playout(), Says(1000), Says(2000)
    playout.hear(one)
    playout.hear(one)
    assert int(playout.next_part()[0]) == 1000
    playout.hear(other)
    assert int(playout.next_part()[0]) == 3000
    playout.hush(one)
    playout.hush(one)
    assert int(playout.next_part()[0]) == 2000


def test_a_cue_is_heard_over_the_voice_without_overflow_and_ends() -> None:
    playout = Playout()
    playout.cue(loud(30_000, PART + 10), 0.5)
    playout.hear(Says(25_000))
    first, second, third = (playout.next_part() for _ in range(3))
    assert int(first[0]) == 32_767
    assert int(second[9]) == 32_767
    assert int(second[10]) == int(third[0]) == 25_000


def test_levels_are_in_decibels_below_full_scale() -> None:
    assert level(np.zeros(PART, dtype=np.int16)) == -96.0
    assert abs(level(loud(16_384)) + 6.0) < 0.1
