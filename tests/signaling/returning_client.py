"""Adapter for tests: a client that comes back by itself after its server was killed, and asks again what was lost.

What it was told, and must hold whatever becomes of the server, is in a record that many of them share.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidMessage

from ground.ids import new_id
from signaling.protocol.errors import ErrorCode
from signaling.protocol.frames import EventFrame, ReplyFrame, Welcome
from signaling.protocol.replies import SessionOpened, TicketTaken
from signaling.protocol.values import Message, TicketView
from tests.signaling.client import PATIENCE_S, Client, Refused

#: All that a command may be refused for, and only when the server was killed since the matter began.
LAWFUL = {
    # A link that is lost takes its offer back: the customer is offered anew, perhaps to somebody else.
    "offer.accept": ErrorCode.OFFER_GONE,
    # Descriptions lie in memory alone: a killed server has no offer to answer any more, and an operator who was told
    # so goes on, and may have hung up before the kiosk is back with another one.
    "session.describe": ErrorCode.ILLEGAL_MOVE,
}
#: How a server that is not there, or not there any more, is noticed while a link is made.
NOT_THERE = (OSError, ConnectionClosed, InvalidMessage)


class News:
    """What one task waits for: somebody else says that something has changed."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def say(self) -> None:
        """Something has changed."""
        self._changed.set()

    async def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait until it holds; nobody waits for ever."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"in vain was waited for {what}") from None


class Record:
    """What everybody on the floor was told, and what of it must hold whatever becomes of the server."""

    def __init__(self) -> None:
        self.news = News()
        #: ticket id -> (number, proof), as the kiosk was told
        self.confirmed: dict[str, tuple[str, str]] = {}
        #: ticket id -> (operator, session) of each conversation that an operator was told of
        self.served: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self.contacts = 0
        #: commands that were sent again because their answers did not come
        self.sent_again = Counter[str]()
        #: command id -> what the server had answered before it was killed, and nobody heard
        self.unheard: dict[str, tuple[str, Message]] = {}
        #: types of those that were answered the same when they were sent again
        self.same_again = Counter[str]()
        self.excused = Counter[str]()
        #: tickets found as they had been told, in snapshots of a server that was started anew
        self.kept = 0
        #: called with whatever anybody is told
        self.listener: Callable[[Message], None] = lambda _news: None
        #: nobody new comes; everybody has gone; there will be no server
        self.closing = self.empty = self.closed = False

    async def contact(self, number: int) -> None:
        """Wait until there were so many."""
        await self.news.until(lambda: self.contacts >= number, f"contact {number}")

    def confirm(self, ticket: TicketView) -> None:
        """A customer has this number from now on."""
        assert ticket.number
        assert ticket.proof
        self.confirmed[ticket.ticket_id] = ticket.number, ticket.proof
        self.news.say()

    def compare(self, ticket: TicketView) -> bool:
        """Whether it was confirmed; it is then what it was."""
        told = self.confirmed.get(ticket.ticket_id)
        assert told in (None, (ticket.number, ticket.proof)), f"{told} has become {ticket}"
        return told is not None

    def answered_again(self, command_id: str, reply: Message) -> None:
        """What was done already is answered as it was, though nobody had heard it."""
        kind, before = self.unheard.get(command_id, ("", None))
        if before is not None:
            assert _essence(reply) == _essence(before), f"{kind} was done twice: {before}, then {reply}"
            self.same_again[kind] += 1


def _essence(reply: Message) -> tuple[str, ...]:
    match reply:
        case TicketTaken(ticket=ticket):
            return ticket.ticket_id, ticket.number, ticket.proof
        case SessionOpened(session=session):
            return session.session_id, session.ticket_id
        case _:
            return (type(reply).__name__,)


