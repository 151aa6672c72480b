"""Adapter: one life of a process in the chaos run: its tasks, its disk, and the steps between which it may die."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from contextvars import ContextVar, copy_context
from typing import Any

from ground.disk import AppendFile
from ground.simulated_disk import PowerCut, SimulatedDisk
from payment.journal import NAME as JOURNAL

_LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


class Killed(BaseException):
    """kill -9, or the power went: nothing of this process happens any more."""


class Life:
    """From start to death. ``fate`` is asked at every step; it may call ``end`` and then says True."""

    def __init__(self, name: str, fate: Callable[[Life], bool]) -> None:
        self.name, self.fate = name, fate
        self.alive = True
        self._tasks: list[asyncio.Task[Any]] = []

    def step(self) -> None:
        """A point between two steps. Raises Killed when the process ends here, or has ended before."""
        if not self.alive or self.fate(self):
            raise Killed(self.name)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run inside this process."""
        context = copy_context()
        context.run(_LIFE.set, self)
        asyncio.get_running_loop().create_task(work, context=context)

    def call(self, what: Callable[..., Any], *arguments: Any) -> None:
        """Call inside this process; it may die of it."""
        context = copy_context()
        context.run(_LIFE.set, self)
        with contextlib.suppress(Killed):
            context.run(what, *arguments)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """A task that was made inside this process dies with it."""
        if len(self._tasks) > 64:
            self._tasks = [one for one in self._tasks if not one.done()]
        self._tasks.append(task)

    def end(self) -> None:
        """Dead: tasks stop where they are, and what they still do on their way out reaches nothing."""
        self.alive = False
        running = asyncio.current_task()
        for task in self._tasks:
            if task is not running:
                task.cancel()


def present_life() -> Life:
    """The process that runs now."""
    life = _LIFE.get()
    assert life is not None
    return life


def own_tasks(loop: asyncio.AbstractEventLoop, work: Any, context: Any = None) -> asyncio.Task[Any]:
    """A task factory: every task belongs to the process that made it."""
    task = asyncio.Task(work, loop=loop, context=context)
    life = context.get(_LIFE) if context is not None else _LIFE.get()
    if life is not None:
        life.adopt(task)
    return task


class MortalDisk:
    """A simulated disk as one life sees it: it may die before and after each operation, or by a planned power cut.

    ``skip_sync(data)`` says of what was appended last ("" for nothing) whether its sync is left out; ``appended`` is
    called with it between an append and its sync.
    """

    def __init__(
        self,
        disk: SimulatedDisk,
        life: Life,
        power_cut: Callable[[], None],
        skip_sync: Callable[[bytes], bool],
        appended: Callable[[bytes], None] = lambda data: None,
    ) -> None:
        self.appended = appended
        self._disk, self._life, self._power_cut, self._skip_sync = disk, life, power_cut, skip_sync

    def read(self, name: str) -> bytes | None:
        """Whole content."""
        return self._disk.read(name)

    def open_append(self, name: str) -> AppendFile:
        """Open for appending."""
        self._life.step()
        return _MortalFile(self, self._disk.open_append(name))

    def replace(self, name: str, data: bytes) -> None:
        """All or nothing; for the journal the sync of its opening, which may be the one that is left out."""
        if name == JOURNAL and self._skip_sync(b""):
            self.operate(lambda: self._keep_unsynced(name, data))
        else:
            self.operate(lambda: self._disk.replace(name, data))

    def _keep_unsynced(self, name: str, data: bytes) -> None:
        file = self._disk.files[name]
        file.durable = data[: len(file.durable)]
        file.pending = data[len(file.durable) :]

    def truncate(self, name: str, size: int) -> None:
        """Cut a torn tail off."""
        self.operate(lambda: self._disk.truncate(name, size))

    def operate(self, what: Callable[[], None]) -> None:
        """One operation between two steps."""
        self._life.step()
        try:
            what()
        except PowerCut:
            self._power_cut()
            raise Killed(self._life.name) from None
        self._life.step()

    def leaves_out(self, data: bytes) -> bool:
        """Whether this sync is the one that was taken away."""
        return self._skip_sync(data)


class _MortalFile:
    def __init__(self, disk: MortalDisk, file: AppendFile) -> None:
        self._disk, self._file = disk, file
        self._last = b""

    def append(self, data: bytes) -> None:
        self._last = data
        self._disk.operate(lambda: self._file.append(data))
        self._disk.appended(data)

    def sync(self) -> None:
        data, self._last = self._last, b""
        if not self._disk.leaves_out(data):
            self._disk.operate(self._file.sync)

    def close(self) -> None:
        self._file.close()
