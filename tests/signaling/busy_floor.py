"""Adapter for tests: a busy floor: kiosks and operators who work by themselves, at a server that is killed meanwhile.

Each keeps what it was told as a real client does: a snapshot replaces it, replies and events go on from there.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from enum import StrEnum
from random import Random

from signaling.protocol import commands as c
from signaling.protocol import events as e
from signaling.protocol.replies import SessionOpened, TicketTaken
from signaling.protocol.values import Message, OfferView, OperatorStatus, SessionView, TicketState, TicketView
from tests.signaling import visit as v
from tests.signaling.client import Client, ServerProcess
from tests.signaling.returning_client import Record, Returning

SERVICES = ("payment", "readings", "contract", "other")
#: A customer in one of these was served.
SERVED = (TicketState.WRAPPING, TicketState.CLOSED)
AT_WORK = (OperatorStatus.AVAILABLE, OperatorStatus.OFFERED, OperatorStatus.BUSY, OperatorStatus.WRAP_UP)
#: What must not be done twice when its answer is lost.
ONCE = ("ticket.take", "offer.accept", "wrap_up.finish")


class Moment(StrEnum):
    """When the server is killed, always while the floor is busy."""

    #: the disk takes nothing, so that nobody can be told anything: a number was asked for, and others wait as well
    DISK_STUCK = "disk stuck"
    #: a customer has this instant been told a number: it must be on disk
    NUMBER_TOLD = "number told"
    #: an operator has this instant been told of a conversation: it must be on disk
    CALL_TOLD = "call told"
    #: one of each command of ``ONCE`` was done, and its answer was never heard: it must not be done again
    UNHEARD = "unheard"
    #: several commands are somewhere on their way
    ANY = "any"


class Kiosk(Returning):
    """One customer after the other."""

    session: SessionView | None = None
    answered: str | None = None
    about_to_take = False

    def __init__(self, one: Client, record: Record, chance: Random) -> None:
        super().__init__(one, record, chance)
        self.tickets: dict[str, TicketView] = {}
        self.may_take = asyncio.Event()
        self.may_take.set()

    def began(self, snapshot: e.KioskSnapshot) -> None:
        """The tickets and the conversation of the visit."""
        self.tickets, self.session = {one.ticket_id: one for one in snapshot.tickets}, snapshot.session
        self.record.kept += sum([self.record.compare(one) for one in snapshot.tickets])

    def told(self, news: Message) -> None:
        """Where the ticket is, and the conversation."""
        match news:
            case TicketTaken(ticket=ticket) | e.TicketChanged(ticket=ticket):
                self.record.compare(ticket)
                self.tickets[ticket.ticket_id] = ticket
            case e.SessionStarted(session=session):
                self.session = session
            case e.SessionDescribed(session_id=session_id):
                self.answered = session_id
            case e.SessionEnded():
                self.session = None

    async def work(self) -> None:
        """Until nobody new comes."""
        while not self.record.closing:
            await self._visit()
            self.record.contacts += 1
            self.record.news.say()
            await asyncio.sleep(self.chance.uniform(0.0, 0.2))

    async def _visit(self) -> None:
        since = self.epoch
        visit_id = await v.begin(self)
        self.about_to_take = True
        self.record.news.say()
        await self.may_take.wait()
        self.about_to_take = False
        ticket = await v.take(self, visit_id, service=self.chance.choice(SERVICES))
        self.record.confirm(ticket)
        me = ticket.ticket_id
        await self.news.until(lambda: self._talks(me) or self._served(me), f"a call of {ticket}")
        while self._talks(me):
            await self._offer(me, since)
        await self.news.until(lambda: self._served(me), f"the end of {ticket}")
        await self.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))

    async def _offer(self, ticket_id: str, since: str) -> None:
        """Once; a server that was killed meanwhile knows no descriptions any more, and the next offer is on us."""
        assert self.session is not None
        session_id, epoch = self.session.session_id, self.epoch
        with self.lawfully("session.describe", since):
            await v.describe(self, session_id, "offer")
        await self.news.until(
            lambda: self.answered == session_id or self.epoch != epoch or not self._talks(ticket_id), "an answer"
        )
        if self.answered == session_id:
            await self.ask(c.SessionMedia(session_id=session_id, state="live", figures={"fps_in": 29.5}))
            await self.news.until(lambda: not self._talks(ticket_id), f"the end of {session_id}")

    def _talks(self, ticket_id: str) -> bool:
        return self.session is not None and self.session.ticket_id == ticket_id

    def _served(self, ticket_id: str) -> bool:
        ticket = self.tickets.get(ticket_id)
        return not self._talks(ticket_id) and (ticket is None or ticket.state in SERVED)


class Operator(Returning):
    """One offer after the other."""

    offer: OfferView | None = None
    session: SessionView | None = None
    heard: str | None = None
    ready = False

    def __init__(self, one: Client, record: Record, chance: Random, talk_s: float) -> None:
        super().__init__(one, record, chance)
        self.talk_s = talk_s

    def began(self, snapshot: e.DeskSnapshot) -> None:
        """The desk: what rings, who is there."""
        self.offer, self.session, self.heard = snapshot.offer, snapshot.session, None
        self._still_at_work(snapshot.operator.status)

    def told(self, news: Message) -> None:
        """What rings, and who is there."""
        match news:
            case e.OfferMade(offer=offer):
                self.offer = offer
            case e.OfferWithdrawn(ticket_id=ticket_id):
                self.offer = None if self.offer is None or self.offer.ticket_id == ticket_id else self.offer
            case SessionOpened(session=session) | e.SessionStarted(session=session):
                self.offer, self.session = None, session
            case e.SessionDescribed(session_id=session_id):
                self.heard = session_id
            case e.OperatorChanged(operator=operator):
                self._still_at_work(operator.status)

    def _still_at_work(self, status: OperatorStatus) -> None:
        assert not self.ready or status in AT_WORK, f"{self.identity} became {status} without a wish"

    async def work(self) -> None:
        """Until everybody has gone."""
        await v.available(self)
        self.ready = True
        while True:
            await self.news.until(lambda: self.session or self.offer or self.record.empty, f"work for {self.identity}")
            if self.session is not None:
                await self._talk(self.session)
            elif self.offer is not None:
                await self._accept(self.offer)
            else:
                return

    async def _accept(self, offer: OfferView) -> None:
        self.offer = None  # it may ring again, for the same customer, before the answer comes
        with self.lawfully("offer.accept", self.epoch):
            await self.ask(c.OfferAccept(ticket_id=offer.ticket_id))

    async def _talk(self, session: SessionView) -> None:
        me, since = session.session_id, self.epoch
        self.record.served[session.ticket_id].add((self.identity, me))
        await self.news.until(lambda: self.heard == me, f"an offer in {me}")
        with self.lawfully("session.describe", since):
            await v.describe(self, me, "answer")
        await self.ask(c.SessionMedia(session_id=me, state="live", figures={"fps_in": 29.5}))
        await asyncio.sleep(self.chance.uniform(0.2, 1.8) * self.talk_s)
        await self.ask(c.SessionEnd(session_id=me))
        await self.ask(c.WrapUpFinish(session_id=me, result="resolved"))
        if self.session is not None and self.session.session_id == me:
            self.session = None


class Floor:
    """The server, everybody at it, and their day."""

    def __init__(self, server: ServerProcess, seed: int, talk_s: float) -> None:
        self.server, self.seed, self.talk_s = server, seed, talk_s
        self.record, self.chance = Record(), Random(seed)
        self.kiosks: list[Kiosk] = []
        self.operators: list[Operator] = []
        #: of each kill, for each client: seconds until it was linked again
        self.away: list[float] = []
        self.kills = 0

    @property
    def bots(self) -> list[Returning]:
        """Everybody."""
        return [*self.kiosks, *self.operators]

    async def open(self, kiosks: int, operators: int) -> None:
        """Everybody is there, and nobody works yet."""
        for number in range(1, kiosks + 1):
            one = await self.server.kiosk(f"K-{number}", f"Place {number}")
            self.kiosks.append(Kiosk(one, self.record, Random(f"{self.seed} kiosk {number}")))
        for number in range(1, operators + 1):
            one = await self.server.staff(f"op{number}")
            self.operators.append(Operator(one, self.record, Random(f"{self.seed} operator {number}"), self.talk_s))
        for bot in self.bots:
            await bot.begin()

    async def day(self, contacts: int, kills: Sequence[Moment]) -> None:
        """So many contacts or more, and the kills spread over them; then everybody finishes and goes."""
        async with asyncio.TaskGroup() as group:
            for bot in self.bots:
                group.create_task(bot.stay())
            at_kiosks = [group.create_task(one.work()) for one in self.kiosks]
            at_desks = [group.create_task(one.work()) for one in self.operators]
            for number, moment in enumerate(kills, 1):
                await self.record.contact(round(contacts * (number - self.chance.random() / 2) / (len(kills) + 1)))
                await self.kill(moment)
            await self.record.contact(contacts)
            self.record.closing = True
            await asyncio.wait(at_kiosks)
            self.record.empty = True
            for one in self.operators:
                one.news.say()
            await asyncio.wait(at_desks)
            self.record.closed = True
            for bot in self.bots:
                await bot.leave()

    async def kill(self, moment: Moment) -> None:
        """Kill -9 at such a moment, start again, and wait until everybody has come back."""
        match moment:
            case Moment.DISK_STUCK:
                await self._killed_without_a_disk()
            case Moment.NUMBER_TOLD:
                await self._killed_by(TicketTaken)
            case Moment.CALL_TOLD:
                await self._killed_by(SessionOpened)
            case Moment.UNHEARD:
                await self._answers_lost()
            case Moment.ANY:
                several = self.chance.randint(2, 4)
                await self.record.news.until(
                    lambda: sum(bool(one.unanswered) for one in self.bots) >= several, "commands"
                )
        killed_at, links = asyncio.get_running_loop().time(), {bot: bot.links for bot in self.bots}
        await self.server.kill_and_restart()
        await self.record.news.until(lambda: all(bot.links > links[bot] for bot in self.bots), "everybody to be back")
        self.away += [bot.linked_at - killed_at for bot in self.bots]
        self.kills += 1

    async def _killed_without_a_disk(self) -> None:
        """What cannot be written is not answered, however long the server lives."""
        kiosk, process = self.chance.choice(self.kiosks), self.server.process
        assert process is not None
        kiosk.may_take.clear()
        await self.record.news.until(lambda: kiosk.about_to_take, "a customer who goes to take a number")
        with closing(sqlite3.connect(self.server.folder / "infomat.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # nobody else writes
            kiosk.may_take.set()
            await self.record.news.until(lambda: kiosk.unanswered == "ticket.take", "a number to be asked for")
            await self.server.get("/metrics")  # it is alive, and has come to all that was asked before
            assert kiosk.unanswered == "ticket.take", "the number was told before it was on disk"
            process.kill()
            await process.wait()

    async def _killed_by(self, words: type[Message]) -> None:
        """The server dies while these words are being read, before anything else happens here."""
        process, heard = self.server.process, list[Message]()
        assert process is not None

        def listen(news: Message) -> None:
            if isinstance(news, words) and not heard:
                process.kill()
                heard.append(news)
                self.record.news.say()

        self.record.listener = listen
        await self.record.news.until(lambda: heard, f"{words.__name__}")
        await process.wait()

    async def _answers_lost(self) -> None:
        """Of each kind of command that is done once, one was answered to somebody who does not hear any more."""
        before = len(self.record.unheard)
        for number, kind in enumerate(ONCE, before + 1):
            await self.record.news.until(lambda kind=kind: self._asking(kind), kind)
            self._asking(kind)[0].deaf = True
            await self.record.news.until(lambda number=number: len(self.record.unheard) >= number, f"{kind} to be lost")

    def _asking(self, kind: str) -> list[Returning]:
        return [one for one in self.bots if one.unanswered == kind and not one.deaf]
