"""Adapter: the one writer. Everything queued becomes one transaction, and is told only when it is durable.

Changes come out in the order they went in, whether they had something to write or not, so that what a client is
told has the order in which it happened. While one transaction is written the one before is told, a few changes at a
time, so that neither the medium nor the clients wait for the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ground.logs import get_logger
from signaling.server.event_log import Change, EventLog, LogBroken

log = get_logger()

#: Told before others get their turn in the loop.
_AT_ONCE = 96
#: Changes written between two tidyings of the log, so that no commit has to wait for one.
_TIDY_AFTER = 4_000
#: Without anything to write it is looked so often whether it could be.
_LOOK_S = 5.0

_Waiting = tuple[Change, asyncio.Future[None]]


class CommitLine:
    """Group commit in front of an EventLog. ``deliver`` is called for each durable change, in order."""

    def __init__(
        self,
        log: EventLog,
        deliver: Callable[[Change], None],
        broken: Callable[[LogBroken], None],
        measured: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._log, self._deliver, self._broken, self._measured = log, deliver, broken, measured
        self._queued: list[_Waiting] = []
        self._durable: deque[_Waiting] = deque()
        self._something, self._to_tell = asyncio.Event(), asyncio.Event()
        #: of its own: whoever fills the threads that all share, what is durable waits for nobody
        self._thread = ThreadPoolExecutor(1, "log")
        self._untidy = 0
        #: when the transaction began that is being written
        self._since: float | None = None
        self._tidying: asyncio.Task[None] | None = None
        #: submitted and not told yet
        self._open = 0
        self._empty = asyncio.Event()
        self._empty.set()

    def submit(self, change: Change) -> asyncio.Future[None]:
        """Queue a change; the future is done when it is durable and told. Waiting for it is optional."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._queued:
            self._something.set()
            self._empty.clear()
        self._queued.append((change, done))
        self._open += 1
        return done

    async def run(self) -> None:
        """Write for ever; ends (after calling ``broken``) when the log cannot be written."""
        telling = asyncio.create_task(self._tell())
        try:
            while True:
                written = await self._called()
                self._something.clear()
                batch, self._queued = self._queued, []
                try:
                    if not written:
                        await asyncio.get_running_loop().run_in_executor(self._thread, self._log.alive)
                    await self._write([change for change, _ in batch if change.lasting])
                except LogBroken as error:
                    self._end(batch, error)
                    return
                self._durable += batch
                self._to_tell.set()
        finally:
            telling.cancel()
            self._thread.shutdown(wait=False)
            if self._tidying is not None:
                self._tidying.cancel()

    async def _called(self) -> bool:
        """Wait for something to write; False when there was nothing for long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_S):
                await self._something.wait()
        return self._something.is_set()

    async def _write(self, changes: list[Change]) -> None:
        if not changes:
            return
        self._since = begun = time.perf_counter()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._log.ready(changes))
        self._since = None
        self._measured(time.perf_counter() - begun)
        self._untidy += len(changes)
        if self._untidy >= _TIDY_AFTER and self._tidying is None:
            self._untidy, self._tidying = 0, asyncio.create_task(self._tidy())

    async def _tidy(self) -> None:
        try:
            await asyncio.to_thread(self._log.tidy)
        except Exception as error:  # the next one makes up for it
            log.warning("log.untidy", error=error)
        self._tidying = None

    async def _tell(self) -> None:
        while True:
            await self._to_tell.wait()
            for _ in range(min(_AT_ONCE, len(self._durable))):
                self._tell_next()
            if not self._durable:
                self._to_tell.clear()
            if not self._open:
                self._empty.set()
            await asyncio.sleep(0)

    def _tell_next(self) -> None:
        change, done = self._durable.popleft()
        try:
            self._deliver(change)
        except Exception as error:  # a mistake in telling one client must not silence the server
            log.error("deliver.broken", error=error)
        if not done.done():
            done.set_result(None)
        self._open -= 1

    def _end(self, batch: list[_Waiting], error: LogBroken) -> None:
        while self._durable:
            self._tell_next()
        for _, done in (*batch, *self._queued):
            if not done.done():
                done.set_exception(error)
                done.exception()  # looked at, should nobody wait for it
        self._broken(error)

    @property
    def waits_s(self) -> float:
        """How long the medium has been taking for what is being written; 0: nothing is."""
        return 0.0 if self._since is None else time.perf_counter() - self._since

    async def emptied(self) -> None:
        """Wait until everything submitted is durable and told."""
        await self._empty.wait()
