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
from media.messages import EVENTS, Close, Command, EngineDied, Event, Join, Opened
from media.ring import Ring

HUNG_AFTER = 6  # seconds an open engine, which tells its levels five times each, may be silent before it is killed
END_WITHIN = 4.0  # seconds an engine may take to end after being asked to
SPARE_AFTER = 3.0  # seconds after a Join, or after the last spare was used, until another engine is loaded
CRASH_LOOP, CRASH_PAUSE = 2.0, 1.0  # an engine that dies within so many seconds is not replaced at once


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
        self,
        on_event: Callable[[Event], None],
        rings: Mapping[str, tuple[int, int]],
        program: str = "media.engine",
        *,
        spare: bool = False,
    ) -> None:
        self._on_event, self._program, self._wants_spare = on_event, program, spare
        self._rings = {name: Ring.create(*size) for name, size in rings.items()}
        self.remote, self.local = self._rings.get("remote"), self._rings.get("local")
        self._engine: _Engine | None = None
        self._spare: _Engine | None = None
        self._making_spare: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        on_event: Callable[[Event], None],
        rings: Mapping[str, tuple[int, int]] | None = None,
        program: str = "media.engine",
        *,
        spare: bool = False,
    ) -> MediaProcess:
        """Start an engine; ``on_event`` is called in this loop with every event, Ready first.

        ``rings`` gives the largest display size of ``remote`` and ``local`` pictures. ``program`` is the module that
        is run (a measurement runs the engine with its devices watched). ``spare``: from the first Join on another
        engine waits, loaded and rehearsed, to take the place of one that dies. Returns at once: commands sent before
        Ready are kept and done after it.
        """
        engine = cls(on_event, rings or {}, program, spare=spare)
        engine._adopt(await engine._launch())
        return engine

    @property
    def pid(self) -> int | None:
        """Process id of the running engine, None when it has died."""
        return self._engine.pid if self._engine is not None else None

    @property
    def spare_pid(self) -> int | None:
        """Process id of the engine that waits, if one does."""
        return self._spare.pid if self._spare is not None else None

    def send(self, command: Command) -> None:
        """Say something to the engine; never waits. Ignored when it has died: EngineDied was told."""
        if self._engine is not None and self._engine.pid is not None:
            self._engine.lines.send(command)
        if isinstance(command, Join):
            self._want_spare()

    async def restart(self) -> None:
        """Put a fresh engine in the place of one that died or hangs, with the same rings: the spare if there is one."""
        before, self._engine = self._engine, None
        if before is not None:
            await before.end(kill=True)
            if asyncio.get_running_loop().time() - before.began < CRASH_LOOP:
                await asyncio.sleep(CRASH_PAUSE)
        spare, self._spare = self._spare, None
        if spare is None or spare.pid is None:
            spare = await self._launch()
        else:
            self._want_spare()
        self._adopt(spare)

    async def close(self) -> None:
        """End the engine and let go of the rings; EngineDied is not told."""
        self.send(Close())
        if self._making_spare is not None:
            self._making_spare.cancel()
            await asyncio.gather(self._making_spare, return_exceptions=True)
        await asyncio.gather(*(one.end(kill=one is self._spare) for one in (self._engine, self._spare) if one))
        for ring in self._rings.values():
            ring.close()

    def _adopt(self, engine: _Engine) -> None:
        self._engine = engine
        engine.begin(self._tell)

    def _want_spare(self) -> None:
        making = self._making_spare is not None and not self._making_spare.done()
        if self._wants_spare and not making and (self._spare is None or self._spare.pid is None):
            self._making_spare = asyncio.create_task(self._make_spare(), name="spare engine")

    async def _make_spare(self) -> None:
        """Not while the call begins: loading takes a core for a second."""
        await asyncio.sleep(SPARE_AFTER)
        with contextlib.suppress(OSError):
            self._spare = await self._launch(hurried=False)

    async def _launch(self, *, hurried: bool = True) -> _Engine:
        """Not ``hurried``: nobody waits for it, and whatever is on the screen goes before its loading."""
        arguments = [sys.executable, "-m", self._program]
        if getattr(sys, "frozen", False):  # a packed program has no -m; its entry point knows this word
            arguments = [sys.executable, "media-engine"]
        for name, ring in self._rings.items():
            arguments += ["--ring", f"{name}={ring.address}"]
        if not hurried:
            arguments.append("--unhurried")
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[ring.fd for ring in self._rings.values() if ring.fd >= 0],
            limit=LIMIT,
            # glibc would keep an arena per thread: 330 MiB after some calls instead of 240
            env={"MALLOC_ARENA_MAX": "2", **os.environ},
        )
        return _Engine(process)

    def _tell(self, event: Event) -> None:
        """A window's error in its handler is the window's to show; the engine must still be heard after it."""
        try:
            self._on_event(event)
        except Exception as error:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"on_event failed for {event.type}", "exception": error}
            )


class _Engine:
    """One process and its pipe. What it says before ``begin`` is kept for then."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        self.process = process
        self.lines: JsonLines[Event, Command] = JsonLines(process.stdout, process.stdin, EVENTS)
        self.began = asyncio.get_running_loop().time()
        self._tell: Callable[[Event], None] | None = None
        self._said: list[Event] = []
        self._ending = False
        self._quiet = 0  # seconds since it last said something
        self._reading = asyncio.create_task(self._read(), name="media engine")

    @property
    def pid(self) -> int | None:
        """Process id, None when it has died."""
        return self.process.pid if self.process.returncode is None else None

    def begin(self, tell: Callable[[Event], None]) -> None:
        """From now on it is the window's engine."""
        self._tell = tell
        self.began = asyncio.get_running_loop().time()
        said, self._said = self._said, []
        for event in said:
            tell(event)

    def _hear(self, event: Event) -> None:
        if self._tell is None:
            self._said.append(event)
        else:
            self._tell(event)

    async def _read(self) -> None:
        watch: asyncio.Task[None] | None = None
        try:
            async for event in self.lines.messages():
                self._quiet = 0
                self._hear(event)
                if isinstance(event, Opened) and watch is None:
                    watch = asyncio.create_task(self._watch(), name="media engine watch")
        except LineError:
            self.process.kill()  # not our engine any more; what it says next cannot be understood either
        exit_code = await self.process.wait()
        if watch is not None:
            watch.cancel()
        if not self._ending:
            self._hear(EngineDied(exit_code=exit_code))

    async def _watch(self) -> None:
        """Kill an engine that hangs. Turns of this loop are counted, not time: the window itself may have hung."""
        while self._quiet < HUNG_AFTER:
            await asyncio.sleep(1.0)
            self._quiet += 1
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def end(self, *, kill: bool) -> None:
        """End it; its death is not told."""
        self._ending = True
        if kill and self.process.returncode is None:
            self.process.kill()
        self.lines.close()
        try:
            async with asyncio.timeout(END_WITHIN):
                await asyncio.shield(self._reading)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self._reading


__all__ = ["Media", "MediaError", "MediaProcess"]
