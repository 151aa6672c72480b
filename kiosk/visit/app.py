"""Wiring: one visit's process, started by the agent: ``python -m kiosk.visit.app --fd N``.

It has a window and nothing that lasts: it ends when the agent says so, or when the agent is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtGui import QGuiApplication

from ground.clock import SystemClock
from ground.json_lines import LIMIT, JsonLines, LineError
from ground.logs import get_logger, set_up_logs
from kiosk.ipc import TO_VISIT, Leave, Painted, Prepare, Ready, Show
from kiosk.journey import Settings
from kiosk.visit.call import Call
from kiosk.visit.runner import Runner
from kiosk.visit.window import VisitWindow
from signaling.protocol.journey import KioskDevice
from signaling.protocol.values import Message

log = get_logger()

_PAINTED_EVERY_S = 1.0
_PR_SET_PDEATHSIG = 1


class Visit:
    """The process's parts: pipe, window, call, runner; made when the agent says Prepare."""

    def __init__(self, lines: JsonLines[Message, Message]) -> None:
        self._lines = lines
        self._window: VisitWindow | None = None
        self._call: Call | None = None
        self._runner: Runner | None = None
        self._frames = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self._probe = ""

    async def run(self) -> None:
        """Until the agent says Leave or goes away."""
        try:
            async for message in self._lines.messages():
                if isinstance(message, Leave):
                    break
                self._hear(message)
        except LineError as error:
            log.error("the agent is not understood", code=error.code)
        await self._close()

    def _hear(self, message: Message) -> None:
        if isinstance(message, Prepare):
            self._prepare(message)
            return
        assert self._runner is not None, "Prepare comes first"
        self._runner.hear(message)
        if isinstance(message, Show):
            self._tasks.append(asyncio.ensure_future(self._tell_painted()))
            if self._probe:
                self._tasks.append(asyncio.ensure_future(self._serve_probe()))

    def _prepare(self, told: Prepare) -> None:
        """Load everything that a first frame and a first word of a call need."""
        window = VisitWindow(told.face, self._intent, told.geometry or None)
        window.prepare()
        window.quick.frameSwapped.connect(self._painted)
        call = Call(self._lines.send, window, self._media_is, self._devices_are, told)
        settings = Settings(
            languages=told.face.languages,
            country=told.face.country,
            ask_language_first=told.ask_language_first,
            idle_s=told.idle_s,
            warning_s=told.warning_s,
        )
        self._window, self._call, self._probe = window, call, told.probe
        self._runner = Runner(self._lines.send, window, call, settings, SystemClock())
        window.warm()
        self._tasks.append(asyncio.ensure_future(self._start_call()))
        self._lines.send(Ready())

    async def _start_call(self) -> None:
        assert self._call is not None
        try:
            await self._call.start()
        except OSError as error:
            log.error("no media engine", error=type(error).__name__)

    def _intent(self, intent: Any) -> None:
        if self._runner is not None:
            self._runner.intent(intent)

    def _media_is(self, session_id: str, state: str) -> None:
        if self._runner is not None:
            self._runner.media_is(session_id, state)

    def _devices_are(self, missing: tuple[KioskDevice, ...]) -> None:
        if self._runner is not None:
            self._runner.devices_are(missing)

    def _painted(self) -> None:
        self._frames += 1

    async def _tell_painted(self) -> None:
        """One frame a second at least: a screen that stands still on purpose proves that it can still be painted."""
        assert self._window is not None
        while True:
            if self._window.quick.isExposed():
                self._window.quick.update()
            else:  # minimised, or behind another window of a developer's desk: nothing is painted on purpose
                self._frames += 1
            await asyncio.sleep(_PAINTED_EVERY_S)
            self._lines.send(Painted(frames=self._frames))

    async def _serve_probe(self) -> None:
        assert self._window is not None
        server = await self._window.serve_probe(Path(self._probe))
        try:
            await asyncio.Event().wait()
        finally:
            server.close()

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.close()
        if self._call is not None:
            await self._call.close()
        self._lines.close()


async def _run(fd: int) -> None:
    connection = socket.socket(fileno=fd)
    reader, writer = await asyncio.open_connection(sock=connection, limit=LIMIT)
    lines: JsonLines[Message, Message] = JsonLines(reader, writer, TO_VISIT)
    await Visit(lines).run()


def _end_with_the_agent() -> None:
    """A window that hangs cannot read that its agent is gone: the kernel ends it then (prctl(2), Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="One visit; started by the kiosk's agent.")
    parser.add_argument("--fd", type=int, required=True, help="the inherited end of the pipe to the agent")
    fd = parser.parse_args().fd
    _end_with_the_agent()
    set_up_logs("kiosk-visit")
    application = QGuiApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner,
    ):
        runner.run(_run(fd))
    # Qt's own taking down of a window system is slow and nothing here is left to save.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
