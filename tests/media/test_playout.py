"""media/sound/playout.py"""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from media.sound import BLOCK
from media.sound.playout import CUSHION, MOST, Playout, level, rms


def loud(value: int = 5000, samples: int = BLOCK) -> np.ndarray:
    return np.full(samples, value, dtype=np.int16)


def test_a_voice_starts_after_its_cushion_and_is_played_in_order() -> None:
    playout = Playout()
    playout.put(0, loud(1000))
    assert rms(playout.next_block()) == 0
    for place in range(1, 4):
        playout.put(place * BLOCK, loud(1000 * (place + 1)))
    assert [int(playout.next_block()[0]) for _ in range(5)] == [1000, 2000, 3000, 4000, 0]


def test_a_lost_block_is_made_up_so_that_the_next_keeps_its_place() -> None:
    playout = Playout()
    playout.put(0, loud())
    playout.put(BLOCK, loud())
    playout.put(3 * BLOCK, loud(9000))
    blocks = [playout.next_block() for _ in range(4)]
    assert playout.concealed == 1
    assert 1000 < rms(blocks[2]) < 4000  # fading, neither a click nor a hole
    assert int(blocks[3][0]) == 9000


def test_a_long_pause_of_the_sender_is_no_loss() -> None:
    playout = Playout()
    playout.put(0, loud())
    playout.put(10 * 48_000, loud())
    assert playout.concealed == 0


def test_after_a_restart_other_time_stamps_are_no_hole() -> None:
    playout = Playout()
    playout.put(0, loud())
    playout.restart()
    playout.put(20 * BLOCK, loud())
    assert playout.concealed == 0


@settings(max_examples=50)
@given(st.lists(st.integers(0, 12), max_size=60))
def test_it_never_waits_longer_than_its_most(bursts: list[int]) -> None:
    playout, pts = Playout(), 0
    for burst in bursts:
        for _ in range(burst):
            playout.put(pts, loud())
            pts += BLOCK
        assert len(playout._blocks) <= MOST
        assert len(playout.next_block()) == BLOCK


def test_a_fast_clock_is_caught_up_in_the_pauses() -> None:
    playout = Playout()
    for place in range(MOST):
        playout.put(place * BLOCK, loud())
    for place in range(MOST, MOST + 20):
        playout.put(place * BLOCK, loud(10))  # quieter than anybody hears
        playout.next_block()
    assert len(playout._blocks) <= CUSHION + 2


def test_a_cue_is_heard_over_the_voice_without_overflow_and_ends() -> None:
    playout = Playout()
    playout.cue(loud(30_000, BLOCK + 10), 0.5)
    for place in range(4):
        playout.put(place * BLOCK, loud(25_000))
    first, second, third = (playout.next_block() for _ in range(3))
    assert int(first[0]) == 32_767
    assert int(second[9]) == 32_767
    assert int(second[10]) == int(third[0]) == 25_000


def test_levels_are_in_decibels_below_full_scale() -> None:
    assert level(np.zeros(BLOCK, dtype=np.int16)) == -96.0
    assert abs(level(loud(16_384)) + 6.0) < 0.1


def test_odd_lengths_are_cut_into_whole_blocks() -> None:
    playout, pts = Playout(), 0
    for size in (500, 1000, 1500, 840):
        playout.put(pts, loud(7000, size))
        pts += size
    assert [rms(playout.next_block()) for _ in range(4)] == [7000.0] * 4
