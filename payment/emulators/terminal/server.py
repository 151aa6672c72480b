"""Adapter: the emulated terminal on the wire: HTTPS for nexo, loopback HTTP for its orders, faults on demand."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import h11

from payment.emulators.terminal.machine import CardMachine
from payment.emulators.terminal.notices import Notices
from payment.emulators.terminal.replies import Message
from payment.emulators.terminal.script import Script
from payment.errors import CryptoError, MalformedMessage
from payment.nexo.crypto import seal, unseal
from payment.nexo.json_text import from_json, to_json
from payment.nexo.profile import Key

_LARGEST = 1 << 20
_WRONG = {
    "wrong_ids": ("ServiceID", "0000000000"),
    "wrong_sale_id": ("SaleID", "kiosk-99"),
    "wrong_poi_id": ("POIID", "V400m-000000000"),
    "wrong_category": ("MessageCategory", "Reversal"),
}
Reply = tuple[int, bytes]


class TerminalServer:
    """Answers nexo on ``path``, with and without a slash at its end, chunked or not; obeys the script's faults."""

    def __init__(
        self,
        machine: CardMachine,
        script: Script,
        key: Key | None,
        tls: ssl.SSLContext,
        nonce: Callable[[], bytes],
        notices: Notices | None = None,
        path: str = "/nexo",
    ) -> None:
        self._machine, self._script, self._key, self._tls, self._nonce = machine, script, key, tls, nonce
        self._notices = notices
        self._paths = (path.encode(), f"{path}/".encode())  # Adyen's own library writes the second one
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._rebooting: asyncio.Task[None] | None = None
        self.port = 0

    async def listen(self, host: str, port: int) -> None:
        """Start (again) to listen; ``port`` 0 takes a free one."""
        self._server = await asyncio.start_server(self._serve, host, port, ssl=self._tls)
        self._host, self.port = host, self._server.sockets[0].getsockname()[1]

    def pull_the_plug(self, seconds: float, *, forget: bool) -> None:
        """Every connection drops, nobody listens for ``seconds``, the running transaction is cut off."""
        if self._rebooting is None or self._rebooting.done():
            self._rebooting = asyncio.get_running_loop().create_task(self._reboot(seconds, forget))

    async def _reboot(self, seconds: float, forget: bool) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        self._machine.lose_power(forget=forget)
        await asyncio.sleep(seconds)
        await self.listen(self._host, self.port)
        self._machine.start_again()
        if self._notices is not None:
            await self._notices.tell("Initialised")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            http = h11.Connection(h11.SERVER)
            head = await _head(http, reader)
            if head is None or self._script.drops_next_body():
                writer.transport.abort()
                return
            body = await _body(http, reader)
            self._note_callback(head)
            if head.target not in self._paths or head.method != b"POST":
                await _send(http, writer, (404, b""))
                return
            await self._respond(http, writer, body)
        except (OSError, h11.RemoteProtocolError, h11.LocalProtocolError):
            pass  # the client is gone; the transaction went on without it
        finally:
            self._writers.discard(writer)
            writer.close()

    def _note_callback(self, head: h11.Request) -> None:
        told = [value for name, value in head.headers if name == b"x-callback-url"]
        if told and self._notices is not None:
            self._notices.url = told[0].decode("ascii", "replace")

    async def _respond(self, http: h11.Connection, writer: asyncio.StreamWriter, body: bytes) -> None:
        try:
            request = from_json(body)
            if self._key is not None:
                request = unseal(request, self._key)
            header = request["SaleToPOIRequest"]["MessageHeader"]
            order = self._script.take(header["MessageCategory"])
        except (CryptoError, MalformedMessage, KeyError, TypeError):
            await _send(http, writer, (400, b""))
            return
        if order is not None and order.fault in ("drop_after_body", "reboot"):
            if order.fault == "reboot":
                self.pull_the_plug(order.seconds, forget=order.forget)
            writer.transport.abort()  # and yet the card is asked
        answer = await self._machine.answer(request, order)
        if answer is None:
            await _send(http, writer, (200, b""))
            return
        if order is not None and order.seconds and order.fault == "delay":
            await asyncio.sleep(order.seconds)
        await self._write(http, writer, answer, order.fault if order else "")

    async def _write(self, http: h11.Connection, writer: asyncio.StreamWriter, answer: Message, fault: str) -> None:
        if fault in _WRONG:
            name, value = _WRONG[fault]
            answer["SaleToPOIResponse"]["MessageHeader"][name] = value
        if self._key is not None:
            answer = seal(answer, self._key, self._nonce())
            secured = answer["SaleToPOIResponse"]
            if fault == "bad_hmac":
                secured["SecurityTrailer"]["Hmac"] = "A" * 43 + "="
            if fault == "wrong_header":
                secured["MessageHeader"] = {**secured["MessageHeader"], "SaleID": "someone"}
        data = b"<html>" if fault == "not_json" else to_json(answer).encode()
        status = 500 if fault == "server_error" else 200
        if fault == "half_answer":
            whole = _bytes(http, (status, data))
            writer.write(whole[: len(whole) - len(data) // 2])
            await writer.drain()
            writer.transport.close()
            return
        whole = _bytes(http, (status, data))
        writer.write(whole * 2 if fault == "duplicate" else whole)
        await writer.drain()


class ControlServer:
    """Orders from a test or a demo: ``POST /control`` with one JSON object, loopback only."""

    def __init__(self, obey: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> None:
        self._obey = obey
        self.port = 0

    async def listen(self) -> None:
        """Listen on a free loopback port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            http = h11.Connection(h11.SERVER)
            if await _head(http, reader) is None:
                return
            try:
                reply = (200, json.dumps(await self._obey(json.loads(await _body(http, reader)))).encode())
            except (ValueError, KeyError, TypeError) as error:
                reply = (400, json.dumps({"error": str(error)}).encode())
            await _send(http, writer, reply)
        except (OSError, h11.RemoteProtocolError, h11.LocalProtocolError):
            pass
        finally:
            writer.close()


async def _head(http: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await reader.read(65536))
    return event if isinstance(event, h11.Request) else None


async def _body(http: h11.Connection, reader: asyncio.StreamReader) -> bytes:
    content = b""
    while len(content) <= _LARGEST:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Data):
            content += event.data
        else:
            break
    return content


def _bytes(http: h11.Connection, reply: Reply) -> bytes:
    status, data = reply
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(data))),
        ("Connection", "close"),
    ]
    sent = http.send(h11.Response(status_code=status, headers=headers)) or b""
    return sent + (http.send(h11.Data(data)) or b"") + (http.send(h11.EndOfMessage()) or b"")


async def _send(http: h11.Connection, writer: asyncio.StreamWriter, reply: Reply) -> None:
    writer.write(_bytes(http, reply))
    await writer.drain()
