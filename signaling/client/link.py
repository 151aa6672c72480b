"""Adapter: the client's end of the protocol over WebSocket and TLS, reconnecting for ever."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ground.errors import InfomatError
from ground.ids import new_id
from signaling.client.states import (
    Left,
    LinkEvent,
    LinkState,
    Refused,
    SignedIn,
    SocketLost,
    SocketOpened,
    TryBegan,
    move,
    wait_before_try,
)
from signaling.protocol import VERSION, Command, ErrorCode, Event, ProtocolError, Reply, Role, read_server_frame
from signaling.protocol.events import Snapshot
from signaling.protocol.frames import (
    MAX_FRAME,
    Challenge,
    CommandFrame,
    ErrorFrame,
    EventFrame,
    Goodbye,
    Hello,
    KioskProof,
    ReplyFrame,
    Seen,
    SnapshotFrame,
    TokenProof,
    Welcome,
)

log = structlog.get_logger()

Proof = KioskProof | TokenProof

#: Goodbyes after which another try with the same identity is useless.
_FINAL = {
    ErrorCode.NOT_SIGNED_IN,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.VERSION,
    ErrorCode.NOT_ALLOWED,
    ErrorCode.REPLACED,  # coming back would throw the other one out, for ever
}
_OPEN_TIMEOUT_S = 10.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class LinkDown(InfomatError):
    """There is no connection now, or it broke before the answer; the command may or may not have been done."""

    code = "link.down"


class TlsRefused(InfomatError):
    """The address is not TLS and not on this machine."""

    code = "link.plain"


class Link:
    """A connection that is always being kept up. All methods belong to the one loop that runs ``run``.

    ``prove(nonce)`` makes the proof of identity; ``on_event``, ``on_snapshot`` and ``on_online(up, code)`` are
    called in order, never concurrently. ``code`` is the goodbye's code when the server refused for good.
    """

    def __init__(
        self,
        url: str,
        ca_file: Path | None,
        role: Role,
        identity: str,
        prove: Callable[[str], Awaitable[Proof]],
        on_event: Callable[[Event], None],
        on_snapshot: Callable[[Snapshot], None],
        on_online: Callable[[bool, str | None], None],
        *,
        software: str = "",
    ) -> None:
        self._url, self._ssl = url, _tls(url, ca_file)
        self._role, self._identity, self._software = role, identity, software
        self._prove, self._on_event, self._on_snapshot, self._on_online = prove, on_event, on_snapshot, on_online
        self._state = LinkState.APART
        self._socket: ClientConnection | None = None
        self._seen: Seen | None = None
        self._asked: dict[str, asyncio.Future[Reply]] = {}
        self._kept: dict[str, tuple[str, Callable[[Reply | ProtocolError], None] | None]] = {}
        self._retry_after: float | None = None
        self._refusal: str | None = None
        self._closing = asyncio.Event()
        self._sends: set[asyncio.Task[None]] = set()

    @property
    def online(self) -> bool:
        """Whether commands pass now."""
        return self._state is LinkState.ONLINE

    async def run(self) -> str | None:
        """Keep the link up until ``close`` (returns None) or a final refusal (returns its code)."""
        attempt = 0
        while not self._closing.is_set():
            self._go(TryBegan())
            was_online = await self._one_connection()
            if self._state is LinkState.CLOSED:
                break
            attempt = 0 if was_online else attempt + 1
            delay = wait_before_try(attempt, random.random(), self._retry_after)
            self._retry_after = None
            try:
                await asyncio.wait_for(self._closing.wait(), delay)
            except TimeoutError:
                continue
        return self._refusal

    async def close(self) -> None:
        """Leave; commands still waited for fail with LinkDown."""
        self._closing.set()
        if self._state is not LinkState.CLOSED:
            self._go(Left())
        if self._socket is not None:
            await self._socket.close()

    async def ask(self, command: Command, command_id: str | None = None, timeout: float | None = 15.0) -> Reply:
        """Send a command and wait for its reply. Raises ProtocolError (refused), LinkDown (no answer)."""
        if not self.online or self._socket is None:
            raise LinkDown("not connected")
        command_id = command_id or new_id()
        text = _frame(command_id, command)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._asked[command_id] = future
        try:
            await self._socket.send(text)
            return await asyncio.wait_for(future, timeout)
        except TimeoutError:
            raise LinkDown("no answer in time") from None
        except ConnectionClosed:
            raise LinkDown("the connection broke") from None
        finally:
            self._asked.pop(command_id, None)

    def keep(
        self,
        command: Command,
        command_id: str | None = None,
        on_answer: Callable[[Reply | ProtocolError], None] | None = None,
    ) -> str:
        """Send now or as soon as there is a connection, again with the same id until answered; returns the id."""
        command_id = command_id or new_id()
        text = _frame(command_id, command)
        self._kept[command_id] = (text, on_answer)
        if self.online and self._socket is not None:
            self._spawn(self._socket.send(text))
        return command_id

    @property
    def unanswered(self) -> int:
        """How many kept commands have no answer yet."""
        return len(self._kept)

    async def _one_connection(self) -> bool:
        was_online = False
        try:
            async with connect(
                self._url,
                ssl=self._ssl,
                compression=None,
                max_size=1 << 20,
                open_timeout=_OPEN_TIMEOUT_S,
                ping_interval=10,
                ping_timeout=10,
                user_agent_header=None,
            ) as socket:
                self._go(SocketOpened())
                self._socket = socket
                was_online = await self._sign_in(socket)
                if was_online:
                    self._go(SignedIn())
                    self._on_online(True, None)
                    for text, _ in list(self._kept.values()):
                        await socket.send(text)
                    await self._listen(socket)
        except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, ssl.SSLError) as error:
            log.info("link lost", reason=type(error).__name__, attempt=0)
        except ProtocolError as error:
            log.warning("link: the server is not understood", code=error.code)
        finally:
            self._socket = None
            self._after_loss(was_online)
        return was_online

    def _after_loss(self, was_online: bool) -> None:
        if self._state is not LinkState.CLOSED:
            self._go(Refused() if self._refusal and self._state is not LinkState.CONNECTING else SocketLost())
        for future in self._asked.values():
            if not future.done():
                future.set_exception(LinkDown("the connection broke"))
        self._asked.clear()
        if was_online or self._refusal:
            self._on_online(False, self._refusal)

    async def _sign_in(self, socket: ClientConnection) -> bool:
        """Answer the challenge; False when the server said goodbye."""
        challenge = read_server_frame(await asyncio.wait_for(socket.recv(), _OPEN_TIMEOUT_S))
        if isinstance(challenge, Goodbye):
            return self._told_goodbye(challenge)
        if not isinstance(challenge, Challenge):
            raise ProtocolError(ErrorCode.ORDER, "the server did not begin with a challenge")
        if VERSION not in challenge.versions:
            self._refusal = ErrorCode.VERSION.value
            return False
        hello = Hello(
            version=VERSION,
            role=self._role,
            identity=self._identity,
            software=self._software,
            proof=await self._prove(challenge.nonce),
            seen=self._seen,
        )
        await socket.send(hello.model_dump_json())
        welcome = read_server_frame(await asyncio.wait_for(socket.recv(), _OPEN_TIMEOUT_S))
        if isinstance(welcome, Goodbye):
            return self._told_goodbye(welcome)
        if not isinstance(welcome, Welcome):
            raise ProtocolError(ErrorCode.ORDER, "the server did not say welcome")
        return True

    def _told_goodbye(self, goodbye: Goodbye) -> bool:
        self._retry_after = goodbye.retry_after_s
        if goodbye.code in _FINAL:
            self._refusal = goodbye.code.value
        log.info("link: goodbye", code=goodbye.code.value)
        return False

    async def _listen(self, socket: ClientConnection) -> None:
        async for text in socket:
            try:
                frame = read_server_frame(text)
            except ProtocolError as error:
                if error.error_code is not ErrorCode.UNKNOWN_TYPE:
                    raise
                log.info("link: a message of a newer server is passed over", code=error.code)
                continue
            if isinstance(frame, EventFrame):
                self._take_event(frame)
            elif isinstance(frame, SnapshotFrame):
                self._seen = Seen(epoch=frame.epoch, number=frame.number)
                self._on_snapshot(frame.snapshot)
            elif isinstance(frame, ReplyFrame):
                self._answer(frame.id, frame.reply)
            elif isinstance(frame, ErrorFrame):
                self._take_error(frame)
            elif isinstance(frame, Goodbye):
                self._told_goodbye(frame)
                return

    def _take_event(self, frame: EventFrame) -> None:
        if self._seen is not None and self._seen.epoch == frame.epoch and frame.number <= self._seen.number:
            return  # seen before the connection broke
        self._seen = Seen(epoch=frame.epoch, number=frame.number)
        self._on_event(frame.event)

    def _take_error(self, frame: ErrorFrame) -> None:
        if frame.id is None:
            log.warning("link: the server could not read a frame", code=frame.code.value)
            return
        self._answer(frame.id, ProtocolError(frame.code, frame.detail))

    def _answer(self, command_id: str, answer: Reply | ProtocolError) -> None:
        future = self._asked.get(command_id)
        if future is not None and not future.done():
            if isinstance(answer, ProtocolError):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        kept = self._kept.pop(command_id, None)
        if kept is not None and kept[1] is not None:
            kept[1](answer)

    def _spawn(self, send: Awaitable[None]) -> None:
        async def quietly() -> None:
            try:
                await send
            except ConnectionClosed:
                return  # it is kept, and sent again after the reconnect

        task = asyncio.ensure_future(quietly())
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)

    def _go(self, event: LinkEvent) -> None:
        self._state = move(self._state, event)


def _frame(command_id: str, command: Command) -> str:
    text = CommandFrame(id=command_id, command=command).model_dump_json()
    if len(text.encode()) > MAX_FRAME:
        raise ProtocolError(ErrorCode.TOO_LARGE, f"{len(text)} characters, at most {MAX_FRAME} bytes")
    return text


def _tls(url: str, ca_file: Path | None) -> ssl.SSLContext | None:
    """TLS that trusts only the pinned CA; None for plain ws to this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "ws":
        if (parts.hostname or "") not in _LOOPBACK:
            raise TlsRefused(f"{parts.hostname}: only wss:// is allowed to another machine")
        return None
    if parts.scheme != "wss":
        raise TlsRefused(f"the address must begin with wss://, not {parts.scheme}://")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        raise TlsRefused("no CA is pinned: enrol first")
    context.load_verify_locations(ca_file)
    return context
