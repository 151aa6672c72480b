"""Adapter: hears what a terminal tells by itself: HTTP POSTs with event notifications, at a port of the kiosk.

An event is a hint: it comes without a certificate, so it may make us look at the terminal or distrust its memory, and
never decides about money. With a key in the profile only messages sealed with it are heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import h11

from ground.logs import get_logger
from payment.answers import PoiEvent
from payment.errors import CryptoError, MalformedMessage
from payment.nexo.crypto import unseal
from payment.nexo.json_text import from_json
from payment.nexo.profile import Profile
from payment.nexo.service import read_event

_LARGEST = 1 << 16
_WITHIN = 10.0
_log = get_logger()


class EventListener:
    """One port; ``port`` tells which, once it listens."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._server: asyncio.Server | None = None
        self._on_event: Callable[[PoiEvent], None] = lambda event: None
        self.port = 0

    async def listen(self, on_event: Callable[[PoiEvent], None]) -> None:
        """Hear events from now on. Raises OSError when the port is taken."""
        self._on_event = on_event
        self._server = await asyncio.start_server(self._serve, self._profile.events_host, self._profile.events_port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Hear no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        try:
            async with asyncio.timeout(_WITHIN):
                body = await _body(http, reader)
                status = 400 if body is None else self._heard(body)
                head = h11.Response(status_code=status, headers=[("Content-Length", "0"), ("Connection", "close")])
                writer.write((http.send(head) or b"") + (http.send(h11.EndOfMessage()) or b""))
                await writer.drain()
        except (OSError, TimeoutError, h11.ProtocolError):
            pass  # whoever it was will tell it again, or not
        finally:
            writer.close()

    def _heard(self, body: bytes) -> int:
        try:
            message = from_json(body)
            if self._profile.key is not None:
                message = unseal(message, self._profile.key)
            event = read_event(self._profile, message)
        except (CryptoError, MalformedMessage) as error:
            _log.warning("terminal event", error=type(error).__name__)
            return 400
        if event is not None:
            self._on_event(event)
        return 200


async def _body(http: h11.Connection, reader: asyncio.StreamReader) -> bytes | None:
    content = b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            if event.method != b"POST":
                return None
        elif isinstance(event, h11.Data):
            content += event.data
            if len(content) > _LARGEST:
                return None
        elif isinstance(event, h11.EndOfMessage):
            return content
        else:
            return None
