"""Adapter: call-backs asked for by a site or a phone menu over HTTP, each with a token of its own.

``POST /api/callbacks`` is idempotent by ``request_id``; the same address with the id shows or cancels the request.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.routing import Route

from equeue.ticket import Ticket
from equeue.ticket_states import ENDED, TicketState
from signaling.protocol.queueing import Phone
from signaling.protocol.values import Language, Short
from signaling.server import views
from signaling.server.asked import Services
from signaling.server.call_backs import CallBackRequest
from signaling.server.http_answers import Body, Durable, RequestId, answered, body_of
from signaling.server.sources import source_of

_TALKING = (TicketState.OFFERED, TicketState.CONNECTED, TicketState.HOLD, TicketState.WRAPPING)


class CallBackBody(Body):
    """What a source sends."""

    request_id: RequestId
    phone: Phone
    service: Literal["readings", "payment", "contract", "other"]
    language: Language
    name: Short = ""
    account: Annotated[str, Field(max_length=20)] | None = None
    centre: Short = ""
    special_need: bool = False
    not_before: AwareDatetime | None = None


class CallBackApi:
    """The routes."""

    def __init__(self, services: Services, durable: Durable) -> None:
        self._services, self._durable = services, durable

    def routes(self) -> list[Route]:
        """All of them."""
        one, durable = "/api/callbacks/{request_id}", self._durable
        return [
            Route("/api/callbacks", answered(self._ask, durable), methods=["POST"]),
            Route(one, answered(self._show, durable), methods=["GET"]),
            Route(one, answered(self._cancel, durable), methods=["DELETE"]),
        ]

    async def _ask(self, request: Request) -> dict[str, Any]:
        source = await source_of(self._services, request)
        body = CallBackBody.model_validate_json(await body_of(request))
        ticket = await self._services.call_backs.ask(CallBackRequest(source, **body.model_dump()))
        return self._told(ticket)

    async def _show(self, request: Request) -> dict[str, Any]:
        source = await source_of(self._services, request)
        return self._told(self._services.call_backs.requests.ticket_of(source, request.path_params["request_id"]))

    async def _cancel(self, request: Request) -> dict[str, Any]:
        source = await source_of(self._services, request)
        return self._told(await self._services.call_backs.cancel(source, request.path_params["request_id"]))

    def _told(self, ticket: Ticket) -> dict[str, Any]:
        """The place; of a request that merged, the place of the one that stands for the person."""
        now: datetime = self._services.clock.now()
        view = views.ticket_view(self._services.front, ticket, now)
        return {
            "number": ticket.number,
            "state": _word(ticket),
            "ahead": view.ahead,
            "wait": None if view.wait is None else view.wait.model_dump(),
            "tries": ticket.tries,
            "not_before": None if ticket.call_after is None else ticket.call_after.isoformat(),
            "proof": view.proof,
        }


def _word(ticket: Ticket) -> str:
    """waiting, later, with_other (another request of the person stands for it), talking or over."""
    if ticket.state in ENDED:
        return "over"
    if ticket.state in _TALKING:
        return "talking"
    return {TicketState.CALLBACK: "later", TicketState.MERGED: "with_other"}.get(ticket.state, "waiting")
