"""Adapter: the time of a visit: the machine's clock at its beginning, and from there on as evenly as time goes.

A machine's clock is put right while people stand before it. Were that the visit's time, they would be gone without a
warning when it jumps ahead, and what is theirs would stay on the screen when it is set back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from ground.clock import Clock


class VisitClock:
    """``begin`` takes the time from ``wall``; ``monotonic`` gives seconds that nothing puts right."""

    def __init__(self, wall: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._monotonic = wall, monotonic
        self.begin()

    def begin(self) -> None:
        """A visit begins, or may begin: the machine's clock is the best that is known."""
        self._began, self._at = self._wall.now(), self._monotonic()

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        return self._began + timedelta(seconds=self._monotonic() - self._at)
