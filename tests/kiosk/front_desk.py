"""A small server of the protocol for the kiosk's tests: says yes, remembers what it was told, can go away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ground.signing import SigningKey, sign_in_text, signature_holds
from kiosk.agent.config import KioskConfig
from signaling.protocol import VERSION
from signaling.protocol import commands as c
from signaling.protocol import replies as r
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import Event, KioskSnapshot
from signaling.protocol.frames import (
    Challenge,
    CommandFrame,
    ErrorFrame,
    EventFrame,
    Goodbye,
    Hello,
    KioskProof,
    ReplyFrame,
    SnapshotFrame,
    Welcome,
    read_client_frame,
)
from signaling.protocol.replies import Reply
from tests.kiosk.journey.people import account, ticket

NONCE = "a-nonce-of-the-test"


class FrontDesk:
    """Plain ws on loopback. ``told`` holds each command once, however often it was sent."""

    def __init__(self, public_key: str) -> None:
        self.told: list[c.Command] = []
        self.snapshot = KioskSnapshot()
        self.refuse: dict[str, ErrorCode] = {}
        self.mute: set[str] = set()
        self.let_in = True
        self.port = 0
        self._public_key = public_key
        self._seen: set[str] = set()
        self._server: Server | None = None
        self._open: set[ServerConnection] = set()
        self._number = 0
        self._changed = asyncio.Event()

    async def start(self) -> None:
        """Listen, on the same port as before when there was one."""
        self._server = await serve(self._serve, "127.0.0.1", self.port)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def go_away(self) -> None:
        """Close every connection and listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def tell(self, event: Event) -> None:
        """An event to the kiosk that is connected."""
        self._number += 1
        frame = EventFrame(epoch="e", number=self._number, event=event)
        for connection in self._open:
            await connection.send(frame.model_dump_json())

    async def until(self, condition: Callable[[FrontDesk], bool], seconds: float = 20) -> None:
        """Wait until the condition holds; it is looked at after each command. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition(self):
                self._changed.clear()
                await self._changed.wait()

    def of(self, kind: type) -> list[c.Command]:
        """The commands of a kind so far."""
        return [command for command in self.told if isinstance(command, kind)]

    @property
    def connected(self) -> bool:
        """Whether a kiosk is signed in."""
        return bool(self._open)

    async def _serve(self, connection: ServerConnection) -> None:
        try:
            await connection.send(Challenge(nonce=NONCE, versions=(VERSION,)).model_dump_json())
            hello = read_client_frame(await connection.recv())
            assert isinstance(hello, Hello)
            assert isinstance(hello.proof, KioskProof)
            signed = signature_holds(self._public_key, sign_in_text(NONCE, hello.identity), hello.proof.signature)
            if not (signed and self.let_in):
                bye = Goodbye(code=ErrorCode.NOT_SIGNED_IN, phrase="error.auth.failed")
                await connection.send(bye.model_dump_json())
                return
            welcome = Welcome(version=VERSION, epoch="e", number=self._number, resumed=False)
            await connection.send(welcome.model_dump_json())
            await connection.send(
                SnapshotFrame(epoch="e", number=self._number, snapshot=self.snapshot).model_dump_json()
            )
            self._open.add(connection)
            self._changed.set()
            async for text in connection:
                frame = read_client_frame(text)
                assert isinstance(frame, CommandFrame)
                await self._take(connection, frame)
        except ConnectionClosed:
            return
        finally:
            self._open.discard(connection)

    async def _take(self, connection: ServerConnection, frame: CommandFrame) -> None:
        if frame.id not in self._seen:
            self._seen.add(frame.id)
            self.told.append(frame.command)
        self._changed.set()
        if frame.command.type in self.mute:
            return
        try:
            answer = ReplyFrame(id=frame.id, reply=self._reply(frame.command)).model_dump_json()
        except ProtocolError as error:
            phrase = f"error.{error.error_code.value}"
            answer = ErrorFrame(id=frame.id, code=error.error_code, phrase=phrase).model_dump_json()
        await connection.send(answer)

    def _reply(self, command: c.Command) -> Reply:
        if command.type in self.refuse:
            raise ProtocolError(self.refuse[command.type])
        match command:
            case c.AccountFind(number=number):
                if number == "999":
                    raise ProtocolError(ErrorCode.ACCOUNT_UNKNOWN)
                return r.AccountFound(account=account())
            case c.ReadingSubmit():
                return r.ReadingAnswer(outcome="accepted", reference="R2611-M-1")
            case c.TicketTake(ticket_id=ticket_id):
                return r.TicketTaken(ticket=ticket(ticket_id))
            case c.PurchaseRecord(purchase_id=purchase_id, entries=entries):
                return r.PurchaseRecorded(purchase_id=purchase_id, seq=max(int(entry["seq"]) for entry in entries))
            case _:
                return r.Done()


def kiosk_folder(folder: Path, port: int, key: SigningKey, **more: object) -> KioskConfig:
    """A data folder of an enrolled kiosk whose server is on this machine."""
    config = KioskConfig.model_validate(
        {
            "folder": folder,
            "server_url": f"ws://127.0.0.1:{port}/ws",
            "identity": "kiosk-1",
            "kiosk_name": "Терминал № 41",
            "place": "Миасс",
            "terminal": "",
            "card_reader": False,
            "probe": True,
            "geometry": "1080x1920+0+0",
            **more,
        }
    )
    config.save()
    (folder / "kiosk.key").write_text(key.seed)
    return config
