"""Adapter: the one owner of the server's state: serves commands, links and timers, and makes their changes durable.

Everything here runs in one loop. A command changes the memory at once and is answered when its change is durable;
changes are told in the order in which they were made.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from functools import partial

from equeue import events as ev
from equeue.operator_states import OperatorState
from equeue.ticket_states import TicketState
from ground.errors import InfomatError
from ground.logs import get_logger
from signaling.protocol.commands import TokenRenew, WrapUpExtend
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import DeskSnapshot, KioskSnapshot
from signaling.protocol.frames import CommandFrame, ErrorFrame, ReplyFrame, Seen, SnapshotFrame, Welcome
from signaling.protocol.queueing import ColleaguesAsk
from signaling.protocol.values import Message, Role
from signaling.server import views
from signaling.server.asked import Asked, Client, Services
from signaling.server.bookings import Bookings
from signaling.server.bulletin import Bulletin
from signaling.server.call_backs import CallBacks
from signaling.server.call_session import VisitOver
from signaling.server.command_table import refusal, served
from signaling.server.commit_line import CommitLine
from signaling.server.desk_commands import come_to_work
from signaling.server.event_log import Change, Expire, Put
from signaling.server.front_office import Kiosk
from signaling.server.hub import Hub, Link
from signaling.server.kept_replies import KeptReplies, content_of
from signaling.server.metrics import Metrics
from signaling.server.numbers import give_up
from signaling.server.queue_view import line_seen
from signaling.server.roster_watch import RosterWatch

log = get_logger()

_AFTER_A_MISTAKE_S = 1.0
_PERSONAL_KEPT_S = 60.0  # a reply that holds something personal, for a client whose link broke just then
_STALE_VISIT = timedelta(hours=12)
_TALKS_KEPT = timedelta(days=1)
#: A transaction takes a hundredth of this on a slow disk.
_STUCK_S = 3.0


class House:
    """Ties the services to the clients."""

    def __init__(self, services: Services, hub: Hub, line: CommitLine, metrics: Metrics, replies: KeptReplies) -> None:
        self.services, self.hub, self.metrics, self.replies = services, hub, metrics, replies
        self.closing = False
        self._line = line
        self._alarm: asyncio.TimerHandle | None = None
        self._bulletin = Bulletin(services, hub, self.submit)
        self.roster = RosterWatch(services, hub, self.submit, self._bulletin.soon)
        services.call_backs = CallBacks(services, self.submit)
        services.bookings = Bookings(services, self.submit)

    # Changes.

    def submit(self, change: Change) -> asyncio.Future[None]:
        """Make a change durable, then tell it."""
        done = self._line.submit(change)
        self._set_alarm()
        return done

    def durable(self) -> asyncio.Future[None]:
        """Done when everything that has happened so far is on disk, whoever made it happen."""
        return self.submit(Change(self.services.clock.now()))

    def deliver(self, change: Change) -> None:
        """A change is durable: tell it."""
        for identity, event in change.tells:
            if identity:  # nobody is at the other end of a call that the operator dials
                self.hub.tell(identity, event)
        for afterwards in change.afterwards:
            afterwards()
        if change.entries:
            self._bulletin.soon()

    # Links.

    async def linked(self, link: Link, seen: Seen | None, name: str, version: int) -> None:
        """A client has signed in: give it what it missed, or a snapshot, then whatever comes."""
        services, client = self.services, link.client
        told: tuple[Message, ...] = ()
        if client.role is Role.KIOSK:
            told = await asyncio.to_thread(services.purchases.to_tell, client.identity)
        change = Change(services.clock.now())
        self.hub.came(client.identity, link)
        self._link_up(change, client, fresh=seen is None)
        if client.role is Role.KIOSK:
            snapshot: KioskSnapshot | DeskSnapshot = views.kiosk_snapshot(
                services.front, client.identity, change.at, told, services.doors.told(client.identity)
            )
        else:
            clerk = services.front.clerks[client.identity]
            clerk.watches_floor = clerk.watches_floor and seen is not None
            snapshot = views.desk_snapshot(services.front, clerk, change.at, sees_floor=clerk.watches_floor)

        def welcome() -> None:
            if not self.hub.is_open(client.identity, link):
                return  # it closed before this was durable: the client's events must not go to it
            missed = self.hub.missed(client.identity, seen)
            number = self.hub.stream(client.identity).number
            resumed = missed is not None
            link.send(Welcome(version=version, epoch=self.hub.epoch, number=number, resumed=resumed, name=name))
            if missed is None:
                shown = self._bulletin.with_line(snapshot)
                link.send(SnapshotFrame(epoch=self.hub.epoch, number=number, snapshot=shown))
            for frame_missed in missed or ():
                link.send(frame_missed)
            self.hub.attach(client.identity, link)
            kept = None if resumed else services.talks.kept_for(client.identity)
            if kept is not None:
                self.hub.tell(client.identity, kept)
            if resumed:
                self._bulletin.catch_up(client)

        change.afterwards.append(welcome)
        await self.submit(change)

    def _link_up(self, change: Change, client: Client, *, fresh: bool) -> None:
        front = self.services.front
        if client.role is Role.KIOSK:
            kiosk = front.kiosks[client.identity]
            kiosk.linked, kiosk.away_since = True, None
            if not any(one.kiosk_id == kiosk.id for one in front.visits.values()):
                self.services.doors.freed(change, kiosk.id)
        else:
            clerk = front.clerks[client.identity]
            clerk.linked = True
            at_work = front.at_work(client.identity)
            if at_work is not None and at_work.state is OperatorState.GRACE:
                self.services.queue.feed(change, ev.OperatorConnectionBack(client.identity))
            elif client.role is Role.OPERATOR and (at_work is None or at_work.state is OperatorState.OFFLINE):
                self.services.queue.feed(change, come_to_work(clerk))
        self.services.talks.link(change, client.identity, up=True, fresh=fresh)

    def unlinked(self, link: Link) -> None:
        """A connection is gone; if the client has no other one, its graces begin."""
        client = link.client
        if not self.hub.detach(client.identity, link) or self.closing:
            return
        change, front = Change(self.services.clock.now()), self.services.front
        if client.role is Role.KIOSK:
            kiosk = front.kiosks[client.identity]
            kiosk.linked, kiosk.away_since = False, change.at
        else:
            clerk = front.clerks[client.identity]
            clerk.linked = clerk.watches_floor = False
            at_work = front.at_work(client.identity)
            if at_work is not None and at_work.state not in (OperatorState.OFFLINE, OperatorState.GRACE):
                self.services.queue.feed(change, ev.OperatorConnectionLost(client.identity))
        self.services.talks.link(change, client.identity, up=False)
        self.submit(change)

    # Commands.

    async def serve(self, link: Link, frame: CommandFrame) -> None:
        """Answer one command: from what is kept, or by its handler. Never raises."""
        begun = time.perf_counter()
        outcome = await self._serve(link, frame)
        self.metrics.served(frame.command.type, outcome, time.perf_counter() - begun)

    async def _serve(self, link: Link, frame: CommandFrame) -> str:
        client = link.client
        try:
            kept = self.replies.find(client.identity, frame)
        except ProtocolError as error:
            link.send(error_frame(frame.id, error))
            return error.code
        if kept is not None:
            try:
                link.send(ReplyFrame.model_validate_json(await asyncio.shield(kept.answer)))
            except asyncio.CancelledError:
                if not kept.answer.cancelled():
                    raise
                return await self._serve(link, frame)  # it was refused meanwhile
            return "repeated"
        answer = self.replies.begin(client.identity, frame.id, content_of(frame), self.services.clock.now())
        asked = Asked(client, self.services)
        try:
            self._check_token(client)
            _check_finishing(client, frame)
            row = served(frame.command, client.role)
            reply = await row.handler(asked, frame.command)
        except InfomatError as error:
            expected = refusal(error)
            return await self._refuse(link, frame, asked, expected or self._broken(frame, error))
        except Exception as error:
            return await self._refuse(link, frame, asked, self._broken(frame, error))
        told = ReplyFrame.model_construct(id=frame.id, reply=reply)  # type: ignore[arg-type]
        text = told.model_dump_json()
        if row.reply_kept and asked.change.lasting:
            self._keep(asked.change, client, frame, reply_text=text)
        asked.change.afterwards.append(lambda: _answered(answer, text, link, told))
        if not row.reply_kept:
            forget = partial(self.replies.forget, client.identity, frame.id)
            asyncio.get_running_loop().call_later(_PERSONAL_KEPT_S, forget)
        await self.submit(asked.change)
        return "done"

    def _check_token(self, client: Client) -> None:
        if client.expires_at is not None and self.services.clock.now() >= client.expires_at:
            raise ProtocolError(ErrorCode.TOKEN_EXPIRED)

    def _keep(self, change: Change, client: Client, frame: CommandFrame, *, reply_text: str) -> None:
        row = {"identity": client.identity, "command_id": frame.id, "content": content_of(frame)}
        change.writes.append(Put("kept_replies", {**row, "reply": reply_text, "at": change.at}))

    def _broken(self, frame: CommandFrame, error: Exception) -> ProtocolError:
        log.error("command.broken", number=frame.id, kind=frame.command.type, error=error)
        return ProtocolError(ErrorCode.INTERNAL, f"logged under {frame.id}")

    async def _refuse(self, link: Link, frame: CommandFrame, asked: Asked, error: ProtocolError) -> str:
        self.replies.forget(link.client.identity, frame.id)
        change = asked.made or Change(self.services.clock.now())
        change.afterwards.append(lambda: link.send(error_frame(frame.id, error)))
        await self.submit(change)
        return error.code

    # Time.

    def begin(self) -> None:
        """After a start: nobody is linked yet, so every grace begins now.

        Links are lost before the time passes: what was due meanwhile rang at no desk, and nobody has missed it.
        """
        change = Change(self.services.clock.now())
        self.services.queue.everybody_lost(change)
        self._end_lost_talks(change)
        self._give_lost_places_up(change)
        self.services.queue.pass_time(change)
        for kiosk in self.services.front.kiosks.values():
            kiosk.away_since = change.at
        change.afterwards.append(partial(self._bulletin.begin, line_seen(self.services.front, change.at)))
        self.submit(change)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        deadlines = [self.services.front.queue.next_deadline(), self.services.talks.next_deadline()]
        deadlines += [deadline for _, deadline in self._kiosks_away()]
        nearest = min((one for one in deadlines if one is not None), default=None)
        if nearest is None or self.closing:
            return
        seconds = (nearest - self.services.clock.now()).total_seconds()
        self._alarm = asyncio.get_running_loop().call_later(max(0.0, seconds), self._wake)

    def _wake(self) -> None:
        self._alarm = None
        try:
            self._pass_time()
        except Exception as error:  # a mistake of ours in one deadline must not stop the clock for all others
            log.error("clock.broken", error=error)
            self._alarm = asyncio.get_running_loop().call_later(_AFTER_A_MISTAKE_S, self._wake)

    def _pass_time(self) -> None:
        change = Change(self.services.clock.now())
        self.services.queue.pass_time(change)
        self.services.talks.pass_time(change)
        for kiosk, deadline in self._kiosks_away():
            if deadline <= change.at:
                kiosk.away_since = None
                self._give_places_up(change, kiosk)
        self.submit(change)

    def _kiosks_away(self) -> list[tuple[Kiosk, datetime]]:
        """Kiosks that lost their link, and when they lose their places in the line for it."""
        grace = timedelta(seconds=self.services.config.kiosk_grace_seconds)
        kiosks = self.services.front.kiosks.values()
        return [(one, one.away_since + grace) for one in kiosks if one.away_since is not None]

    def _give_places_up(self, change: Change, kiosk: Kiosk) -> None:
        front = self.services.front
        for facts in [one for one in front.tickets.values() if one.kiosk_id == kiosk.id]:
            ticket = front.queued(facts.id)
            if ticket is not None:
                give_up(self.services.queue, change, ticket, "kiosk_away")
        self.services.doors.occupied(change, kiosk.id)  # nobody is asked in where nobody can be served

    def _end_lost_talks(self, change: Change) -> None:
        """End the conversations of visits that are not known any more: their customers went long ago."""
        front = self.services.front
        for talk in list(front.live_talks.values()):
            if talk.visit_id and talk.visit_id not in front.visits:
                self.services.talks.step(change, talk, VisitOver())

    def _give_lost_places_up(self, change: Change) -> None:
        """Give up what stands at a kiosk in a visit that is not known any more, which nobody can ever end.

        Else it would be called before all others, and whoever is at the kiosk by then connected in its place.
        """
        front = self.services.front
        for facts in list(front.tickets.values()):
            if not facts.visit_id or facts.visit_id in front.visits:
                continue
            ticket = front.queued(facts.id)
            if ticket is None or (ticket.state is TicketState.MERGED and ticket.merged_away):
                continue  # whoever was away when another request took its place may still come
            give_up(self.services.queue, change, ticket, "visit_lost")

    def tidy(self) -> None:
        """Once an hour: forget what is too old."""
        services, front = self.services, self.services.front
        change = Change(services.clock.now())
        oldest = change.at - timedelta(seconds=services.config.kept_reply_seconds)
        self.replies.expire(oldest)
        change.writes.append(Expire("kept_replies", "at", oldest))
        change.writes.append(Expire("tokens", "expires_at", change.at - _TALKS_KEPT))
        for talk in [one for one in front.talks.values() if one.ended_at and change.at - one.ended_at > _TALKS_KEPT]:
            del front.talks[talk.id]
        written = [front.written_up(one) for one in front.clerks]
        for talk in front.talks.values():
            if not talk.live and talk not in written:
                talk.account = None
        for ticket_id in [one for one in front.tickets if front.queued(one) is None]:
            del front.tickets[ticket_id]
        for visit in [one for one in front.visits.values() if change.at - one.begun_at > _STALE_VISIT]:
            del front.visits[visit.id]
            services.doors.visit_over(change, visit)
        self._give_lost_places_up(change)
        services.call_backs.requests.tidy(change)
        services.bookings.requests.tidy(change)
        self.submit(change)

    @property
    def well(self) -> bool:
        """Whether what is asked now can be expected to be answered: not while the medium takes nothing."""
        return not self.closing and self._line.waits_s < _STUCK_S

    async def settled(self) -> None:
        """Wait until everything is durable."""
        await self._line.emptied()


def _check_finishing(client: Client, frame: CommandFrame) -> None:
    """Who was signed out in the middle of a conversation does what that needs."""
    needed = isinstance(frame.command, WrapUpExtend | ColleaguesAsk | TokenRenew)
    about_it = needed or hasattr(frame.command, "session_id")
    if client.finishing and not about_it:
        raise ProtocolError(ErrorCode.NOT_ALLOWED, "signed out; finish the conversation")


def _answered(answer: asyncio.Future[str], text: str, link: Link, frame: ReplyFrame) -> None:
    if not answer.done():
        answer.set_result(text)
    link.send(frame)


def error_frame(command_id: str | None, error: ProtocolError) -> ErrorFrame:
    """A refusal for the wire."""
    code = error.error_code
    return ErrorFrame(id=command_id, code=code, phrase=f"error.{code.value}", detail=error.detail[:200])
