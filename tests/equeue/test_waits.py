"""Wait bands against known values and against chance."""

import random

import pytest

from equeue import events
from equeue.waits import HandlingTime, gamma_quantile, gamma_share, wait_band
from tests.equeue.playbook import Play


@pytest.mark.parametrize(
    ("shape", "x", "expected"),
    # Chi-square tables (Abramowitz & Stegun 26.8): P(Gamma(k, 1) <= x) with 2k degrees of freedom at 2x.
    [(1, 2.302585093, 0.9), (0.5, 1.920729410, 0.95), (5, 7.993589617, 0.9), (10, 9.668714614, 0.5)],
)
def test_the_incomplete_gamma_function_agrees_with_tables(shape: float, x: float, expected: float) -> None:
    assert gamma_share(shape, x) == pytest.approx(expected, abs=1e-8)
    assert gamma_quantile(expected, shape) == pytest.approx(x, rel=1e-7)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_far_down_the_line_the_short_formula_agrees_with_the_long_one(share: float) -> None:
    for shape in (200.5, 1000, 9000):
        assert gamma_share(shape, gamma_quantile(share, shape)) == pytest.approx(share, abs=1e-4)


def test_the_band_with_nobody_ahead_is_one_departure_of_any_operator() -> None:
    band = wait_band(0, 10, 300)
    assert band.p50_seconds == pytest.approx(30 * 0.693147, rel=1e-5)
    assert band.p90_seconds == pytest.approx(30 * 2.302585, rel=1e-5)


def test_the_band_covers_what_it_promises() -> None:
    """features.md 5: P90 covers 90 +/- 2 %."""
    chance = random.Random(3)
    for ahead, operators, mean, patience in ((4, 3, 300.0, 0.0), (12, 5, 240.0, 600.0)):
        band = wait_band(ahead, operators, mean, 1 / patience if patience else 0)
        waits = [
            sum(chance.expovariate(operators / mean + (i / patience if patience else 0)) for i in range(ahead + 1))
            for _ in range(6000)
        ]
        assert sum(one <= band.p50_seconds for one in waits) / 6000 == pytest.approx(0.5, abs=0.02)
        assert sum(one <= band.p90_seconds for one in waits) / 6000 == pytest.approx(0.9, abs=0.02)


def test_a_long_line_has_a_band_too() -> None:
    band = wait_band(10_000, 1000, 300)
    assert band.p50_seconds == pytest.approx(3000, rel=0.001)
    assert band.p50_seconds < band.p90_seconds < 3060


def test_the_mean_moves_from_the_guess_to_what_is_measured() -> None:
    handling = HandlingTime(300, 20)
    handling.measured(300)
    assert handling.mean_s == 300
    for _ in range(2000):
        handling.measured(120)
    assert handling.mean_s == pytest.approx(120, rel=0.01)


def test_contacts_are_measured_from_accepting_to_the_end_of_wrap_up() -> None:
    play = Play(handling_prior_s=300, handling_prior_weight=1, wrapup_s=60)
    play.desk("olga")
    play.take("t1")
    play.take("t2")
    before = play.queue.wait_band("t2")
    play.accept("t1", "olga")
    play.wait(40)
    play.do(events.SessionEnded("t1", "customer"))
    play.wait(60)
    play.take("t3")
    after = play.queue.wait_band("t3")
    assert before is not None
    assert after is not None
    assert after.p50_seconds / before.p50_seconds == pytest.approx(200 / 300)
