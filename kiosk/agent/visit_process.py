"""Adapter: one visit process: started with a socket and a folder of its own, watched, ended, wiped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from ground.json_lines import LIMIT, JsonLines, LineError
from ground.logs import get_logger
from kiosk.agent.forgetting import FORGETTING
from kiosk.ipc import TO_AGENT, Leave
from signaling.protocol.values import Message

log = get_logger()

LEAVES_WITHIN = 1.0  # seconds a process may take to exit by itself before it is killed


class VisitProcess:
    """A window's process. ``number`` names it in the log; nothing personal is in the agent's own folder."""

    def __init__(
        self,
        number: int,
        folder: Path,
        on_message: Callable[[VisitProcess, Message], None],
        on_gone: Callable[[VisitProcess], None],
    ) -> None:
        self.number, self.folder = number, folder
        self.visit_id: str | None = None
        self.ready = False
        self.shown = False
        self.frames = 0
        self.progress_at = 0.0
        self._on_message, self._on_gone = on_message, on_gone
        self._process: asyncio.subprocess.Process | None = None
        self._lines: JsonLines[Message, Message] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ending = False

    @property
    def pid(self) -> int | None:
        """Its process id while it lives."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and alive else None

    async def start(self, shared: Path) -> None:
        """Start it. ``shared`` is a folder for compiled screens, which know nobody."""
        ours, theirs = socket.socketpair()
        self.folder.mkdir(parents=True, mode=0o700)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *_command(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(self.folder, shared),
                start_new_session=True,  # its media process belongs to it and ends with it
            )
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours, limit=LIMIT)
        self._lines = JsonLines(reader, writer, TO_AGENT)
        self._reading = asyncio.create_task(self._read(self._lines), name=f"visit process {self.number}")

    def send(self, message: Message) -> None:
        """Say something to it; nothing happens when it is gone."""
        if self._lines is not None and not self._ending:
            self._lines.send(message)

    async def end(self, *, kill: bool = False) -> None:
        """Make it and everything it started go, then wipe its folder."""
        if self._ending:
            return
        if not kill:
            self.send(Leave())
        self._ending = True
        process = self._process
        if process is not None:
            if not kill:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LEAVES_WITHIN):
                        await process.wait()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if self._lines is not None:
            self._lines.close()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    async def _read(self, lines: JsonLines[Message, Message]) -> None:
        try:
            async for message in lines.messages():
                self._on_message(self, message)
        except LineError as error:
            log.error("a visit process is not understood", number=self.number, code=error.code)
        if not self._ending:
            self._on_gone(self)


def _command(fd: int) -> list[str]:
    return [sys.executable, "-m", "kiosk.visit.app", "--fd", str(fd)]


def _environment(folder: Path, shared: Path) -> dict[str, str]:
    """Everything a library might write goes below ``folder``; what it must find of the session stays."""
    home = Path.home()
    kept = {"XAUTHORITY": home / ".Xauthority", "PULSE_COOKIE": home / ".config" / "pulse" / "cookie"}
    found = {name: str(path) for name, path in kept.items() if name not in os.environ and path.exists()}
    own = {name: str(folder) for name in ("HOME", "TMPDIR")}
    own |= {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CACHE", "CONFIG", "DATA", "STATE")}
    inherited = {name: value for name, value in os.environ.items() if name not in FORGETTING}
    return {**inherited, **found, **own, "QML_DISK_CACHE_PATH": str(shared)}
