"""Adapter: an asyncio loop whose clock jumps to the next timer, so that hours of waiting cost nothing.

No threads: what is handed to an executor is done at once, which keeps a run the same for the same seed.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.chaos.life import Killed, own_tasks

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class _Jumping(selectors.SelectSelector):
    """Waits by moving the time."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everybody waits and nobody will ever come")
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time begins at 0 and passes only when nobody has anything to do."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-6
        self.set_task_factory(own_tasks)
        self.set_exception_handler(_a_death_is_no_news)

    def time(self) -> float:
        """Seconds since the run began."""
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        """Done at once, in this thread."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:
            future.set_exception(error)
        return future


def _a_death_is_no_news(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), Killed):
        loop.default_exception_handler(context)


class WallClock:
    """The clock of one machine; ``ahead`` is what somebody set it wrong by."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop, self.ahead = loop, timedelta(0)

    def now(self) -> datetime:
        """The present moment, as this machine believes."""
        return START + timedelta(seconds=self._loop.time()) + self.ahead
