"""A terminal's day: closed once, at night, never while somebody is at the kiosk; its totals reach the server."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from payment.day_end import day_to_close

AT = time(3, 30)
MONDAY = date(2026, 11, 23)


def when(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - the place's own time


@pytest.mark.parametrize(
    ("now", "closed", "quiet", "wanted"),
    [
        (when(MONDAY, 3, 29), MONDAY - timedelta(days=1), True, None),
        (when(MONDAY, 3, 30), MONDAY - timedelta(days=1), True, MONDAY),
        (when(MONDAY, 3, 30), MONDAY - timedelta(days=1), False, None),
        (when(MONDAY, 3, 31), MONDAY, True, None),
        (when(MONDAY, 11), MONDAY - timedelta(days=1), True, MONDAY),
        (when(MONDAY, 2), MONDAY - timedelta(days=4), True, MONDAY - timedelta(days=1)),
        (when(MONDAY, 4), None, True, None),
        (when(MONDAY, 2), MONDAY, True, None),  # installed just now
        (when(MONDAY, 11), MONDAY + timedelta(days=400), True, MONDAY),  # by a clock that ran ahead
    ],
)
def test_the_day_is_closed_once_at_its_hour_in_a_quiet_moment(
    now: datetime, closed: date | None, quiet: bool, wanted: date | None
) -> None:
    assert day_to_close(now, AT, closed, quiet=quiet) == wanted


def test_a_day_that_was_closed_is_not_due_again_before_the_next() -> None:
    now, closed, times = when(MONDAY, 0), MONDAY - timedelta(days=1), []
    for _ in range(3 * 24 * 6):
        due = day_to_close(now, AT, closed, quiet=now.hour >= 9 or now.hour < 5)
        if due is not None:
            closed = due
            times.append((now.date(), now.hour, now.minute))
        now += timedelta(minutes=10)
    assert times == [(MONDAY + timedelta(days=n), 3, 30) for n in range(3)]
