"""Adapter: typed messages as lines of JSON between our own processes (agent and visit, window and media)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from ground.errors import InfomatError

LIMIT = 1 << 20  # bytes of one message; an SDP with its candidates is about 8 KiB

In = TypeVar("In", bound=BaseModel)
Out = TypeVar("Out", bound=BaseModel)


class LineError(InfomatError):
    """A line was too long, or is not a message of the expected kind."""

    code = "pipe.malformed"


class JsonLines(Generic[In, Out]):
    """One end of a pipe: reads ``In``, writes ``Out``. ``incoming`` is the adapter of the In union."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, incoming: TypeAdapter[In]) -> None:
        self._reader, self._writer, self._incoming = reader, writer, incoming

    async def messages(self) -> AsyncIterator[In]:
        """Every message until the other end closes; raises LineError on a line that is not one."""
        while True:
            try:
                line = await self._reader.readline()
            except ValueError as error:
                raise LineError(f"a line is longer than {LIMIT} bytes") from error
            except ConnectionError:
                return
            if not line:
                return
            try:
                yield self._incoming.validate_json(line)
            except ValidationError as error:
                raise LineError(str(error)) from error

    def send(self, message: Out) -> None:
        """Queue one message; never waits (a dead other end is noticed by ``messages``)."""
        if not self._writer.is_closing():
            self._writer.write(message.model_dump_json().encode() + b"\n")

    async def drain(self) -> None:
        """Wait until what was sent has left this process, or the other end is gone."""
        try:
            await self._writer.drain()
        except ConnectionError:
            return

    def close(self) -> None:
        """Close this end."""
        self._writer.close()
