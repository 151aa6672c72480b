"""A clock that never goes back, whatever is done to the machine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ground.clock import SteadyClock, SystemClock

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Machine:
    """Its clock, and the time that really goes by."""

    def __init__(self) -> None:
        self.wall, self.went_by = BEGIN, 0.0
        self.clock = SteadyClock(lambda: self.wall, lambda: self.went_by)

    def passes(self, seconds: float) -> datetime:
        self.wall += timedelta(seconds=seconds)
        self.went_by += seconds
        return self.clock.now()


def test_it_is_the_machines_clock_as_long_as_that_goes_on() -> None:
    machine = Machine()
    assert machine.passes(5) == machine.wall
    machine.wall += timedelta(hours=1)  # put right, or woken up
    assert machine.clock.now() == machine.wall
    assert abs(SteadyClock(SystemClock().now).now() - SystemClock().now()) < timedelta(seconds=5)


def test_set_back_it_goes_on_as_fast_as_time_does_until_the_machines_has_caught_up() -> None:
    machine = Machine()
    before = machine.clock.now()
    machine.wall -= timedelta(minutes=10)
    assert [machine.passes(3) - before for _ in range(3)] == [timedelta(seconds=s) for s in (3, 6, 9)]
    assert machine.clock.behind == timedelta(minutes=10)
    machine.wall += timedelta(minutes=11)
    assert (machine.clock.now(), machine.clock.behind) == (machine.wall, timedelta())


def test_put_right_by_a_hair_it_stands_for_as_long() -> None:
    machine = Machine()
    before = machine.passes(1)
    machine.wall -= timedelta(milliseconds=20)
    assert machine.passes(0.005) == before
    assert machine.passes(0.02) > before


def test_it_begins_where_a_log_ended_though_the_machines_clock_was_ahead_then() -> None:
    machine = Machine()
    machine.clock.begin_after(BEGIN - timedelta(days=1))
    assert machine.clock.now() == BEGIN
    machine.clock.begin_after(BEGIN + timedelta(days=2))
    assert machine.passes(3) == BEGIN + timedelta(days=2, seconds=3)
