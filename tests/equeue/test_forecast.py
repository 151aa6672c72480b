"""What a customer is told on coming, held against what the same dispatcher then does (features.md 5).

A band promises that half wait less than its first figure and nine in ten less than its second.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from equeue import events
from equeue.waits import WaitBand
from tests.equeue.by_chance import FloorByChance, Stream
from tests.equeue.playbook import Play

SLOPES = {"walk_in": 1.0, "booked": 1.5, "repeat_callback": 2.0, "special_need": 3.0}
ALL_KINDS = [Stream("walk_in", 1.2), Stream("booked", 0.3), Stream("repeat_callback", 0.1), Stream("special_need", 0.2)]


def kept(promised: list[tuple[WaitBand, float]]) -> tuple[float, float]:
    """Of those who were told: the shares that waited no longer than each of the two figures. The first hour is left."""
    told = promised[100:]
    halves = sum(waited <= band.p50_seconds for band, waited in told) / len(told)
    return halves, sum(waited <= band.p90_seconds for band, waited in told) / len(told)


def promises(floor: FloorByChance, streams: list[Stream], customers: int = 9_000) -> dict[str, tuple[float, float]]:
    floor.asking = True
    return {priority: kept(told) for priority, told in floor.by_streams(streams, customers).promised.items()}


def test_one_kind_of_customer_is_told_the_truth() -> None:
    half, most = promises(FloorByChance(10, 5, 1), [Stream("walk_in", 1.8)])["walk_in"]
    assert half == pytest.approx(0.5, abs=0.08)
    assert most == pytest.approx(0.9, abs=0.03)


def test_who_will_be_overtaken_is_told_so_before() -> None:
    """Of walk-ins 78 in 100 were called within the second figure, not 90: others came later and went before them."""
    found = promises(FloorByChance(10, 5, 2, **SLOPES), ALL_KINDS, 12_000)
    assert found["walk_in"][0] == pytest.approx(0.5, abs=0.1)
    assert found["walk_in"][1] == pytest.approx(0.9, abs=0.03)
    assert all(0.87 < most < 0.98 for _, most in found.values())


def test_who_gives_up_is_not_waited_for() -> None:
    """Nobody set how patient people are: it is seen."""
    half, most = promises(FloorByChance(10, 5, 3), [Stream("walk_in", 2.4, 10)])["walk_in"]
    assert half == pytest.approx(0.5, abs=0.12)
    assert most == pytest.approx(0.9, abs=0.05)


def test_desks_of_different_skills_are_not_too_hopeful() -> None:
    desks = [*[("heat",)] * 3, *[("power",)] * 3, *[("heat", "power", "consultation")] * 3, ("*",)]
    floor = FloorByChance(desks, 5, 4, **SLOPES)
    floor.services = ("heat", "power", "power", "consultation")
    found = promises(floor, ALL_KINDS)
    assert found["walk_in"][0] == pytest.approx(0.6, abs=0.15)
    assert all(most > 0.87 for _, most in found.values())


def test_a_desk_of_ones_own_kind_is_seen_behind_a_line_for_others() -> None:
    """Twenty wait for one desk that serves all; somebody else's desk serves nobody of them, and whoever comes first."""
    play = Play(wrapup_s=0)
    play.desk("all", "heat", "power")
    play.desk("power", "power")
    for name, service in (("h0", "heat"), ("p0", "power")):
        play.take(name, service)
        play.accept(name, play.queue.ticket(name).operator_id or "")
    for number in range(1, 21):
        play.take(f"h{number}", "heat")
    play.take("p1", "power")
    mine, theirs = play.queue.wait_band("p1"), play.queue.wait_band("h20")
    assert mine is not None
    assert theirs is not None
    assert mine.p50_seconds < 300 < 5_000 < theirs.p50_seconds


def test_who_checked_in_hours_before_the_slot_or_rests_before_a_call_has_not_waited_less_than_nothing() -> None:
    play = Play(patience_s=600, wrapup_s=0, edition=2)
    play.desk("olga")
    play.take("home")
    play.accept("home", "olga")
    play.do(events.TicketParked("home"))
    play.do(events.CallBackWished("home", (play.now + timedelta(hours=7)).isoformat()))
    slot = (play.now + timedelta(hours=7, minutes=5)).isoformat()
    play.do(events.TicketBooked("early", "consultation", "booked", "ru", "north", slot))
    play.wait(3.5 * 3600)
    play.do(events.BookedCheckedIn("early", "kiosk"))
    for number in range(4):
        play.take(f"t{number}")
    play.accept("t0", "olga")
    assert_grows([play.queue.wait_band(f"t{number}") for number in range(1, 4)])
    play.wait(3.5 * 3600)  # the call is due, hours after the person was talked with
    play.take("last")
    assert_grows([play.queue.wait_band("last")])


def assert_grows(bands: list[WaitBand | None]) -> None:
    """Each is longer than the one before, and more than nothing."""
    seconds = [0.0, *(band.p50_seconds for band in bands if band is not None)]
    assert len(seconds) == len(bands) + 1
    assert seconds == sorted(set(seconds))
