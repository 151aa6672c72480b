"""Adapter: what the emulated terminal tells by itself: event notifications, posted to the sale system's callback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import h11

from ground.clock import Clock
from payment.nexo.crypto import seal
from payment.nexo.json_text import to_json
from payment.nexo.profile import Key

_WITHIN = 5.0


class Notices:
    """``url`` is what the last request named in ``X-Callback-Url``, or what it was set to; "" keeps it silent."""

    def __init__(self, poi_id: str, key: Key | None, nonce: Callable[[], bytes], clock: Clock) -> None:
        self._poi_id, self._key, self._nonce, self._clock = poi_id, key, nonce, clock
        self.url, self.sale_id = "", "unknown"

    async def tell(self, event: str, *, maintenance: bool = False, details: str = "") -> int:
        """The HTTP status that came back; 0 when nobody could be told."""
        header = {
            "ProtocolVersion": "3.0",
            "MessageClass": "Event",
            "MessageCategory": "Event",
            "MessageType": "Notification",
            "SaleID": self.sale_id,
            "POIID": self._poi_id,
        }
        told: dict[str, Any] = {
            "TimeStamp": self._clock.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
            "EventToNotify": event,
            **({"MaintenanceRequiredFlag": True} if maintenance else {}),
            **({"EventDetails": details} if details else {}),
        }
        message: dict[str, Any] = {"SaleToPOIRequest": {"MessageHeader": header, "EventNotification": told}}
        if self._key is not None:
            message = seal(message, self._key, self._nonce())
        try:
            async with asyncio.timeout(_WITHIN):
                return await self._post(to_json(message).encode())
        except (OSError, TimeoutError, ValueError, h11.ProtocolError):
            return 0

    async def _post(self, body: bytes) -> int:
        where = urlsplit(self.url)
        if not where.hostname or not where.port:
            return 0
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            http = h11.Connection(h11.CLIENT)
            headers = [
                ("Host", where.netloc),
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
            ]
            head = h11.Request(method="POST", target=where.path or "/", headers=headers)
            for event in (head, h11.Data(body), h11.EndOfMessage()):
                writer.write(http.send(event) or b"")
            while True:
                answer = http.next_event()
                if answer is h11.NEED_DATA:
                    http.receive_data(await reader.read(4096))
                elif isinstance(answer, h11.Response):
                    return answer.status_code
                else:
                    return 0
        finally:
            writer.close()
