"""Wiring: the house of a measured call: a real server, and two windows that take a ticket and accept for media ends."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from benchmarks.call.ends import MediaEnd, Said, wall
from ground.ids import new_id
from ground.signing import SigningKey, sign_in_text
from infomat.demo.processes import Processes, python
from kiosk.agent.config import KEY_FILE, KioskConfig
from kiosk.agent.enrol import enrol
from operator_console.sign_in import link_url, sign_in
from signaling.client import Link
from signaling.protocol import Role, commands, events
from signaling.protocol.frames import KioskProof, TokenProof
from signaling.protocol.values import Description, Message
from signaling.server.administration import add_staff, make_enrolment_code
from signaling.server.config import ServerConfig

PASSWORD = "measured-call-41"
PATIENCE = 30.0  # seconds a step of the server may take; more is a failed run
CONNECTED_WITHIN = 10.0  # seconds; a call that is not seen and heard by then counts as never set up


class Window:
    """What a kiosk's visit or a console is to the server and to its media end."""

    def __init__(self, end: MediaEnd, key: SigningKey) -> None:
        self.end, self.key = end, key
        self.link: Link
        self.happened: asyncio.Queue[Message] = asyncio.Queue()
        self._online = asyncio.Event()
        self._running: asyncio.Task[Any] | None = None

    async def start(self, url: str, ca: Path, role: Role, identity: str, token: str | None) -> None:
        """Sign in, open the devices."""

        async def prove(nonce: str) -> KioskProof | TokenProof:
            if token is not None:
                return TokenProof(token=token)
            return KioskProof(signature=self.key.sign(sign_in_text(nonce, identity)))

        self.link = Link(url, ca, role, identity, prove, self._on_event, lambda snapshot: None, self._on_online)
        self._running = asyncio.create_task(self.link.run(), name=f"{role} link")
        await asyncio.wait_for(self._online.wait(), PATIENCE)
        await self.end.start(self._describe)

    async def until(self, kind: type[Any]) -> Any:
        """The next event of a kind; others are passed over."""
        async with asyncio.timeout(PATIENCE):
            while not isinstance(event := await self.happened.get(), kind):
                pass
            return event

    async def close(self) -> None:
        """Leave the server."""
        await self.link.close()
        if self._running is not None:
            await self._running

    def _on_online(self, up: bool, code: str | None) -> None:
        if up:
            self._online.set()

    def _on_event(self, event: Message) -> None:
        match event:
            case events.SessionStarted(session=session):
                self.end.join(session)
            case events.SessionDescribed(session_id=session_id, description=description):
                self.end.take(session_id, description)
        self.happened.put_nowait(event)

    def _describe(self, said: Said) -> None:
        fingerprint = said.fingerprint.upper()
        text = f"infomat media v1\n{said.session_id}\n{self.end.role}\n{fingerprint}\n{said.nonce}"
        self.link.keep(
            commands.SessionDescribe(
                session_id=said.session_id,
                description=Description(
                    kind=said.kind, sdp=said.sdp, fingerprint=fingerprint, nonce=said.nonce,
                    signature=self.key.sign(text),
                ),
            )
        )  # fmt: skip


class House:
    """One server for all runs; ``pair`` enrols and signs in anew for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes = Processes(folder / "logs")
        self._config = ServerConfig(folder / "server")
        self._url = ""
        self._staff = 0

    async def start(self) -> None:
        """Start the server."""
        server = await self._processes.start("server", *python("infomat", "server", "--folder", str(self._config.data_folder), "--port", "0"))  # noqa: E501  # fmt: skip
        self._url = f"https://127.0.0.1:{server.said['port']}"

    async def pair(self, kiosk: MediaEnd, operator: MediaEnd) -> Pair:
        """A new kiosk and a new operator, signed in, their media ends open."""
        self._staff += 1
        ca, name = self._config.data_folder / "ca.pem", f"operator{self._staff}"
        languages = ("ru", "lv", "en")
        await asyncio.to_thread(add_staff, self._config, name, name, "operator", PASSWORD, languages=languages)
        code = await asyncio.to_thread(make_enrolment_code, self._config, f"K-{self._staff}", "Bench")
        home = self._folder / f"kiosk-{self._staff}"
        await enrol(self._url, code, home)
        key = SigningKey((home / KEY_FILE).read_text().strip())
        identity = KioskConfig.load(home).identity
        ours, theirs = Window(kiosk, key), Window(operator, SigningKey())
        credentials = await sign_in(self._url, ca, name, PASSWORD, theirs.key.public)
        # one after the other: each is inside its namespace while its process starts
        await ours.start(link_url(self._url), ca, Role.KIOSK, identity, None)
        await theirs.start(link_url(self._url), ca, Role.OPERATOR, credentials.identity, credentials.token)
        return Pair(ours, theirs)

    async def close(self) -> None:
        """End the server."""
        await self._processes.stop_all()


class Pair:
    """A kiosk and an operator who call each other again and again."""

    def __init__(self, kiosk: Window, operator: Window) -> None:
        self.kiosk, self.operator = kiosk, operator
        self._visit = self._session = ""

    @property
    def ends(self) -> tuple[MediaEnd, MediaEnd]:
        """Both media ends."""
        return self.kiosk.end, self.operator.end

    async def ring(self) -> str:
        """The customer takes a ticket, the operator is offered it; returns the ticket."""
        self._visit, ticket = new_id(), new_id()
        for window in (self.kiosk, self.operator):
            while not window.happened.empty():
                window.happened.get_nowait()
        await self.operator.link.ask(commands.StatusSet(status="available"))
        await self.kiosk.link.ask(commands.VisitBegin(visit_id=self._visit, language="ru"))
        await self.kiosk.link.ask(
            commands.TicketTake(ticket_id=ticket, visit_id=self._visit, service="readings", language="ru")
        )
        offered = await self.operator.until(events.OfferMade)
        return str(offered.offer.ticket_id)

    async def accept(self, ticket: str) -> float:
        """The operator accepts: from here on pictures and sound may flow; returns when (wall_ms)."""
        for end in self.ends:
            end.firsts.picture = end.firsts.sound = None
        at = wall()
        opened: Any = await self.operator.link.ask(commands.OfferAccept(ticket_id=ticket))
        self._session = opened.session.session_id
        return at

    async def connected(self) -> bool:
        """Wait until both ends see and hear; False when they do not in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONNECTED_WITHIN):
                while not all(end.firsts.whole for end in self.ends):
                    await asyncio.sleep(0.01)
                return True
        return False

    async def hang_up(self) -> None:
        """The operator ends the call and is ready for the next."""
        await self.operator.link.ask(commands.SessionEnd(session_id=self._session))
        await self.kiosk.until(events.SessionEnded)
        for end in self.ends:
            end.leave(self._session)
        await self.operator.link.ask(commands.WrapUpFinish(session_id=self._session, result="resolved"))
        await self.kiosk.link.ask(commands.VisitEnd(visit_id=self._visit, outcome="finished"))

    async def close(self) -> None:
        """Both leave the server."""
        await self.kiosk.close()
        await self.operator.close()
