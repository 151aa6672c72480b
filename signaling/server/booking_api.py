"""Adapter: visits booked over HTTP by a site or a phone menu, each with the token it also asks for call-backs with.

``POST /api/bookings`` is idempotent by ``request_id``; the same address with the id shows or cancels the booking,
and ``PUT .../slot`` moves it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.routing import Route

from equeue.ticket import Ticket
from equeue.ticket_states import ENDED, TicketState
from signaling.protocol.values import Language, Short
from signaling.server import views
from signaling.server.asked import Services
from signaling.server.bookings import BookingRequest
from signaling.server.http_answers import Body, Durable, RequestId, answered, body_of
from signaling.server.sources import source_of

_TALKING = (TicketState.CONNECTED, TicketState.HOLD, TicketState.WRAPPING)


class BookingBody(Body):
    """What a source sends."""

    request_id: RequestId
    service: Literal["readings", "payment", "contract", "other"]
    language: Language
    place: Short
    slot: AwareDatetime
    account: Annotated[str, Field(max_length=20)] | None = None
    special_need: bool = False


class SlotBody(Body):
    """Another time."""

    slot: AwareDatetime


class BookingApi:
    """The routes."""

    def __init__(self, services: Services, durable: Durable) -> None:
        self._services, self._durable = services, durable

    def routes(self) -> list[Route]:
        """All of them."""
        one, durable = "/api/bookings/{request_id}", self._durable
        return [
            Route("/api/bookings", answered(self._book, durable), methods=["POST"]),
            Route(one, answered(self._show, durable), methods=["GET"]),
            Route(one, answered(self._cancel, durable), methods=["DELETE"]),
            Route(f"{one}/slot", answered(self._move, durable), methods=["PUT"]),
        ]

    async def _book(self, request: Request) -> dict[str, Any]:
        source = await source_of(self._services, request)
        body = BookingBody.model_validate_json(await body_of(request))
        return self._told(await self._services.bookings.book(BookingRequest(source, **body.model_dump())))

    async def _show(self, request: Request) -> dict[str, Any]:
        source = await source_of(self._services, request)
        return self._told(self._services.bookings.requests.ticket_of(source, request.path_params["request_id"]))

    async def _cancel(self, request: Request) -> dict[str, Any]:
        source = await source_of(self._services, request)
        return self._told(await self._services.bookings.cancel(source, request.path_params["request_id"]))

    async def _move(self, request: Request) -> dict[str, Any]:
        source = await source_of(self._services, request)
        body = SlotBody.model_validate_json(await body_of(request))
        return self._told(await self._services.bookings.move(source, request.path_params["request_id"], body.slot))

    def _told(self, ticket: Ticket) -> dict[str, Any]:
        """What the person is to be told: when, where, number and code, and from and until when to come."""
        front, now = self._services.front, self._services.clock.now()
        settings, slot = front.queue.settings(), ticket.slot
        assert slot is not None
        view = views.ticket_view(front, ticket, now)
        return {
            "number": front.codes.booking_number(ticket.id),
            "code": view.code,
            "state": _word(ticket),
            "place": ticket.centre,
            "service": ticket.service,
            "slot": slot.isoformat(),
            "check_in_from": (slot - timedelta(seconds=settings.booking_open_s)).isoformat(),
            "on_time_until": (slot + timedelta(seconds=settings.booking_late_s)).isoformat(),
            "expected_until": (slot + timedelta(seconds=settings.booking_no_show_s)).isoformat(),
            "ticket_number": ticket.number,
            "ahead": view.ahead,
            "wait": None if view.wait is None else view.wait.model_dump(),
            "proof": view.proof,
        }


def _word(ticket: Ticket) -> str:
    """booked, here (checked in, or in the line), talking, missed (nobody came) or over."""
    if ticket.state is TicketState.BOOKED:
        return "booked"
    if ticket.state is TicketState.NO_SHOW:
        return "missed"
    if ticket.state in ENDED:
        return "over"
    return "talking" if ticket.state in _TALKING else "here"
