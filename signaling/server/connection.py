"""Adapter: one WebSocket connection: challenge, hello, welcome; then commands in, frames out, until it closes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import secrets
from collections.abc import Callable
from datetime import datetime

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ground.logs import get_logger
from signaling.protocol import SERVED
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.frames import (
    MAX_FRAME,
    Challenge,
    CommandFrame,
    Goodbye,
    Hello,
    read_client_frame,
)
from signaling.protocol.values import Message
from signaling.server.asked import Client
from signaling.server.brakes import Bucket
from signaling.server.house import House, error_frame
from signaling.server.identities import Identities

log = get_logger()

_HELLO_S = 10.0
_OUTGOING_MOST = 2000  # frames; a client that reads none of them is closed and comes back
_MALFORMED_MOST = 20
_MESSAGES_A_SECOND, _MESSAGES_AT_ONCE = 20.0, 200.0
_IN_WORK_MOST = 32  # commands of one client served at the same time
_CLOSE_CODES = {
    ErrorCode.TOO_LARGE: 1009,
    ErrorCode.TOO_MANY: 1013,
    ErrorCode.GOING_AWAY: 1012,
    ErrorCode.INTERNAL: 1011,
}
_POLICY = 1008


class Connection:
    """A client's link. ``send`` and ``part`` never wait: one task writes, in order."""

    def __init__(
        self,
        socket: WebSocket,
        house: House,
        identities: Identities,
        clock: Callable[[], datetime],
        handshakes: asyncio.Semaphore,
    ) -> None:
        self.client: Client
        self._socket, self._house, self._identities, self._now = socket, house, identities, clock
        self._outgoing: asyncio.Queue[Message] = asyncio.Queue()
        self._bucket = Bucket(_MESSAGES_A_SECOND, _MESSAGES_AT_ONCE)
        self._malformed, self._handshakes = 0, handshakes
        self._parted = asyncio.Event()
        self._in_work = asyncio.Semaphore(_IN_WORK_MOST)
        self._tasks: set[asyncio.Task[None]] = set()

    # Out.

    def send(self, frame: Message) -> None:
        """Queue a frame."""
        if self._outgoing.qsize() < _OUTGOING_MOST:
            self._outgoing.put_nowait(frame)
        else:
            self.part(ErrorCode.TOO_MANY, random.uniform(1, 5))

    def part(self, code: ErrorCode, retry_after_s: float | None = None) -> None:
        """Say goodbye and close; what was queued before still goes out."""
        if not self._parted.is_set():
            self._parted.set()
            self._outgoing.put_nowait(_goodbye(code, retry_after_s))

    async def _write(self) -> None:
        while True:
            frame = await self._outgoing.get()
            await self._write_one(frame)
            if isinstance(frame, Goodbye):
                return

    async def _write_one(self, frame: Message) -> None:
        await self._socket.send_text(frame.model_dump_json())
        if isinstance(frame, Goodbye):
            await self._socket.close(_CLOSE_CODES.get(frame.code, _POLICY), frame.code.value)

    # In.

    async def run(self) -> None:
        """Serve the connection until it closes."""
        await self._socket.accept()
        if self._handshakes.locked():  # a storm of clients that come back: spread them
            await self._write_one(_goodbye(ErrorCode.TOO_MANY, round(random.uniform(2, 20), 1)))
            return
        writer = asyncio.create_task(self._write())
        linked = False
        try:
            async with asyncio.timeout(_HELLO_S):
                hello = await self._hello()
            if hello is not None:
                self._watch_token()
                linked = True
                await self._house.linked(self, hello.seen, self._name(), hello.version)
                await self._commands()
        except TimeoutError:
            self.part(ErrorCode.ORDER)
        except WebSocketDisconnect:
            writer.cancel()
        finally:
            if linked:
                self._house.unlinked(self)
            await self._finish(writer)

    async def _finish(self, writer: asyncio.Task[None]) -> None:
        if not self._parted.is_set():
            writer.cancel()
        try:
            async with asyncio.timeout(5):
                await writer
        except (asyncio.CancelledError, TimeoutError, WebSocketDisconnect, RuntimeError):
            pass  # the other end was faster
        if self._socket.application_state is not WebSocketState.DISCONNECTED:
            with contextlib.suppress(RuntimeError):
                await self._socket.close(_POLICY)

    async def _hello(self) -> Hello | None:
        nonce = secrets.token_urlsafe(24)
        self.send(Challenge(nonce=nonce, versions=SERVED))
        try:
            hello = self._understood(await self._receive())
            if not isinstance(hello, Hello):
                raise ProtocolError(ErrorCode.ORDER)
            if hello.version not in SERVED:
                raise ProtocolError(ErrorCode.VERSION)
            async with self._handshakes:
                self.client = await self._identities.admit(hello, nonce)
        except ProtocolError as error:
            self._house.metrics.refused(error.code)
            self.part(error.error_code)
            return None
        return hello

    async def _commands(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._parted.is_set():
            text = await self._receive()
            if self._parted.is_set():
                return
            if not self._bucket.take(loop.time()):
                self._house.metrics.refused(ErrorCode.TOO_MANY)
                self.part(ErrorCode.TOO_MANY, round(random.uniform(2, 10), 1))
                return
            try:
                frame = self._understood(text)
                if isinstance(frame, Hello):
                    raise ProtocolError(ErrorCode.ORDER, "hello came twice")
            except ProtocolError as error:
                self._refuse(text, error)
                continue
            await self._in_work.acquire()
            task = asyncio.create_task(self._serve(frame))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, frame: CommandFrame) -> None:
        try:
            await self._house.serve(self, frame)
        finally:
            self._in_work.release()

    def _refuse(self, text: str | bytes, error: ProtocolError) -> None:
        self._house.metrics.refused(error.code)
        if error.error_code is ErrorCode.TOO_LARGE:
            self.part(ErrorCode.TOO_LARGE)
            return
        self.send(error_frame(_id_in(text), error))
        if error.error_code is ErrorCode.MALFORMED:
            self._malformed += 1
            if self._malformed >= _MALFORMED_MOST:
                self.part(ErrorCode.MALFORMED, round(random.uniform(5, 30), 1))

    async def _receive(self) -> str | bytes:
        """The next frame, or WebSocketDisconnect, also when we have said goodbye ourselves."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        text = message.get("text")
        return text if text is not None else bytes(message.get("bytes") or b"")

    def _understood(self, text: str | bytes) -> Hello | CommandFrame:
        if isinstance(text, bytes):
            raise ProtocolError(ErrorCode.MALFORMED, "frames are text")
        if len(text.encode()) > MAX_FRAME:
            raise ProtocolError(ErrorCode.TOO_LARGE)
        if "\\u0000" in text:
            raise ProtocolError(ErrorCode.MALFORMED, "a NUL character")  # not every database can keep one
        return read_client_frame(text)

    # The token's end.

    def _watch_token(self) -> None:
        if self.client.expires_at is None:
            return
        left = (self.client.expires_at - self._now()).total_seconds()
        if left <= 0:
            self.part(ErrorCode.TOKEN_EXPIRED)
        elif not self._parted.is_set():
            asyncio.get_running_loop().call_later(left, self._watch_token)

    def _name(self) -> str:
        front = self._house.services.front
        kiosk, clerk = front.kiosks.get(self.client.identity), front.clerks.get(self.client.identity)
        return kiosk.name if kiosk else clerk.name if clerk else ""


def _goodbye(code: ErrorCode, retry_after_s: float | None) -> Goodbye:
    return Goodbye(code=code, phrase=f"error.{code.value}", retry_after_s=retry_after_s)


def _id_in(text: str | bytes) -> str | None:
    """The command's id in a frame that could not be read otherwise."""
    try:
        frame = json.loads(text)
    except ValueError:
        return None
    found = frame.get("id") if isinstance(frame, dict) else None
    return found if isinstance(found, str) and len(found) <= 64 else None
