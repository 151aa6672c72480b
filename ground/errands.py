"""Adapter: work sent off in the running loop: kept until it is done, its failure logged, ended with its owner."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ground.errors import InfomatError
from ground.logs import get_logger

log = get_logger()


class Errands:
    """The tasks of one owner. asyncio itself keeps only a weak hold on a task, and its failure would go unseen."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._tasks: set[asyncio.Task[Any]] = set()

    def send(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin ``work`` now; nobody waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def end(self) -> None:
        """Cancel what is still under way and wait until it has stopped."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            code = error.code if isinstance(error, InfomatError) else ""
            log.error(self._owner, error=type(error).__name__, reason=str(error), code=code)
