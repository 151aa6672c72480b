"""media/repair.py: what is tried while nothing is heard, and when."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from media.repair import LOOK_AGAIN, SUSPECT, WAITS, Remedy, Repair

STEP = 0.25


def tried(seconds: float, *, played: bool = True, offerer: bool = True) -> list[tuple[float, Remedy]]:
    """What is done in a silence of so long, looked at each quarter of a second."""
    repair, done = Repair(), []
    for turn in range(round(seconds / STEP) + 1):
        quiet = turn * STEP
        repair, remedies = repair.look(quiet, 100.0 + quiet, played=played, offerer=offerer)
        done += [(quiet, remedy) for remedy in remedies]
    return done


def test_other_paths_are_looked_for_before_a_fresh_connection_is_begun() -> None:
    first = tried(2.0)
    assert first == [(1.0, Remedy.PATHS), (2.0, Remedy.PATHS), (2.0, Remedy.ANEW)]


def test_behind_a_relay_a_fresh_connection_is_not_waited_for_so_long() -> None:
    _, remedies = Repair().look(1.25, 101.25, played=True, offerer=True, relayed=True)
    assert Remedy.ANEW in remedies
    _, remedies = Repair().look(1.25, 101.25, played=False, offerer=True, relayed=True)
    assert Remedy.ANEW not in remedies


def test_a_short_pause_is_no_trouble() -> None:
    assert tried(SUSPECT - STEP) == []


def test_fresh_connections_become_rarer_and_never_end() -> None:
    begun = [at for at, remedy in tried(60.0) if remedy is Remedy.ANEW]
    rests = [later - earlier for earlier, later in pairwise(begun)]
    assert begun[0] == 2.0
    assert rests[:4] == list(WAITS)
    assert set(rests[4:]) == {WAITS[-1]}


def test_only_the_offerer_begins_anew_and_the_first_connection_is_given_longer() -> None:
    assert {remedy for _, remedy in tried(30.0, offerer=False)} == {Remedy.PATHS}
    assert tried(6.0, played=False) == [(6.0, Remedy.ANEW)]


def test_what_was_begun_for_another_reason_is_given_its_time() -> None:
    repair = Repair().begun_anew(100.0)
    _, remedies = repair.look(2.5, 102.5, played=True, offerer=True)
    assert remedies == (Remedy.PATHS,)
    _, remedies = repair.look(3.0, 103.0, played=True, offerer=True)
    assert Remedy.ANEW in remedies


@given(st.lists(st.floats(0.0, 30.0), min_size=1, max_size=60), st.booleans(), st.booleans())
def test_paths_are_looked_for_at_most_once_in_a_while_and_life_ends_all_trouble(
    silences: list[float], played: bool, offerer: bool
) -> None:
    repair, now, looked = Repair(), 100.0, float("-inf")
    for quiet in silences:
        now += STEP
        repair, remedies = repair.look(quiet, now, played=played, offerer=offerer)
        if quiet < SUSPECT:
            assert (repair, remedies) == (Repair(), ())
            looked = float("-inf")
        if Remedy.PATHS in remedies:
            assert now - looked >= LOOK_AGAIN
            looked = now
