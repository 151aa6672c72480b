"""Adapter: visits booked by a site or a phone menu: a time, a topic and a place, known by a number and a code.

Nothing personal is kept of a booking: who it is of shows by the code, and by the case, where an account was told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from equeue import events as ev
from equeue.bookings import FURTHEST
from equeue.errors import BadSlot
from equeue.ticket import Ticket
from equeue.ticket_states import ENDED, TicketState
from ground.ids import new_id
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.values import Language
from signaling.server.asked import Services
from signaling.server.brakes import Failures
from signaling.server.event_log import Change, Put
from signaling.server.front_office import BookingFacts, TicketFacts
from signaling.server.matters import matter_of
from signaling.server.source_requests import SourceRequests

_OF_AN_ACCOUNT, _HOUR = 10, 3600.0
_TRIES = 1000  # for a number and a code that nobody else has; the first is free all but always


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """What a site asks; ``request_id`` is the source's own, and makes it idempotent."""

    source: str
    request_id: str
    service: str
    language: Language
    place: str
    slot: datetime
    account: str | None = None
    special_need: bool = False


class Bookings:
    """All visits that are booked. ``submit`` makes a change durable."""

    def __init__(self, services: Services, submit: Callable[[Change], asyncio.Future[None]]) -> None:
        self._services, self._submit = services, submit
        self._asking = asyncio.Lock()
        self.requests = SourceRequests(services.front, services.front.bookings, "bookings")
        self._accounts = Failures(_OF_AN_ACCOUNT, _HOUR)

    async def book(self, request: BookingRequest) -> Ticket:
        """The booking; asked twice it is the same one. Raises TOO_MANY, REPLAYED or MALFORMED."""
        self.requests.brake(request.source, time.monotonic())
        queue = self._services.front.queue
        async with self._asking:  # two of one id at the same moment are one
            known = self.requests.find(request.source, request.request_id)
            if known is not None:
                ticket = queue.ticket(known.ticket_id)
                if (ticket.service, ticket.centre, ticket.slot) != (request.service, request.place, request.slot):
                    raise ProtocolError(ErrorCode.REPLAYED, "another request had this request_id, or it was moved")
                return ticket
            change, ticket_id = await self._take(request)
            done = self._submit(change)
        await done
        return queue.ticket(ticket_id)

    async def _take(self, request: BookingRequest) -> tuple[Change, str]:
        services = self._services
        if request.place not in services.front.centres():
            raise ProtocolError(ErrorCode.MALFORMED, "place")
        person = "" if request.account is None else services.reference(request.account)
        pause = self._accounts.paused_for(person, time.monotonic()) if person else 0.0
        if pause > 0:
            raise ProtocolError(ErrorCode.TOO_MANY, str(round(pause)))
        matter = await matter_of(services, request.service, request.account)
        change, ticket_id = Change(services.clock.now()), self._fresh_id()
        facts = TicketFacts(ticket_id, "", "", request.service, request.language, change.at, matter.case_id)
        services.front.tickets[ticket_id] = facts
        change.writes.append(Put("tickets", facts.row(special_need=request.special_need)))
        event = ev.TicketBooked(
            ticket_id=ticket_id,
            service=request.service,
            priority="special_need" if request.special_need else "booked",
            language=request.language,
            centre=request.place,
            slot=request.slot.isoformat(),
            case_id=matter.case_id,
        )
        try:
            self._feed(change, event)
        except Exception:
            del services.front.tickets[ticket_id]
            raise
        matter.write(change)  # only now: of a request that is refused, nothing is written
        if person:
            self._accounts.failed(person, time.monotonic())
        number = services.front.codes.booking_number(ticket_id)
        services.front.bookings[ticket_id] = BookingFacts(ticket_id, request.source, request.request_id, number)
        row = {"ticket_id": ticket_id, "source": request.source, "request_id": request.request_id}
        change.writes.append(Put("bookings", {**row, "over_at": None}))
        return change, ticket_id

    async def move(self, source: str, request_id: str, slot: datetime) -> Ticket:
        """Another time; the same again is no change. Raises TICKET_UNKNOWN, MALFORMED, or ILLEGAL_MOVE once here."""
        self.requests.brake(source, time.monotonic())
        ticket = self.requests.ticket_of(source, request_id)
        if ticket.slot != slot:
            change = Change(self._services.clock.now())
            self._feed(change, ev.BookingMoved(ticket.id, slot.isoformat()))
            await self._submit(change)
        return ticket

    async def cancel(self, source: str, request_id: str) -> Ticket:
        """Take the booking back; one that is over stays over. Raises TICKET_UNKNOWN, or ILLEGAL_MOVE once here."""
        ticket = self.requests.ticket_of(source, request_id)
        if ticket.state not in ENDED:
            if ticket.state is not TicketState.BOOKED:
                raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "the person is here")
            change = Change(self._services.clock.now())
            self._feed(change, ev.TicketLeft(ticket.id, "cancelled"))
            await self._submit(change)
        return ticket

    def _feed(self, change: Change, event: ev.Event) -> None:
        try:
            self._services.queue.feed(change, event)
        except BadSlot as error:
            raise ProtocolError(ErrorCode.MALFORMED, f"slot: over, or more than {FURTHEST.days} days away") from error

    def _fresh_id(self) -> str:
        """An id whose number and code no other booking has: else one person could check in for another."""
        for _ in range(_TRIES):
            ticket_id = new_id()
            if self._services.numbers.free(ticket_id):
                return ticket_id
        raise ProtocolError(ErrorCode.TOO_MANY, "60")
