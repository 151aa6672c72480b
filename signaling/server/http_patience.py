"""Adapter: HTTP for clients that may never finish what they begin: uvicorn itself waits for them for ever.

Whoever opens connections and says nothing, or a letter a minute, would in time hold every one the process may have, and
kiosks would find the door shut. A link of a kiosk is none of this: it has said ``hello`` or is ended by its own timer.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: For a whole request, its body with it (16 KiB at most), over the slowest link of a phone.
_PATIENCE_S = 20.0
_UNFINISHED = (h11.IDLE, h11.SEND_BODY)


class PatientHttp(H11Protocol):
    """Ends a connection whose next request is not whole in time. Between two requests uvicorn's own timer runs."""

    patience_s = _PATIENCE_S
    _deadline: asyncio.TimerHandle | None = None
    _switched = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request begins now."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """More of a request, its end, or a change to WebSocket."""
        super().data_received(data)
        if self.conn.their_state in _UNFINISHED and not self._switched:
            self._wait()
        else:
            self._stop()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on it is no HTTP."""
        self._switched = True
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.patience_s, self.transport.abort)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
