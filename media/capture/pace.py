"""Adapter: an even beat by the monotonic clock, without drift."""

from __future__ import annotations

import time


class Pace:
    """``wait`` returns ``rate`` times a second; after a stall it goes on from now instead of catching up."""

    def __init__(self, rate: float) -> None:
        self._step = 1.0 / rate
        self._due = time.monotonic()

    def wait(self) -> None:
        """Block until the next beat."""
        self._due += self._step
        now = time.monotonic()
        if self._due < now - 5 * self._step:
            self._due = now
        elif self._due > now:
            time.sleep(self._due - now)
