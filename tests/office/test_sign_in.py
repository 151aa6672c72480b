"""office.sign_in: how often a name may be tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from office import sign_in
from office.sign_in import FREE_FAILURES, LONGEST_PAUSE, SignInGuard, pause_after

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def test_a_few_slips_cost_nothing_and_then_the_pause_doubles() -> None:
    guard = SignInGuard()
    pauses = [guard.failed("irina", NOW).total_seconds() for _ in range(8)]
    assert pauses == [0, 0, 0, 0, 2, 4, 8, 16]
    assert guard.wait("irina", NOW + timedelta(seconds=6)) == timedelta(seconds=10)
    assert guard.wait("irina", NOW + timedelta(seconds=16)) == timedelta()


def test_a_name_in_other_letters_is_the_same_name_and_another_name_waits_for_nothing() -> None:
    guard = SignInGuard()
    for _ in range(6):
        guard.failed(" Irina", NOW)
    assert guard.wait("IRINA ", NOW) > timedelta()
    assert guard.wait("olga", NOW) == timedelta()


def test_the_right_password_or_an_hour_forgets() -> None:
    guard = SignInGuard()
    for _ in range(6):
        guard.failed("irina", NOW)
    assert guard.failed("irina", NOW + timedelta(hours=1, seconds=1)) == timedelta()
    for _ in range(6):
        guard.failed("irina", NOW)
    guard.succeeded("Irina")
    assert guard.wait("irina", NOW) == timedelta()


@given(st.integers(0, 5000))
def test_a_pause_never_shrinks_with_failures_and_never_passes_the_longest(failures: int) -> None:
    assert timedelta() <= pause_after(failures) <= pause_after(failures + 1) <= LONGEST_PAUSE
    assert (pause_after(failures) == timedelta()) == (failures <= FREE_FAILURES)


def test_made_up_names_do_not_fill_the_memory_and_the_oldest_goes_first() -> None:
    guard = SignInGuard()
    for _ in range(6):
        guard.failed("oldest", NOW)
        guard.failed("tried again", NOW)
    for number in range(sign_in.MOST_NAMES - 1):
        guard.failed(f"name {number}", NOW)
    assert guard.wait("oldest", NOW) == timedelta()
    assert guard.wait("tried again", NOW) > timedelta()
