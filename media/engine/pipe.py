"""Adapter: standard input and output of the engine, the same on every system: one thread each.

asyncio cannot wait for standard input on Windows, and a window that hangs with a full pipe must not stop the call:
the writing thread may block, the loop never does.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from typing import BinaryIO

from pydantic import ValidationError

from ground.json_lines import LIMIT
from media.messages import COMMANDS, Command, Event, Level, Problem, Quality
from media.urgency import hurry

MOST_WAITING = 1000  # events a hung window may leave unread; then the figures among them are left out
GRACE = 3.0  # seconds the loop may take to end after the window has gone


class Pipe:
    """Reads commands, writes events."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._loop: asyncio.AbstractEventLoop | None = None
        self._commands: asyncio.Queue[Command | None] = asyncio.Queue()
        self._events: queue.Queue[bytes | None] = queue.Queue()
        self._writer = threading.Thread(target=self._write, name="events", daemon=True)

    def start(self) -> None:
        """Begin to read and write."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        self._writer.start()

    async def next_command(self) -> Command | None:
        """The next command; None when the window has closed its end."""
        return await self._commands.get()

    def send(self, event: Event) -> None:
        """Queue an event; never waits."""
        if self._events.qsize() >= MOST_WAITING and isinstance(event, Level | Quality):
            return
        self._events.put(event.model_dump_json().encode() + b"\n")

    async def close(self) -> None:
        """Write what is queued, as far as anybody reads it."""
        self._events.put(None)
        await asyncio.to_thread(self._writer.join, 1.0)

    def _read(self) -> None:
        hurry()
        while True:
            try:
                line = self._source.readline(LIMIT + 1)
            except (OSError, ValueError):
                line = b""
            if not line:
                break
            if len(line) > LIMIT:
                self.send(Problem(code="pipe.malformed", text=f"a command is longer than {LIMIT} bytes"))
                break
            try:
                self._hand_over(COMMANDS.validate_json(line))
            except ValidationError as error:
                self.send(Problem(code="pipe.malformed", text=str(error)))
        self._hand_over(None)
        self._end_for_sure()

    def _hand_over(self, command: Command | None) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._commands.put_nowait, command)

    def _end_for_sure(self) -> None:
        """A loop that hangs in a driver must not keep the process alive without a window."""
        threading.Event().wait(GRACE)
        os._exit(1)

    def _write(self) -> None:
        hurry()
        while (data := self._events.get()) is not None:
            try:
                self._sink.write(data)
            except (OSError, ValueError):
                return  # nobody listens; the reading thread sees the end too
