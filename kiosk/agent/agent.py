"""Adapter: the agent's middle: what the visit, the server, the terminal and the card reader say to each other.

It decides nothing about the visit (``kiosk.journey`` does) or the money (``payment`` does); it owns what must last.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from ground.clock import Clock
from ground.disk import Disk
from ground.errands import Errands
from ground.errors import InfomatError
from ground.ids import new_id
from ground.logs import get_logger
from ground.signing import description_text, sign_in_text
from kiosk import ipc
from kiosk.agent.config import KioskConfig
from kiosk.agent.day_end import DayEnd
from kiosk.agent.health import KioskHealth
from kiosk.agent.outbox import Outbox, OutboxBroken
from kiosk.agent.post import Post
from kiosk.agent.printing import PrintDesk
from kiosk.agent.sound_check import SoundCheck
from kiosk.agent.till import Order, Till
from kiosk.agent.visits import Visits
from kiosk.devices.card_reader import CardReader
from kiosk.devices.printers import printer_of
from kiosk.slips.place import Place
from signaling.client.link import Link, LinkDown
from signaling.protocol import Role
from signaling.protocol import commands as c
from signaling.protocol import events as s
from signaling.protocol.errors import ProtocolError
from signaling.protocol.frames import KioskProof
from signaling.protocol.queueing import CallBackWish, DoorTold
from signaling.protocol.replies import Reply, TicketTaken
from signaling.protocol.values import Description, Language, Message, SessionView, TicketState, TicketView

log = get_logger()

SOFTWARE = "infomat-kiosk 0.1.0"
_OPEN_VISIT = "visit"  # the file that names a visit that has begun

#: Told at once or not at all: the newest is all that counts.
_LATEST = (c.JourneyReport, c.SessionMedia)


class AgentBroken(InfomatError):
    """A part without which the agent serves nobody has broken; the process must be started anew."""

    code = "agent.broken"


class Agent:
    """One kiosk. ``run`` lasts until ``stop``."""

    def __init__(self, config: KioskConfig, disk: Disk, till_disk: Disk, clock: Clock) -> None:
        self._config, self._disk = config, disk
        self._key = config.key()
        self.outbox = Outbox(disk)
        self.visits = Visits(config.folder, self)
        profile = config.folder / config.terminal if config.terminal else None
        self.till = Till(
            till_disk, profile, config.identity, clock, self._record, self.visits.tell, self._world_changed,
            lambda purchase: self.desk.moved(purchase),
        )  # fmt: skip
        place = Place(config.company, config.kiosk_name, config.place, config.phone)
        self.desk = PrintDesk(
            printer_of(config.printer, self.till.print_lines, self._terminal_printer), disk, clock, place,
            self.visits.tell, self._world_changed, tickets=config.printer.tickets, needed=config.printer.needed_to_pay,
            terminal_prints=lambda: self.till.prints,
        )  # fmt: skip
        self.day_end = DayEnd(
            till_disk, clock, config.day_end, self._is_quiet, self.till.close_day, lambda told: self.post.keep(told)
        )
        self.reader = CardReader(self._card, self._world_changed) if config.card_reader else None
        self.link = Link(
            config.server_url,
            config.ca_file if config.ca_file.exists() else None,
            Role.KIOSK,
            config.identity,
            self._prove,
            self._on_event,
            self._on_snapshot,
            self._on_online,
            software=SOFTWARE,
        )
        self._errands = Errands("agent")
        self.post = Post(self.link, self.outbox, self._errands.send, self._world_changed)
        self._in_service = True
        self._line: s.LineTold | None = None
        self._door = DoorTold(path="", waiting=0)
        self._tickets: dict[str, TicketView] = {}
        self._session: SessionView | None = None
        media = config.media
        sound_check = SoundCheck(media.sound_check_volume, media.sound_check_from, media.sound_check_until)
        self._health = KioskHealth(clock, sound_check, self._report_health)
        self._stopped = asyncio.Event()
        self._broken: Exception | None = None

    async def run(self) -> None:
        """Everything, until ``stop``; ends what it started. Raises AgentBroken."""
        self.outbox.open()
        self._close_what_a_crash_left()
        self.post.open()
        await self.visits.start()
        self.desk.open()
        await self.till.open()
        self._errands.send(self.desk.run())  # beside all that follows: nobody waits for paper
        for work in (self.link.run(), self._health.run(), self.day_end.run()):
            self._do_always(work)
        if self.reader is not None:
            self._do_always(self.reader.run())
        try:
            await self._stopped.wait()
        finally:
            await self._close()
        if self._broken is not None:
            raise AgentBroken(f"{type(self._broken).__name__}: {self._broken}") from self._broken

    def stop(self) -> None:
        """End, as SIGTERM wishes."""
        self._stopped.set()

    async def _close(self) -> None:
        if self.reader is not None:
            self.reader.stop()
        await self.visits.close()
        await self.till.close()
        await self.link.close()
        await self._errands.end()
        self.outbox.close()

    # --- Host: what the visits ask ---

    def prepare(self) -> ipc.Prepare:
        """The first message to a process."""
        config = self._config
        return ipc.Prepare(
            face=config.face,
            camera=config.media.camera,
            microphone=config.media.microphone,
            loudspeaker=config.media.loudspeaker,
            geometry=config.geometry,
            ask_language_first=config.ask_language_first,
            idle_s=config.idle_s,
            warning_s=config.warning_s,
            probe="" if config.probe_path is None else str(config.probe_path),
        )

    def world(self) -> ipc.World:
        """How the world is now."""
        return ipc.World(
            online=self.link.online,
            payments_offered=self.till.offered and self.desk.lets_pay,
            in_service=self._in_service,
            line=self._line,
            called=self._door.called or "",
            printer=self.desk.paper,
            keeps=self.outbox.keeps,
        )

    def self_test_due(self) -> bool:
        """As the kiosk's health wants it."""
        return self._health.self_test_due()

    def sound_check_due(self) -> float:
        """As the kiosk's health wants it."""
        return self._health.sound_check_due()

    def visit_began(self, visit_id: str, language: Language) -> None:
        """Somebody is here; the server hears of it, if need be later."""
        log.info("visit began", visit=visit_id)
        self._note_open_visit(visit_id)
        self.post.keep(c.VisitBegin(visit_id=visit_id, language=language))
        self.desk.visit_began()

    def visit_over(self, visit_id: str, outcome: str) -> None:
        """The visit is over; nothing of it stays here but what must still arrive."""
        log.info("visit over", visit=visit_id, reason=outcome)
        self.post.keep(c.VisitEnd.model_validate({"visit_id": visit_id, "outcome": outcome}))
        self._note_open_visit("")
        self._tickets.clear()
        self._session = None
        self.post.forget_newest()
        self.till.visit_over()
        self.desk.visit_over()

    def taken_up(self, send: Callable[[Message], None]) -> None:
        """A new process of the same visit: its place in the line, its conversation, its payment."""
        snapshot = s.KioskSnapshot(tickets=tuple(self._tickets.values()), session=self._session, line=self._line)
        send(ipc.Caught(snapshot=snapshot))
        self.till.show_again(send)
        self.desk.show_again(send)

    def heard(self, message: Message) -> None:
        """What the process in view asks of the world."""
        match message:
            case ipc.Ask(ask_id=ask_id, command=command):
                self._errands.send(self._answer(ask_id, command))
            case ipc.Tell(command=command):
                self._told(command)
            case ipc.Equipped():
                self._health.found(message)
            case ipc.Describe():
                self._errands.send(self._describe(message))
            case ipc.StartPurchase():
                self.desk.begun(message)
                self.till.start(message)
            case ipc.CancelPurchase(purchase_id=purchase_id):
                self.till.cancel(purchase_id)

    # --- to the server ---

    async def _answer(self, ask_id: str, command: c.Command) -> None:
        visit_id = self.visits.visit_id
        try:
            reply = await self.post.ask(command, ask_id)
        except ProtocolError as error:
            answer = ipc.Answer(ask_id=ask_id, error=error.error_code.value, detail=error.detail[:200])
        except LinkDown as error:
            answer = ipc.Answer(ask_id=ask_id, error=error.code)
        else:
            if isinstance(reply, TicketTaken) and self.visits.visit_id == visit_id:
                self._tickets[reply.ticket.ticket_id] = reply.ticket
                if isinstance(command, c.TicketTake):
                    self.desk.ticket(reply.ticket, command.service, command.language)
            if isinstance(command, CallBackWish):
                self._tickets.pop(command.ticket_id, None)  # the person goes home: no more of this kiosk
            answer = ipc.Answer(ask_id=ask_id, reply=reply)
        if self.visits.visit_id == visit_id:
            self.visits.tell(answer)

    def _told(self, command: c.Command) -> None:
        if isinstance(command, c.JourneyReport):
            self.visits.saw(command.view)
        if isinstance(command, _LATEST):
            self.post.tell_newest(command)
            return
        if isinstance(command, c.TicketLeave):
            self._tickets.pop(command.ticket_id, None)
        if isinstance(command, c.SessionEnd) and self._session and self._session.session_id == command.session_id:
            self._session = None
        self.post.keep(command)

    async def _describe(self, message: ipc.Describe) -> None:
        text = description_text(message.session_id, "kiosk", message.fingerprint, message.nonce)
        description = Description(
            kind=message.kind,
            sdp=message.sdp,
            fingerprint=message.fingerprint,
            nonce=message.nonce,
            signature=self._key.sign(text),
        )
        command = c.SessionDescribe(session_id=message.session_id, description=description)
        try:
            await self.post.ask(command)
        except (LinkDown, ProtocolError) as error:
            log.warning("a description did not arrive", session=message.session_id, code=error.code)

    async def _record(self, command: c.Command) -> Reply:
        return await self.post.ask(command)

    async def _prove(self, nonce: str) -> KioskProof:
        return KioskProof(signature=self._key.sign(sign_in_text(nonce, self._config.identity)))

    # --- from the server ---

    def _on_event(self, event: s.Event) -> None:
        match event:
            case s.LineTold():
                self._line = event
                self._world_changed()
                return
            case DoorTold():
                self._door = event
                self._world_changed()
                return
            case s.PurchasePosted():
                self.till.posted(event)
            case s.PurchaseRefund() | s.PurchaseClarified() | s.PurchaseFiscalised():
                self.till.ordered(event)
                return
            case s.TicketChanged(ticket=ticket):
                self._note_ticket(ticket)
            case s.SessionStarted(session=session) | s.SessionRestart(session=session):
                self._note_session(session)
            case s.SessionShown(session_id=session_id, page=page):
                if self._session is not None and self._session.session_id == session_id:
                    self._session = self._session.model_copy(update={"page": page})
            case s.SessionEnded(session_id=session_id):
                if self._session is not None and self._session.session_id == session_id:
                    self._session = None
            case s.IntentCame(visit_id=visit_id) if visit_id != self.visits.visit_id:
                log.info("an intent for another visit", visit=visit_id)
                return
        self.visits.tell(ipc.Told(event=event))

    def _on_snapshot(self, snapshot: s.Snapshot) -> None:
        if not isinstance(snapshot, s.KioskSnapshot):
            return
        self._line, self._door = snapshot.line or self._line, snapshot.door or self._door
        self._tickets = {ticket.ticket_id: ticket for ticket in snapshot.tickets} if self.visits.visit_id else {}
        self._session = None
        if snapshot.session is not None:
            self._note_session(snapshot.session)
        for posted in snapshot.posted:
            self.till.posted(posted)
        orders: tuple[Order, ...] = (*snapshot.clarified, *snapshot.refunds, *snapshot.fiscalised)
        for order in orders:
            self.till.ordered(order)
        self.visits.tell(ipc.Caught(snapshot=snapshot))
        self._world_changed()

    def _on_online(self, up: bool, code: str | None) -> None:
        log.info("link", state="online" if up else "away", code=code or "")
        self._in_service = code is None
        self._world_changed()
        if up:
            self.till.link_is_back()
            self.post.link_is_back()

    def _note_ticket(self, ticket: TicketView) -> None:
        if ticket.state in (TicketState.CLOSED, TicketState.ABANDONED):
            self._tickets.pop(ticket.ticket_id, None)
        elif self.visits.visit_id is not None:
            self._tickets[ticket.ticket_id] = ticket

    def _note_session(self, session: SessionView) -> None:
        """A conversation of a visit that is over ends; nobody is there."""
        if session.visit_id is not None and session.visit_id != self.visits.visit_id:
            self.post.keep(c.SessionEnd(session_id=session.session_id))
            return
        self._session = session

    # --- the devices and the rest ---

    def _card(self, uid: str) -> None:
        self.visits.tell(ipc.CardPresented(uid=uid))

    async def _terminal_printer(self) -> str:
        await self.till.health()
        return self.till.printer_status

    def _is_quiet(self) -> bool:
        return self.visits.visit_id is None and self.till.quiet

    def _world_changed(self) -> None:
        self.visits.tell_all(self.world())
        self._health.changed()

    async def _report_health(self, equipped: ipc.Equipped) -> None:
        if not self.link.online:
            return
        report = c.HealthReport(
            terminal=await self.till.health(),
            card_reader="out" if self.reader is None else self.reader.state,
            frames_seen=self.visits.frames,
            software=SOFTWARE,
            camera=equipped.camera,
            microphone=equipped.microphone,
            loudspeaker=equipped.loudspeaker,
            engine=equipped.engine,
            sound_check=equipped.sound_check,
            printer=self.desk.health,
        )
        with contextlib.suppress(LinkDown, ProtocolError):
            await self.post.ask(report)

    def _close_what_a_crash_left(self) -> None:
        """A visit that was open when this machine lost power is over; its place in the line is given back by that."""
        visit_id = (self._disk.read(_OPEN_VISIT) or b"").decode()
        if visit_id:
            log.warning("a visit was open when the agent stopped", visit=visit_id)
            with contextlib.suppress(OutboxBroken):
                self.outbox.add(new_id(), c.VisitEnd(visit_id=visit_id, outcome="crashed"))
                self._note_open_visit("")

    def _note_open_visit(self, visit_id: str) -> None:
        """On disk which visit has begun, or none. A disk that refuses it costs the note and not the visit."""
        try:
            self._disk.replace(_OPEN_VISIT, visit_id.encode())
        except OSError as error:
            log.error("the open visit is not noted", error=type(error).__name__)

    def _do_always(self, work: Coroutine[Any, Any, Any]) -> None:
        """Work without which a kiosk is none: if it breaks the agent ends, and whoever watches it starts it anew."""

        async def watched() -> None:
            try:
                await work
            except Exception as error:
                self._broken = error
                self._stopped.set()
                raise

        self._errands.send(watched())
