"""media/sound/canceller.py, reference.py and doubletalk.py: known paths are found, and nobody who speaks is lowered."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.sound import BLOCK, RATE
from media.sound.canceller import Canceller
from media.sound.doubletalk import STAYS, Gate, Judge, Judgement
from media.sound.reference import MOST, Reference

Sound = np.ndarray[Any, Any]


def voice(seconds: float, seed: int) -> Sound:
    """Noise with the colour of speech, in syllables."""
    count = round(RATE * seconds)
    pitch = np.fft.rfftfreq(count, 1 / RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count)) / (1 + (pitch / 800) ** 2) * (pitch > 100)
    sound = np.fft.irfft(spectrum, count) * (np.sin(2 * np.pi * 1.3 * np.arange(count) / RATE) > -0.5)
    return (sound / sound.std() * 0.05).astype(np.float32)


def echoed(far: Sound, delay: float = 0.045) -> Sound:
    """Two walls and a delay of two sound cards."""
    heard = np.zeros(len(far), np.float32)
    for late, loud in ((delay, 0.4), (delay + 0.004, -0.2), (delay + 0.031, 0.1)):
        shift = round(late * RATE)
        heard[shift:] += loud * far[:-shift]
    return heard


def cancelled(far: Sound, microphone: Sound, canceller: Canceller) -> Sound:
    """What was taken for echo."""
    reference, echo = Reference(), np.zeros_like(microphone)
    for at in range(0, len(far) - BLOCK + 1, BLOCK):
        reference.put(far[at : at + BLOCK])
        block, slipped = reference.next_block(canceller.drift)
        assert slipped == 0
        echo[at : at + BLOCK] = canceller.step(block, microphone[at : at + BLOCK])
    return echo


def left(echo: Sound, known: Sound, begins: float, ends: float | None = None) -> float:
    """dB of the echo that are left."""
    part = slice(round(begins * RATE), None if ends is None else round(ends * RATE))
    return float(10 * np.log10(np.square((echo - known)[part]).sum() / np.square(echo[part]).sum()))


def test_an_echo_is_learnt_and_a_voice_over_it_does_not_unlearn_it() -> None:
    far = voice(12, 1)
    echo, near = echoed(far), voice(12, 2)
    near[: 8 * RATE] = 0
    known = cancelled(far, echo + 2 * near, Canceller())
    assert left(echo, known, 6, 8) < -20
    assert left(echo, known, 9, 12) < -12  # the talker is 14 dB over the echo


@pytest.mark.parametrize("drift", [-200e-6, 200e-6])
def test_two_clocks_are_found_to_differ(drift: float) -> None:
    far = voice(14, 3)
    echo = np.interp(np.arange(len(far)) * (1 + drift), np.arange(len(far)), echoed(far)).astype(np.float32)
    canceller = Canceller()
    known = cancelled(far, echo, canceller)
    assert canceller.drift == pytest.approx(drift, abs=25e-6)
    assert left(echo, known, 11) < -15


def test_a_microphone_that_clips_teaches_nothing() -> None:
    canceller, far = Canceller(), voice(1, 5)
    clipped = np.clip(40 * echoed(far), -1, 1)
    for at in range(0, RATE - BLOCK, BLOCK):
        before = canceller._path.copy()
        canceller.step(far[at : at + BLOCK], clipped[at : at + BLOCK])
        assert (np.abs(clipped[at : at + BLOCK]).max() < 1) or np.array_equal(canceller._path, before)


def test_what_a_clipping_microphone_cannot_hold_is_not_taken_out_of_it() -> None:
    far = voice(8, 6)
    far[6 * RATE :] *= 6  # somebody shouts
    loud = 3 * echoed(far)
    clipped = np.clip(loud, -1, 1)
    assert (np.abs(loud[6 * RATE :]) > 1).mean() > 0.01
    known = cancelled(far, clipped, Canceller())
    rail = np.flatnonzero(np.abs(clipped[6 * RATE :]) == 1) + 6 * RATE
    assert np.abs(known[rail]).max() <= 1
    assert left(clipped, known, 6) < left(clipped, loud, 6), "the true echo taken out of it would leave more"


def test_silence_costs_nothing_and_teaches_nothing() -> None:
    canceller, silence = Canceller(), np.zeros(BLOCK, np.float32)
    for _ in range(30):
        assert not canceller.step(silence, voice(0.02, 1)).any()
    assert not canceller._path.any()


@given(st.lists(st.integers(0, 3), min_size=20, max_size=120))
@settings(max_examples=30, deadline=None)
def test_blocks_that_come_late_or_together_only_ever_slip_by_whole_blocks(played: list[int]) -> None:
    """Numbered samples show where the reference is: in order, whole, never far behind."""
    reference, number, newest, slips = Reference(), 0, 0, 0
    for several in played:
        for _ in range(several):
            number += 1
            reference.put(np.full(BLOCK, number, np.float32))
        block, slipped = reference.next_block(0.0)
        slips += slipped
        (value,) = set(block.tolist())
        assert value == 0 or newest < value <= number
        newest = max(newest, int(value))
        assert number - newest <= (MOST + BLOCK) // BLOCK
    assert abs(number + slips - len(played)) <= MOST // BLOCK  # what was put, slipped and taken adds up


def test_a_slip_keeps_what_was_learnt() -> None:
    far = voice(6, 4)
    echo, canceller = echoed(far, delay=0.085), Canceller()
    blocks = [slice(at, at + BLOCK) for at in range(0, len(far) - BLOCK, BLOCK)]
    for part in blocks:
        canceller.step(far[part], echo[part])
    canceller.slip(1)  # from now on everything is given a block later
    known = np.zeros_like(echo)
    for before, part in pairwise(blocks):
        known[part] = canceller.step(far[before], echo[part])
    assert left(echo, known, 1, 2) < -15


def judged(judge: Judge, blocks: int, microphone: float, echo: float, rest: float) -> Judgement:
    """After so many blocks of these powers in dBFS."""
    powers = [10 ** (level / 10) for level in (microphone, echo, rest)]
    return [judge.judge(*powers) for _ in range(blocks)][-1]


def test_an_echo_is_taken_out_once_it_is_known_and_a_talker_is_heard_at_once() -> None:
    judge = Judge()
    assert judged(judge, 50, -30, -31, -33) == Judgement(0.0, False)  # not known yet
    known = judged(judge, 200, -30, -30, -50)
    assert known.share == pytest.approx(0.9)
    assert known.silent
    spoken = judged(judge, 1, -27, -30, -32)
    assert spoken.share == pytest.approx(0.9)
    assert not spoken.silent
    assert not judged(judge, STAYS - 1, -30, -30, -50).silent  # between two words
    assert judged(judge, 2, -30, -30, -50).silent


def test_an_echo_that_is_another_one_now_is_forgotten() -> None:
    judge = Judge()
    judged(judge, 250, -30, -30, -50)
    told = [judge.judge(1e-3, 1e-3, 2e-3) for _ in range(12)]
    assert [one.forget for one in told].count(True) == 1
    assert told[-1].share == 0
    assert not told[-1].silent


def test_the_gate_never_sends_less_than_the_noise_of_the_place_and_opens_at_once() -> None:
    gate, chance = Gate(), np.random.default_rng(1)
    noise = [chance.normal(0, 60, BLOCK).astype(np.int16) for _ in range(100)]
    for block in noise:
        assert np.array_equal(gate.pass_on(block, silent=False), block)
    lowered = [float(gate.pass_on((10 * block).astype(np.int16), silent=True).std()) for block in noise]
    assert 55 < lowered[-1] < 100
    loud = (10 * noise[0]).astype(np.int16)
    gate.pass_on(loud, silent=False)
    assert np.array_equal(gate.pass_on(loud, silent=False), loud)
