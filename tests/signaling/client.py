"""Adapter for tests: a server process of one's own, and small clients that speak the protocol to it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import signal
import ssl
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from ground.ids import new_id
from ground.signing import SigningKey, sign_in_text
from signaling.protocol.frames import (
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
    read_server_frame,
)
from signaling.protocol.values import Message, Role
from signaling.server import administration
from signaling.server.administration import add_staff, make_enrolment_code
from signaling.server.config import ServerConfig

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90.0  # only what never comes is to be found by it: pytest itself ends a test after 120 s
PASSWORD = "correct horse battery"
#: Argon2id takes a fifth of a second of a processor, on purpose: the tests' one password is hashed once a process.
administration.hash_password = functools.cache(administration.hash_password)


def environment() -> dict[str, str]:
    """For processes of ours: they find the packages, and compile them once for all tests and not at each start."""
    compiled = os.environ.get("PYTHONPYCACHEPREFIX", str(ROOT / ".cache" / "pycache"))  # as ./dev has it
    ours = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'queue'}", "PYTHONPYCACHEPREFIX": compiled}
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | ours


class ServerProcess:
    """``python -m signaling.server`` on a free port, which it keeps over restarts."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self.arguments = folder, arguments
        self.config = ServerConfig(folder)
        self.port = 0
        self.process: asyncio.subprocess.Process | None = None
        self.errors = b""

    async def start(self) -> Self:
        """Start and wait until it listens; one that does not is not left behind."""
        self.process = await self.spawn()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        try:
            async with asyncio.timeout(PATIENCE_S):
                line = await self.process.stdout.readline()
            if not line:
                raise AssertionError((await self.process.stderr.read()).decode())
            assert line.startswith(b"ready "), line
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            raise
        self.port = json.loads(line[6:])["port"]
        self._draining = asyncio.create_task(self._drain(self.process))
        return self

    async def spawn(self) -> asyncio.subprocess.Process:
        """The bare process."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "signaling.server",
            str(self.folder),
            f"--port={self.port}",
            *self.arguments,
            cwd=ROOT,
            env=environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def _drain(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while line := await process.stderr.readline():
            self.errors += line

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it and wait; the exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE_S):
            code = await self.process.wait()
            await self._draining
        return code

    async def kill_and_restart(self) -> None:
        """``kill -9``, then the same command again."""
        await self.end(signal.SIGKILL)
        await self.start()

    def tls(self) -> ssl.SSLContext:
        """Trusts this server's CA only."""
        return ssl.create_default_context(cafile=self.folder / "ca.pem")

    async def post(self, path: str, body: object, method: str = "POST", token: str = "") -> tuple[int, Any]:
        """(status, JSON answer) of a request; ``token``: of a source."""

        def ask() -> tuple[int, Any]:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            url = f"https://127.0.0.1:{self.port}{path}"
            request = Request(url, data=data if method == "POST" else None, headers=headers)
            try:
                with urlopen(request, context=self.tls(), timeout=PATIENCE_S) as answer:
                    text = answer.read()
                    kind = answer.headers.get("content-type", "")
                    return answer.status, json.loads(text) if "json" in kind else text
            except HTTPError as error:
                return error.code, json.loads(error.read())

        return await asyncio.to_thread(ask)

    async def get(self, path: str) -> tuple[int, Any]:
        """(status, answer) of a GET."""
        return await self.post(path, None, "GET")

    async def kiosk(self, name: str = "K-1", place: str = "Miass", instead_of: str | None = None) -> Client:
        """A new kiosk, enrolled and signed in; ``instead_of`` the machine of this one."""
        key = SigningKey()
        code = await asyncio.to_thread(make_enrolment_code, self.config, name, place, instead_of)
        status, told = await self.post("/api/enrol", {"code": code, "public_key": key.public})
        assert status == 200, told
        client = Client(self, Role.KIOSK, told["identity"], key=key)
        await client.link()
        return client

    async def staff(self, name: str = "anna", role: Role = Role.OPERATOR, **more: Any) -> Client:
        """Somebody new of the staff, signed in."""
        await asyncio.to_thread(add_staff, self.config, name, name.title(), role.value, PASSWORD, **more)
        return await self.sign_in(name, role)

    async def sign_in(self, name: str, role: Role = Role.OPERATOR) -> Client:
        """Somebody of the staff signs in at a new console."""
        key = SigningKey()
        body = {"name": name, "password": PASSWORD, "public_key": key.public}
        status, told = await self.post("/api/sign-in", body)
        assert status == 200, told
        client = Client(self, role, told["identity"], key=key, token=told["token"])
        await client.link()
        return client

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        code = await self.end()
        if error is None:
            assert code == 0, self.errors.decode()


class Refused(Exception):
    """The server refused a command, or said goodbye."""

    def __init__(self, frame: ErrorFrame | Goodbye) -> None:
        super().__init__(f"{frame.code.value} {getattr(frame, 'detail', '')}")
        self.frame = frame
        self.code = frame.code


