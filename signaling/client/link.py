"""Adapter: the client's end of the protocol over WebSocket and TLS, reconnecting for ever."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ground.errors import InfomatError
from ground.ids import new_id
from ground.logs import get_logger
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
from signaling.client.tls import pinned_tls
from signaling.protocol import VERSION, Command, ErrorCode, Event, ProtocolError, Reply, Role, read_server_frame
from signaling.protocol.commands import SessionMedia
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
    ServerFrame,
    SnapshotFrame,
    TokenProof,
    Welcome,
)

log = get_logger()

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
_PROOF_S = 2.0
#: Kept commands under way at the same time: what gathered in days without a server must not look like a flood.
_UNDER_WAY_MOST = 32


class LinkDown(InfomatError):
    """There is no connection now, or it broke before the answer; the command may or may not have been done."""

    code = "link.down"


class Link:
    """A connection that is always being kept up. All methods belong to the one loop that runs ``run``.

    Kept commands go out in the order in which they were kept, before anything that is asked after a reconnect.
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
        self._url, self._ssl = url, pinned_tls(url, ca_file)
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
        self._unsent: deque[str] = deque()
        self._under_way: set[str] = set()
        self._sending: asyncio.Task[None] | None = None
        self._proving: asyncio.Task[None] | None = None
        self._last_failure = ""

    @property
    def online(self) -> bool:
        """Whether commands pass now."""
        return self._state is LinkState.ONLINE

    async def run(self) -> str | None:
        """Keep the link up until ``close`` (returns None) or a final refusal (returns its code)."""
        attempt = 0
        while not self._closing.is_set():
            self._go(TryBegan())
            went_well = await self._one_connection()
            if self._state is LinkState.CLOSED:
                break
            attempt = 0 if went_well else attempt + 1
            delay = wait_before_try(attempt, random.random(), self._retry_after)
            self._retry_after = None
            with contextlib.suppress(TimeoutError):  # not wait_for: on 3.11 it may swallow being cancelled
                async with asyncio.timeout(delay):
                    await self._closing.wait()
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
        if isinstance(command, SessionMedia) and command.state == "reconnecting":
            self._doubt(self._socket)
        command_id = command_id or new_id()
        text = _frame(command_id, command)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._asked[command_id] = future
        try:
            async with asyncio.timeout(timeout):
                await self._socket.send(text)
                return await future
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
        self._unsent.append(command_id)
        self._send_on()
        return command_id

    def _doubt(self, socket: ClientConnection) -> None:
        """The network of a call broke, and ours may be the same: prove it now, not at the next ping in ten seconds."""
        if self._proving is None or self._proving.done():
            self._proving = asyncio.create_task(self._prove_alive(socket), name="link in doubt")

    async def _prove_alive(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            try:
                async with asyncio.timeout(_PROOF_S):
                    await (await socket.ping())
            except TimeoutError:
                log.info("link: no life in it, another is opened")
                socket.transport.abort()

    @property
    def unanswered(self) -> int:
        """How many kept commands have no answer yet."""
        return len(self._kept)

    async def _one_connection(self) -> bool:
        """From opening to loss; whether it was a good one, so that the next try may come at once."""
        was_online = understood = False
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
                if await self._sign_in(socket):
                    self._unsent, self._under_way, self._sending = deque(self._kept), set(), None
                    await self._send_kept(socket)
                    was_online = understood = True
                    self._go(SignedIn())
                    self._last_failure = ""
                    self._call(self._on_online, True, None)
                    await self._listen(socket)
        except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake) as error:
            self._note_failure(type(error).__name__)
        except ProtocolError as error:
            understood, self._seen = False, None  # what cannot be read would come again: ask for the whole state
            log.warning("link: the server is not understood", code=error.code)
        finally:
            self._socket = None
            self._after_loss(was_online)
        return understood

    def _note_failure(self, reason: str) -> None:
        """Once for each new reason: a server may be away for a night."""
        if reason != self._last_failure:
            log.info("link lost", reason=reason)
        self._last_failure = reason

    def _after_loss(self, was_online: bool) -> None:
        if self._state is not LinkState.CLOSED:
            self._go(Refused() if self._refusal and self._state is not LinkState.CONNECTING else SocketLost())
        for future in self._asked.values():
            if not future.done():
                future.set_exception(LinkDown("the connection broke"))
        self._asked.clear()
        if was_online or self._refusal:
            self._call(self._on_online, False, self._refusal)

    async def _first_frame(self, socket: ClientConnection) -> ServerFrame:
        async with asyncio.timeout(_OPEN_TIMEOUT_S):
            return read_server_frame(await socket.recv())

    async def _sign_in(self, socket: ClientConnection) -> bool:
        """Answer the challenge; False when the server said goodbye."""
        challenge = await self._first_frame(socket)
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
        welcome = await self._first_frame(socket)
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
                self._call(self._on_snapshot, frame.snapshot)
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
        self._call(self._on_event, frame.event)

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
        self._under_way.discard(command_id)
        kept = self._kept.pop(command_id, None)
        if kept is not None and kept[1] is not None:
            self._call(kept[1], answer)
        self._send_on()

    def _call(self, callback: Callable[..., None], *told: object) -> None:
        """A mistake of the owner in one message must not end the link."""
        try:
            callback(*told)
        except Exception as error:
            log.error("link: a message was not taken", error=error)

    def _send_on(self) -> None:
        """Send what is kept and may go now; one task sends, in order."""
        free = self._sending is None or self._sending.done()
        if self._unsent and free and self.online and self._socket is not None:
            self._sending = asyncio.get_running_loop().create_task(self._send_kept_quietly(self._socket))

    async def _send_kept_quietly(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):  # all of it is kept, and sent again after the reconnect
            await self._send_kept(socket)

    async def _send_kept(self, socket: ClientConnection) -> None:
        while self._unsent and len(self._under_way) < _UNDER_WAY_MOST and self._socket is socket:
            command_id = self._unsent.popleft()
            if command_id in self._kept:
                self._under_way.add(command_id)
                await socket.send(self._kept[command_id][0])

    def _go(self, event: LinkEvent) -> None:
        self._state = move(self._state, event)


def _frame(command_id: str, command: Command) -> str:
    text = CommandFrame(id=command_id, command=command).model_dump_json()
    if len(text.encode()) > MAX_FRAME:
        raise ProtocolError(ErrorCode.TOO_LARGE, f"{len(text)} characters, at most {MAX_FRAME} bytes")
    return text
