"""The whole dispatcher, driven by chance, against what queueing theory knows (features.md 6).

The figures on the other side come from closed formulas and published tables, not from any code of ours. What a test of
means allows is about three times the spread of a run as long as its own; two tests are exact.
"""

from __future__ import annotations

from datetime import timedelta
from heapq import heappop, heappush
from math import comb, factorial

import pytest

from tests.equeue.by_chance import FloorByChance, Stream
from tests.equeue.playbook import MORNING


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_every_single_wait_is_what_one_line_for_all_desks_makes_it() -> None:
    """The recursion of Kiefer and Wolfowitz, customer by customer, to the microsecond.

    Who comes takes the desk that is free first; the talks are drawn as they begin, so both draw the same.
    """
    floor = FloorByChance(14, 3, 4)
    coming = [MORNING]
    for _ in range(5_000):
        coming.append(coming[-1] + floor.minutes(0.3))
    floor.by_the_clock(coming[1:])
    chance, free, expected = FloorByChance(14, 3, 4), [MORNING] * 14, list[float]()
    for _ in range(5_000):
        chance.minutes(0.3)
    for at in coming[1:]:
        begins = max(at, heappop(free))
        expected.append((begins - at).total_seconds())
        heappush(free, begins + chance.minutes(3))
    assert floor.waited["walk_in"] == expected
    assert sum(wait > 60 for wait in expected) > 100


def test_who_loses_patience_agrees_with_erlang_a() -> None:
    """100 in 30 minutes, talks of 180 s, a patience of 5 minutes, 14 desks.

    1.398 % leave, 91.68 % of all are served within 20 s.
    """
    floor = FloorByChance(14, 3, 6).by_streams([Stream("walk_in", 100 / 30, 5)], 25_000)
    served, left = floor.waited["walk_in"], floor.left["walk_in"]
    assert len(served) + left == 25_000
    assert left / 25_000 == pytest.approx(0.01398, rel=0.25)
    assert sum(wait <= 20 for wait in served) / 25_000 == pytest.approx(0.9168, abs=0.015)


def test_an_overloaded_floor_stands_by_those_who_leave() -> None:
    """Erlang A, 110 come while 100 desks serve 100, patience of one talk: 9.919 % leave."""
    floor = FloorByChance(100, 1, 7).by_streams([Stream("walk_in", 110, 1)], 15_000)
    assert floor.left["walk_in"] / 15_000 == pytest.approx(0.09919, rel=0.15)


def test_two_slopes_at_ten_desks_agree_with_kleinrock() -> None:
    """3 and 6 a talk, slopes 3 : 1 at ten desks: 0.3344 and 0.8359 mean talks; how one is to the other."""
    streams = [Stream("fast", 3), Stream("slow", 6)]
    waited = FloorByChance(10, 1, 8, fast=3.0, slow=1.0).by_streams(streams, 30_000).waited
    assert mean(waited["fast"]) / mean(waited["slow"]) == pytest.approx(0.3344 / 0.8359, rel=0.1)


def test_who_is_called_first_does_not_change_how_long_all_wait_together() -> None:
    """The conservation law, to the microsecond: desks never idle, so the order only deals out the same waiting.

    Talks are drawn as they begin, in the same order in both runs; only who begins differs.
    """
    streams = [Stream("fast", 4), Stream("slow", 5)]
    even = FloorByChance(10, 1, 9, fast=1.0, slow=1.0).by_streams(streams, 8_000).waited
    steep = FloorByChance(10, 1, 9, fast=9.0, slow=1.0).by_streams(streams, 8_000).waited
    assert mean(steep["fast"]) < 0.6 * mean(even["fast"])
    assert sum(map(sum, steep.values())) == pytest.approx(sum(map(sum, even.values())), abs=1e-3)


def test_ninety_three_kiosks_agree_with_finitely_many_sources() -> None:
    """93 kiosks, each free for 20 minutes and then with a customer whose talk is 5: 18 desks (M/M/c//K)."""
    kiosks, desks, load = 93, 18, 5 / 20
    weights = [
        comb(kiosks, n) * load**n * (1 if n <= desks else factorial(n) / (factorial(desks) * desks ** (n - desks)))
        for n in range(kiosks + 1)
    ]
    in_line = sum(max(n - desks, 0) * weight for n, weight in enumerate(weights))
    stepping_up = sum((kiosks - n) * weight for n, weight in enumerate(weights)) / 20
    hours = 100
    waited = FloorByChance(desks, 5, 10).by_kiosks(kiosks, 20, MORNING + timedelta(hours=hours)).waited["walk_in"]
    assert mean(waited) / 60 == pytest.approx(in_line / stepping_up, rel=0.25)  # Little's law
    assert len(waited) / hours / 60 == pytest.approx(stepping_up / sum(weights), rel=0.025)