class Client:
    """One client. Events are kept in ``events`` until they are taken by ``event``."""

    def __init__(
        self, server: ServerProcess, role: Role, identity: str, *, key: SigningKey, token: str | None = None
    ) -> None:
        self.server, self.role, self.identity, self.key, self.token = server, role, identity, key, token
        self.seen: Seen | None = None
        self.welcome: Welcome | None = None
        self.snapshot: Any = None
        self.goodbye: Goodbye | None = None
        self.errors: list[ErrorFrame] = []
        self.events: list[Message] = []
        self.numbers: list[int] = []
        self.close_code: int | None = None
        self.close_reason: str | None = None
        self._answers: dict[str, asyncio.Future[Message]] = {}
        self._news = asyncio.Condition()
        self.socket: ClientConnection | None = None

    async def open(self) -> Challenge:
        """Connect only; the challenge."""
        self.socket = await connect(
            f"wss://127.0.0.1:{self.server.port}/ws", ssl=self.server.tls(), compression=None, max_size=None
        )
        frame = read_server_frame(await self.socket.recv())
        assert isinstance(frame, Challenge)
        return frame

    def hello(self, nonce: str, **other: Any) -> Hello:
        """This client's hello."""
        proof: KioskProof | TokenProof
        if self.token is None:
            proof = KioskProof(signature=self.key.sign(sign_in_text(nonce, self.identity)))
        else:
            proof = TokenProof(token=self.token)
        told: dict[str, Any] = {"version": 1, "role": self.role, "identity": self.identity, "proof": proof}
        return Hello(**{**told, "seen": self.seen, **other})

    async def link(self, **other: Any) -> Welcome:
        """Connect and sign in; raises Refused with the goodbye."""
        challenge = await self.open()
        assert self.socket is not None
        self.goodbye = self.snapshot = None
        await self.socket.send(self.hello(challenge.nonce, **other).model_dump_json())
        frame = read_server_frame(await self.socket.recv())
        if isinstance(frame, Goodbye):
            raise Refused(frame)
        assert isinstance(frame, Welcome)
        self.welcome = frame
        if not frame.resumed:
            snapshot = read_server_frame(await self.socket.recv())
            assert isinstance(snapshot, SnapshotFrame)
            self.snapshot = snapshot.snapshot
            self.seen = Seen(epoch=snapshot.epoch, number=snapshot.number)
        self._reading = asyncio.create_task(self._read(self.socket))
        return frame

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                async with self._news:
                    self._take(read_server_frame(text))
                    self._news.notify_all()
        except ConnectionClosedError:
            pass  # killed, or closed with a code that says why
        self.close_code, self.close_reason = socket.close_code, socket.close_reason
        for waiting in self._answers.values():
            waiting.cancel()
        self._answers.clear()

    def _take(self, frame: Message) -> None:
        match frame:
            case ReplyFrame():
                self._answer(frame.id, frame)
            case ErrorFrame():
                if frame.id not in self._answers:
                    self.errors.append(frame)
                else:
                    self._answer(frame.id, frame)
            case EventFrame():
                self.events.append(frame.event)
                self.numbers.append(frame.number)
                self.seen = Seen(epoch=frame.epoch, number=frame.number)
            case Goodbye():
                self.goodbye = frame

    def _answer(self, command_id: str | None, frame: Message) -> None:
        waiting = self._answers.pop(command_id or "", None)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    async def send(self, text: str | bytes) -> None:
        """A raw frame."""
        assert self.socket is not None
        await self.socket.send(text)

    async def ask(self, command: Message, command_id: str | None = None) -> Any:
        """The reply to a command; raises Refused."""
        command_id = command_id or new_id()
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[command_id] = answer
        await self.send(CommandFrame(id=command_id, command=command).model_dump_json())  # type: ignore[arg-type]
        async with asyncio.timeout(PATIENCE_S):
            frame = await answer
        if isinstance(frame, ErrorFrame):
            raise Refused(frame)
        assert isinstance(frame, ReplyFrame)
        return frame.reply

    async def event(self, kind: str, fits: Any = lambda _event: True) -> Any:
        """The next event of this type that fits, taken out together with everything before it."""

        def found() -> int | None:
            for index, event in enumerate(self.events):
                if getattr(event, "type", None) == kind and fits(event):
                    return index
            return None

        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: found() is not None)
            index = found()
            assert index is not None
            event = self.events[index]
            del self.events[: index + 1]
            return event

    async def error(self) -> ErrorFrame:
        """The next error frame, taken out."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self.errors)
            return self.errors.pop(0)

    async def parted(self) -> Goodbye:
        """Wait until the server says goodbye and closes."""
        async with asyncio.timeout(PATIENCE_S):
            await self._reading
        assert self.goodbye is not None
        return self.goodbye

    async def leave(self) -> None:
        """Close the connection."""
        assert self.socket is not None
        await self.socket.close()
        await self._reading

    async def again(self) -> Welcome:
        """Connect again, having seen what was seen."""
        return await self.link()
