"""Adapter: follows what the command line has changed of staff and kiosks beside the running server.

It looks at the tables and not at what happened, so that nothing is missed, whoever wrote and when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row

from equeue import events as ev
from equeue.operator_states import OperatorState
from equeue.operators import Operator
from ground.logs import get_logger
from office.roster import SignOut, sign_in_holds
from signaling.protocol.errors import ErrorCode
from signaling.protocol.values import Role
from signaling.server.asked import Client, Services
from signaling.server.call_session import VisitOver
from signaling.server.desk_commands import come_to_work
from signaling.server.event_log import Change, Update
from signaling.server.front_office import Clerk, Kiosk
from signaling.server.hub import Hub, Link
from signaling.server.identities import member_of
from signaling.server.numbers import give_up

log = get_logger()

_LOOK_S = 0.5
_WITH_A_CUSTOMER = (OperatorState.BUSY, OperatorState.HOLD, OperatorState.SHARING)
_FREE = (OperatorState.AVAILABLE, OperatorState.BREAK)
#: In which a kiosk's visit ended that could not say so itself.
_CUT_OFF = "crashed"


class RosterWatch:
    """``submit`` makes a change durable; links are parted after that. ``shown``: names on screens are other ones."""

    def __init__(
        self,
        services: Services,
        hub: Hub,
        submit: Callable[[Change], asyncio.Future[None]],
        shown: Callable[[], None],
    ) -> None:
        self._services, self._hub, self._submit, self._shown = services, hub, submit, shown

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                staff, kiosks = await asyncio.to_thread(self._services.records.staff_and_kiosks)
                self.follow(staff, kiosks)
            except Exception as error:  # the next look may do it
                log.warning("roster.not_followed", error=error)
            await asyncio.sleep(_LOOK_S)

    def follow(self, staff: Sequence[Row[Any]], kiosks: Sequence[Row[Any]]) -> None:
        """Bring memory, line and links to what the tables say."""
        change = Change(self._services.clock.now())
        for row in staff:
            clerk = self._services.front.clerks.get(row.id)
            if clerk is not None:
                self._member(change, clerk, row)
        for row in kiosks:
            kiosk = self._services.front.kiosks.get(row.id)
            if kiosk is not None:
                self._kiosk(change, kiosk, row)
        if change.lasting or change.afterwards:
            self._submit(change)

    # The staff.

    def _member(self, change: Change, clerk: Clerk, row: Row[Any]) -> None:
        if clerk.name != row.display_name:
            clerk.name = row.display_name
            self._shown()
        clerk.role = Role(row.role)
        clerk.skills, clerk.languages = tuple(row.skills), tuple(row.languages)
        link = self._hub.link(clerk.id)
        signed_in_at = link.client.signed_in_at if link is not None else None
        member, at_work = member_of(row), self._services.front.at_work(clerk.id)
        holds = member.may_sign_in if signed_in_at is None else sign_in_holds(member, signed_in_at)
        if holds:
            if at_work is not None and at_work.state in _FREE:
                self._abilities(change, clerk, at_work)
            return
        waits = at_work is not None and self._goes_home(change, at_work, at_once=row.signed_out_how == SignOut.AT_ONCE)
        if link is not None and waits:
            link.client.finishing = True
        elif link is not None:
            _part(change, link, ErrorCode.TOKEN_EXPIRED)

    def _goes_home(self, change: Change, at_work: Operator, *, at_once: bool) -> bool:
        """Whether a conversation, or writing it up, has to be over first."""
        feed = self._services.queue.feed
        if at_work.own_state in _WITH_A_CUSTOMER or (at_work.own_state is OperatorState.WRAPUP and not at_once):
            if not at_once:
                if at_work.next_status != "offline":
                    feed(change, ev.NextStatusChosen(at_work.id, "offline"))
                return True
            for ticket_id in [one for one in (at_work.ticket_id, *at_work.shared) if one is not None]:
                feed(change, ev.SessionBroken(ticket_id))
        if at_work.state is not OperatorState.OFFLINE:
            feed(change, ev.OperatorSignedOut(at_work.id))
        return False

    def _abilities(self, change: Change, clerk: Clerk, at_work: Operator) -> None:
        """Who is free has the new skills at once, others when they are: it is a new arrival for the queue."""
        came = come_to_work(clerk)
        if (at_work.skills, at_work.languages) == (came.skills, came.languages):
            return
        before, reason, channels = at_work.state, at_work.reason, at_work.channels
        feed = self._services.queue.feed
        feed(change, ev.OperatorSignedOut(clerk.id))
        feed(change, came)
        feed(change, ev.ChannelsChosen(clerk.id, channels))
        if before is OperatorState.AVAILABLE:
            feed(change, ev.StatusChosen(clerk.id, "available"))
        elif reason in self._services.front.queue.settings().break_reasons:
            feed(change, ev.StatusChosen(clerk.id, "break", reason))

    # Kiosks.

    def _kiosk(self, change: Change, kiosk: Kiosk, row: Row[Any]) -> None:
        if (kiosk.name, kiosk.place) != (row.name, row.place):
            kiosk.name, kiosk.place = row.name, row.place
            self._shown()
        link = self._hub.link(kiosk.id)
        if row.retired_at is not None and not kiosk.retired:
            kiosk.retired = True
            self._nobody_there(change, kiosk)
        if link is not None and (row.retired_at is not None or link.client.public_key != row.public_key):
            _part(change, link, ErrorCode.NOT_SIGNED_IN)

    def _nobody_there(self, change: Change, kiosk: Kiosk) -> None:
        """Whoever stood at this kiosk is served there no more; who took a number outside keeps it elsewhere."""
        services, front = self._services, self._services.front
        for visit in [one for one in front.visits.values() if one.kiosk_id == kiosk.id]:
            for talk in [one for one in front.live_talks.values() if one.visit_id == visit.id]:
                services.talks.step(change, talk, VisitOver())
            del front.visits[visit.id]
            change.log("visit.ended", visit=visit.id, outcome=_CUT_OFF)
            change.writes.append(Update("visits", {"id": visit.id}, {"ended_at": change.at, "outcome": _CUT_OFF}))
        for facts in [one for one in front.tickets.values() if one.kiosk_id == kiosk.id]:
            ticket = front.queued(facts.id)
            if ticket is not None:
                give_up(services.queue, change, ticket, "kiosk_revoked")
        services.doors.occupied(change, kiosk.id)


def _part(change: Change, link: Link, code: ErrorCode) -> None:
    client: Client = link.client
    client.finishing = True  # what it still sends before it hears so is not served
    change.afterwards.append(lambda: link.part(code))
