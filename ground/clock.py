"""Port: what time it is. Rules are given ``now``; only shells hold a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ground.logs import get_logger

#: Two clocks are not read in the same instant, and a clock is put right by less than that all the time.
_SAME = timedelta(milliseconds=50)

log = get_logger()


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        return datetime.now(UTC)


class SteadyClock:
    """The machine's clock as long as it goes on; set back, it goes on from where it was, as fast as time does.

    A queue's time never goes back, so with a clock that was set back every deadline would wait until it has caught up.
    """

    def __init__(self, wall: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._last, self._at = wall(), monotonic()
        #: how far the machine's clock is behind this one
        self.behind = timedelta()

    def now(self) -> datetime:
        """The present moment, aware, UTC; never before one it has told."""
        at = self._monotonic()
        steady, wall = self._last + timedelta(seconds=at - self._at), self._wall()
        if wall < steady - _SAME:
            if not self.behind:
                log.warning("clock.set_back", seconds=round((steady - wall).total_seconds(), 3))
            self.behind = steady - wall
            self._last, self._at = steady, at
        else:
            self.behind = timedelta()
            self._last, self._at = max(wall, self._last), at
        return self._last

    def begin_after(self, moment: datetime) -> None:
        """Something happened at this moment, so it is over: a log that goes on has no earlier one."""
        if moment > self.now():
            self._last = moment
