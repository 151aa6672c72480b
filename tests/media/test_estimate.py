"""media/estimate.py: the word for a connection, and the figures of a whole call."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.estimate import BETTER_AFTER, WORDS, WORSE_AFTER, Estimate, Tally, of_second
from media.messages import Quality

FINE: dict[str, Any] = {
    "session_id": "s",
    "fps_in": 30.0,
    "fps_out": 30.0,
    "loss": 0.0,
    "rtt_ms": 40.0,
    "jitter_ms": 3.0,
    "kbps_in": 900.0,
    "kbps_out": 800.0,
    "decoded": 50,
    "concealed": 0,
    "frames_dropped": 0,
}


def second(**figures: Any) -> Quality:
    return Quality(**(FINE | figures))


@pytest.mark.parametrize(
    ("figures", "word"),
    [
        ({}, "good"),
        ({"loss": 0.03, "concealed": 1}, "good"),  # 3 % lost and nearly all of it repaired is not heard
        ({"decoded": 47, "concealed": 3}, "weak"),
        ({"decoded": 40, "concealed": 10}, "bad"),
        ({"decoded": 30, "fec": 20}, "good"),
        ({"loss": 0.1}, "weak"),
        ({"rtt_ms": 500.0}, "weak"),
        ({"rtt_ms": 1200.0}, "bad"),
        ({"frozen_s": 0.4, "freezes": 1}, "weak"),
        ({"frozen_s": 1.0}, "bad"),
        ({"fps_in": 5.0}, "good"),  # a still, or a document, is no trouble
        ({"rtt_ms": None, "decoded": 0, "silence": 50}, "good"),
    ],
)
def test_a_second_is_judged_by_what_a_person_notices(figures: dict[str, Any], word: str) -> None:
    assert of_second(second(**figures)) == word


def test_the_word_is_slow_to_change_and_goes_one_step_at_a_time() -> None:
    estimate, words = Estimate(), []
    for figures in [second(loss=0.5)] * 7 + [second()] * 17:
        estimate = estimate.after(figures)
        words.append(estimate.word)
    assert (WORSE_AFTER, BETTER_AFTER) == (3, 8)
    assert words == ["good"] * 2 + ["weak"] * 3 + ["bad"] * 9 + ["weak"] * 8 + ["good"] * 2


@given(st.lists(st.sampled_from([0.0, 0.1, 0.5]), max_size=120))
def test_it_never_changes_twice_within_its_patience(losses: list[float]) -> None:
    estimate, since = Estimate(), WORSE_AFTER
    for loss in losses:
        before, estimate = estimate, estimate.after(second(loss=loss))
        since += 1
        if estimate.word != before.word:
            assert since >= WORSE_AFTER
            assert abs(WORDS.index(estimate.word) - WORDS.index(before.word)) == 1
            since = 0


def test_a_call_is_summed_up_in_totals_and_means() -> None:
    tally = Tally()
    for figures in (
        second(concealed=2, freezes=1, frozen_s=0.25, cpu=0.4, limit="link"),
        second(rtt_ms=None, fec=3, loss=0.02),
        second(rtt_ms=80.0, silence=40, decoded=10, cpu=0.2),
    ):
        tally = tally.after(figures)
    told = tally.broken().figures()
    assert told["seconds"] == 3
    assert (told["decoded"], told["fec"], told["concealed"], told["silence"]) == (110, 3, 2, 40)
    assert (told["rtt_ms"], told["rtt_most_ms"]) == (60.0, 80.0)
    assert (told["freezes"], told["frozen_s"], told["breaks"], told["link_limited_s"]) == (1, 0.25, 1, 1)
    assert told["loss"] == 0.0067
    assert told["cpu"] == 0.2
    assert told["now"] == 0


def test_no_second_at_all_gives_figures_too() -> None:
    assert Tally().figures()["seconds"] == 0
