"""Adapter: connections in memory between our nexo driver and the emulated terminal, cut after any byte."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

_CN = "P400Plus-275039202.test.terminal.adyen.com"


class Connection:
    """Two directions. ``cut_going`` and ``cut_coming``: bytes until it breaks, None for never; ``hole``: when it
    breaks nobody is told, both wait for ever."""

    def __init__(self, cut_going: int | None, cut_coming: int | None, hole: bool) -> None:
        self.to_terminal, self.to_kiosk = asyncio.StreamReader(), asyncio.StreamReader()
        self.broken, self._hole = False, hole
        self.kiosk = End(self, self.to_terminal, cut_going)
        self.terminal = End(self, self.to_kiosk, cut_coming)

    def snap(self) -> None:
        """It breaks."""
        self.broken = True
        if not self._hole:
            self.reset()

    def reset(self) -> None:
        """Both ends are told."""
        self.broken = True
        for reader in (self.to_terminal, self.to_kiosk):
            if reader.exception() is None and not reader.at_eof():
                reader.set_exception(ConnectionResetError())


class End:
    """One end's writer: as much of ``asyncio.StreamWriter`` as the driver and the emulator use."""

    def __init__(self, connection: Connection, reader: asyncio.StreamReader, budget: int | None) -> None:
        self._connection, self._reader, self._budget = connection, reader, budget
        self._closed = False

    @property
    def transport(self) -> End:
        """Itself: it can be aborted."""
        return self

    def write(self, data: bytes) -> None:
        """Hand bytes over, as far as the wire goes."""
        if self._connection.broken or self._closed:
            return
        if self._budget is None or len(data) < self._budget:
            self._reader.feed_data(data)
            self._budget = None if self._budget is None else self._budget - len(data)
            return
        self._reader.feed_data(data[: self._budget])
        self._connection.snap()

    async def drain(self) -> None:
        """Raises ConnectionResetError when the break is known."""
        await asyncio.sleep(0.01)
        if self._connection.to_kiosk.exception() is not None:
            raise ConnectionResetError

    def close(self) -> None:
        """The other end sees the end of the stream."""
        if not self._closed and not self._connection.broken:
            self._reader.feed_eof()
        self._closed = True

    def abort(self) -> None:
        """The other end sees a reset."""
        self._closed = True
        if not self._connection.broken:
            self._connection.reset()

    def is_closing(self) -> bool:
        """Whether the break is known here."""
        return self._closed or self._connection.to_kiosk.exception() is not None

    def get_extra_info(self, name: str) -> dict[str, Any]:
        """The certificate a terminal would show."""
        return {"subject": ((("commonName", _CN),),)}


#: How a driver reaches the terminal: raises OSError, or gives reader and writer.
Connect = Callable[..., Any]
