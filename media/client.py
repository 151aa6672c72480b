"""Port and adapter: the media engine as a window sees it: a child process that is told things and tells things.

Works in any asyncio loop that can start subprocesses, qasync's among them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import Protocol

from ground.json_lines import LIMIT, JsonLines, LineError
from media.errors import MediaError
from media.messages import EVENTS, Close, Command, EngineDied, Event, Opened
from media.ring import Ring

HUNG_AFTER = 6  # seconds an open engine, which tells its levels five times each, may be silent before it is killed
END_WITHIN = 4.0  # seconds an engine may take to end after being asked to


class Media(Protocol):
    """What a window needs of its engine; a test's window gets a plain class instead."""

    remote: Ring | None
    local: Ring | None

    def send(self, command: Command) -> None:
        """Say something; never waits."""
        ...

    async def close(self) -> None:
        """End the engine."""
        ...


class MediaProcess:
    """An engine process with its rings. Make it with ``start``."""

    def __init__(
        self, on_event: Callable[[Event], None], rings: Mapping[str, tuple[int, int]], program: str = "media.engine"
    ) -> None:
        self._on_event, self._program = on_event, program
        self._rings = {name: Ring.create(*size) for name, size in rings.items()}
        self.remote, self.local = self._rings.get("remote"), self._rings.get("local")
        self._process: asyncio.subprocess.Process | None = None
        self._lines: JsonLines[Event, Command] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ending = False
        self._quiet = 0  # seconds since the engine last said something

    @classmethod
    async def start(
        cls,
        on_event: Callable[[Event], None],
        rings: Mapping[str, tuple[int, int]] | None = None,
        program: str = "media.engine",
    ) -> MediaProcess:
        """Start an engine; ``on_event`` is called in this loop with every event, Ready first.

        ``rings`` gives the largest display size of ``remote`` and ``local`` pictures. ``program`` is the module that
        is run (a measurement runs the engine with its devices watched). Returns at once: commands sent before Ready
        are kept and done after it.
        """
        engine = cls(on_event, rings or {}, program)
        await engine._launch()
        return engine

    @property
    def pid(self) -> int | None:
        """Process id of the running engine, None when it has died."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and running else None

    def send(self, command: Command) -> None:
        """Say something to the engine; never waits. Ignored when it has died: EngineDied was told."""
        if self._lines is not None and self.pid is not None:
            self._lines.send(command)

    async def restart(self) -> None:
        """Start a fresh engine with the same rings, after EngineDied or to get rid of a hung one."""
        await self._end(kill=True)
        await self._launch()

    async def close(self) -> None:
        """End the engine and let go of the rings; EngineDied is not told."""
        self.send(Close())
        await self._end(kill=False)
        for ring in self._rings.values():
            ring.close()

    async def _launch(self) -> None:
        self._ending = False
        arguments = [sys.executable, "-m", self._program]
        if getattr(sys, "frozen", False):  # a packed program has no -m; its entry point knows this word
            arguments = [sys.executable, "media-engine"]
        for name, ring in self._rings.items():
            arguments += ["--ring", f"{name}={ring.address}"]
        self._process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[ring.fd for ring in self._rings.values() if ring.fd >= 0],
            limit=LIMIT,
            # glibc would keep an arena per thread: 330 MiB after some calls instead of 240
            env={"MALLOC_ARENA_MAX": "2", **os.environ},
        )
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        self._lines = JsonLines(self._process.stdout, self._process.stdin, EVENTS)
        self._reading = asyncio.create_task(self._read(self._process, self._lines), name="media engine")

    async def _read(self, process: asyncio.subprocess.Process, lines: JsonLines[Event, Command]) -> None:
        watch: asyncio.Task[None] | None = None
        try:
            async for event in lines.messages():
                self._quiet = 0
                self._tell(event)
                if isinstance(event, Opened) and watch is None:
                    watch = asyncio.create_task(self._watch(process), name="media engine watch")
        except LineError:
            process.kill()  # not our engine any more; what it says next cannot be understood either
        exit_code = await process.wait()
        if watch is not None:
            watch.cancel()
        if not self._ending:
            self._tell(EngineDied(exit_code=exit_code))

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Kill an engine that hangs. Turns of this loop are counted, not time: the window itself may have hung."""
        while self._quiet < HUNG_AFTER:
            await asyncio.sleep(1.0)
            self._quiet += 1
        with contextlib.suppress(ProcessLookupError):
            process.kill()

    def _tell(self, event: Event) -> None:
        """A window's error in its handler is the window's to show; the engine must still be heard after it."""
        try:
            self._on_event(event)
        except Exception as error:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"on_event failed for {event.type}", "exception": error}
            )

    async def _end(self, *, kill: bool) -> None:
        self._ending = True
        process, reading = self._process, self._reading
        if process is None or reading is None:
            return
        if kill and process.returncode is None:
            process.kill()
        if self._lines is not None:
            self._lines.close()
        try:
            await asyncio.wait_for(asyncio.shield(reading), END_WITHIN)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await reading


__all__ = ["Media", "MediaError", "MediaProcess"]
