"""Adapter: call-backs asked for on the site, at the phone menu or at a kiosk: one place in the line, one case.

The number to call is personal: it is in the table ``call_backs`` and in memory, until a day after it was served.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from equeue import events as ev
from equeue.ticket import Ticket
from equeue.ticket_states import ENDED, TicketState
from ground.ids import new_id
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.queueing import CallBackCard
from signaling.protocol.values import Language
from signaling.server.asked import Services
from signaling.server.brakes import Failures
from signaling.server.event_log import Change, Put
from signaling.server.front_office import CallBackFacts, TicketFacts
from signaling.server.matters import matter_of
from signaling.server.source_requests import SourceRequests

_OF_A_PHONE, _HOUR = 5, 3600.0
_FURTHEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CallBackRequest:
    """What a site or a phone menu asks; ``request_id`` is the source's own, and makes it idempotent."""

    source: str
    request_id: str
    phone: str
    service: str
    language: Language
    name: str = ""
    account: str | None = None
    centre: str = ""
    special_need: bool = False
    not_before: datetime | None = None


class CallBacks:
    """All requests that are open. ``submit`` makes a change durable."""

    def __init__(self, services: Services, submit: Callable[[Change], asyncio.Future[None]]) -> None:
        self._services, self._submit = services, submit
        self._asking = asyncio.Lock()
        self.requests = SourceRequests(services.front, services.front.call_backs, "call_backs")
        self._phones = Failures(_OF_A_PHONE, _HOUR)

    async def ask(self, request: CallBackRequest) -> Ticket:
        """The place in the line; asked twice it is the same one. Raises TOO_MANY, REPLAYED or MALFORMED."""
        self.requests.brake(request.source, time.monotonic())
        async with self._asking:  # two of one id at the same moment are one
            known = self.requests.find(request.source, request.request_id)
            if known is not None:
                if (known.phone, self._facts(known).service) != (request.phone, request.service):
                    raise ProtocolError(ErrorCode.REPLAYED, "another request had this request_id")
                return self._services.front.queue.ticket(known.ticket_id)
            change, ticket_id = await self._take(request)
            done = self._submit(change)
        await done
        return self._services.front.queue.ticket(ticket_id)

    async def _take(self, request: CallBackRequest) -> tuple[Change, str]:
        services, now = self._services, self._services.clock.now()
        if request.not_before is not None and request.not_before > now + _FURTHEST:
            raise ProtocolError(ErrorCode.MALFORMED, "not_before is too far away")
        if request.centre and request.centre not in services.front.centres():
            raise ProtocolError(ErrorCode.MALFORMED, "centre")
        person = services.reference(f"tel:{request.phone}")
        pause = self._phones.paused_for(person, time.monotonic())
        if pause > 0:
            raise ProtocolError(ErrorCode.TOO_MANY, str(round(pause)))
        matter = await matter_of(services, request.service, request.account or f"tel:{request.phone}")
        change, ticket_id = Change(services.clock.now()), new_id()
        facts = TicketFacts(ticket_id, "", "", request.service, request.language, change.at, matter.case_id)
        services.front.tickets[ticket_id] = facts
        change.writes.append(Put("tickets", facts.row(special_need=request.special_need)))
        try:
            services.queue.feed(
                change,
                ev.CallBackAsked(
                    ticket_id=ticket_id,
                    service=request.service,
                    priority="special_need" if request.special_need else "walk_in",
                    language=request.language,
                    centre=request.centre,
                    case_id=matter.case_id,
                    not_before=None if request.not_before is None else request.not_before.isoformat(),
                ),
            )
        except Exception:
            del services.front.tickets[ticket_id]
            raise
        matter.write(change)  # only now: of a request that is refused, nothing is written
        self._phones.failed(person, time.monotonic())
        self.keep(change, CallBackFacts(ticket_id, request.source, request.request_id, request.phone, request.name))
        return change, ticket_id

    def keep(self, change: Change, facts: CallBackFacts) -> None:
        """Remember whom to call."""
        self._services.front.call_backs[facts.ticket_id] = facts
        row = {"ticket_id": facts.ticket_id, "source": facts.source, "request_id": facts.request_id}
        change.writes.append(Put("call_backs", {**row, "phone": facts.phone, "name": facts.name, "over_at": None}))

    async def cancel(self, source: str, request_id: str) -> Ticket:
        """Take a request back; one that is over stays over. Raises TICKET_UNKNOWN or ILLEGAL_MOVE."""
        ticket = self.requests.ticket_of(source, request_id)
        if ticket.state not in ENDED and ticket.state is not TicketState.WRAPPING:
            change = Change(self._services.clock.now())
            self._services.queue.feed(change, ev.TicketLeft(ticket.id, "cancelled"))
            await self._submit(change)
        return ticket

    def card(self, ticket: Ticket) -> CallBackCard | None:
        """Whom to call; None when it is no call-back."""
        facts = self._services.front.call_backs.get(ticket.id)
        if facts is None:
            return None
        settings = self._services.front.queue.settings()
        return CallBackCard(
            phone=facts.phone,
            name=facts.name,
            asked_at=self._facts(facts).taken_at,
            source=facts.source,
            tries=ticket.tries,
            tries_most=settings.callback_tries,
            again_s=int(settings.callback_gap_s),
        )

    def _facts(self, facts: CallBackFacts) -> TicketFacts:
        return self._services.front.tickets[facts.ticket_id]
