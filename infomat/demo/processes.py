"""Adapter: starts processes, waits until each says it is ready, and ends every one of them."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ground.errors import InfomatError

_PR_SET_PDEATHSIG = 1


class StartFailed(InfomatError):
    """A process ended, or was not ready in time; the text says which and where its log is."""

    code = "demo.start"


def _die_with_parent() -> None:
    """In the child: be ended when the starter is, even by ``kill -9``."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Running:
    """A started process and what it said when it was ready."""

    name: str
    process: asyncio.subprocess.Process
    log: Path
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.returncode is None


class Processes:
    """The processes of one run, ended in the reverse order of their start."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._running: list[Running] = []
        self._readers: set[asyncio.Task[None]] = set()
        logs.mkdir(parents=True, exist_ok=True)

    @property
    def running(self) -> tuple[Running, ...]:
        """Those that live now."""
        return tuple(r for r in self._running if r.alive)

    async def start(
        self,
        name: str,
        *command: str,
        ready: str | None = "ready",
        seconds: float = 60,
        environment: Mapping[str, str] | None = None,
        stdin: bool = False,
    ) -> Running:
        """Start ``command``; wait for a line ``<ready> {json}`` on its standard output. Raises StartFailed."""
        log = self.logs / f"{name}.log"
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        running = Running(name, process, log)
        self._running.append(running)
        if ready is not None:
            try:
                running.said = await asyncio.wait_for(self._wait_ready(running, ready), seconds)
            except TimeoutError:
                raise StartFailed(f"{name} was not ready within {seconds:.0f} s; its log is {log}") from None
        self._keep_reading(running)
        return running

    def adopt(self, name: str, process: asyncio.subprocess.Process) -> Running:
        """Take care of a process that somebody else started (in a session of its own)."""
        running = Running(name, process, self.logs / f"{name}.log")
        self._running.append(running)
        return running

    async def _wait_ready(self, running: Running, word: str) -> dict[str, Any]:
        assert running.process.stdout is not None
        while line := await running.process.stdout.readline():
            text = line.decode(errors="replace").strip()
            if text == word or text.startswith(f"{word} "):
                rest = text.removeprefix(word).strip()
                said: dict[str, Any] = json.loads(rest) if rest else {}
                return said
        await running.process.wait()
        tail = running.log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise StartFailed(f"{running.name} ended by itself: {tail[0][:300]} (log: {running.log})")

    def _keep_reading(self, running: Running) -> None:
        async def drain() -> None:
            assert running.process.stdout is not None
            with running.log.open("ab") as log:
                while chunk := await running.process.stdout.read(65536):
                    log.write(chunk)

        task = asyncio.create_task(drain())
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)

    async def stop(self, running: Running, seconds: float = 5) -> None:
        """End one process and its children politely, then not."""
        if running.alive:
            _signal_group(running.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(running.process.wait(), seconds)
            except TimeoutError:
                _signal_group(running.pid, signal.SIGKILL)
                await running.process.wait()
        _signal_group(running.pid, signal.SIGKILL)  # children that outlived their parent
        if running in self._running:
            self._running.remove(running)

    async def stop_all(self) -> None:
        """End everything, last started first."""
        for running in reversed(list(self._running)):
            await self.stop(running)
        if self._readers:
            await asyncio.gather(*self._readers, return_exceptions=True)


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def python(module: str, *args: str) -> Sequence[str]:
    """The command that runs one of our modules with this very Python."""
    return (sys.executable, "-m", module, *args)