class Returning(Client):
    """A client that stays: it comes back by itself, and what it asks is answered in the end."""

    def __init__(self, one: Client, record: Record, chance: Random) -> None:
        super().__init__(one.server, one.role, one.identity, key=one.key, token=one.token)
        self.before, self.record, self.chance = one, record, chance
        self.news, self.linked = News(), asyncio.Event()
        self.links, self.linked_at = 0, 0.0
        self.asking: Message | None = None
        #: the server's words do not arrive any more; the next link will be a better one
        self.deaf = False

    @property
    def epoch(self) -> str:
        """Of the start of the server that it is, or was, linked to."""
        assert self.welcome is not None
        return self.welcome.epoch

    @property
    def unanswered(self) -> str:
        """The type of the command that was sent and has no answer yet; empty: none."""
        return kind_of(self.asking) if self.asking is not None and self._answers else ""

    def began(self, snapshot: Any) -> None:
        """All that is known is this."""
        raise NotImplementedError

    def told(self, news: Message) -> None:
        """A reply or an event."""
        raise NotImplementedError

    async def link(self, **other: Any) -> Welcome:
        """As any client; a snapshot is taken over before anything else is told."""
        welcome = await super().link(**other)
        self.deaf = False
        if not welcome.resumed:
            self.began(self.snapshot)
        self.links, self.linked_at = self.links + 1, asyncio.get_running_loop().time()
        self.linked.set()
        self.news.say()
        self.record.news.say()
        return welcome

    async def begin(self) -> None:
        """In the place of the client that signed in."""
        await self.before.leave()
        await self.link()

    async def stay(self) -> None:
        """Keep the link until the floor is closed."""
        while True:
            await self._reading
            if self.record.closed:
                return
            assert self.goodbye is None, f"a killed server says nothing, and not {self.goodbye}"
            async with asyncio.timeout(PATIENCE_S):
                await self._come_back()

    async def _come_back(self) -> None:
        pause = 0.1
        while True:
            try:
                await self.link()
                return
            except NOT_THERE:
                await asyncio.sleep(self.chance.uniform(0.5, 1.0) * pause)  # as kiosks and consoles do, only sooner
                pause = min(2 * pause, 1.0)

    async def ask(self, command: Message, command_id: str | None = None) -> Any:
        """The reply, however often it has to be asked for; raises Refused."""
        command_id = command_id or new_id()
        try:
            async with asyncio.timeout(PATIENCE_S):
                reply = await self._ask_until_answered(command, command_id)
        except TimeoutError:
            raise AssertionError(f"nobody answered {command}") from None
        self.record.answered_again(command_id, reply)
        return reply

    async def _ask_until_answered(self, command: Message, command_id: str) -> Any:
        task = asyncio.current_task()
        assert task is not None
        while True:
            await self.linked.wait()
            reading, self.asking = self._reading, command
            self.record.news.say()
            try:
                return await super().ask(command, command_id)
            except ConnectionClosed:
                pass  # gone before it was sent
            except asyncio.CancelledError:  # how a client says that the link was lost before the answer came
                if task.cancelling():
                    raise
                self.record.sent_again[kind_of(command)] += 1
            finally:
                self.asking = None
            await asyncio.wait([reading])

    async def _read(self, socket: ClientConnection) -> None:
        try:
            await super()._read(socket)
        finally:
            self.linked.clear()
            self.news.say()

    def _take(self, frame: Message) -> None:
        if self.deaf:
            if isinstance(frame, ReplyFrame) and self.asking is not None:
                self.record.unheard[frame.id] = kind_of(self.asking), frame.reply
                self.record.news.say()
            return
        super()._take(frame)
        match frame:
            case ReplyFrame(reply=news) | EventFrame(event=news):
                self.events.clear()
                self.told(news)
                self.record.listener(news)
        self.news.say()

    @contextmanager
    def lawfully(self, kind: str, since: str) -> Iterator[None]:
        """A refusal is none of ours when the server was killed since then, and could do nothing else."""
        try:
            yield
        except Refused as refused:
            if refused.code is not LAWFUL[kind] or self.epoch == since:
                raise
            self.record.excused[kind] += 1


def kind_of(command: Message) -> str:
    """``ticket.take`` and the like."""
    return str(getattr(command, "type", ""))
