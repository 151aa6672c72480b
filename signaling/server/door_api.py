"""Adapter: the page behind the QR code on a capsule's door: a ticket by phone, its place and wait, and being called.

Whoever has the door's key stood at the door; whoever has a ticket's id took it. Nothing personal is asked or kept.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from assets.words import LANGUAGES, Words
from equeue import events as ev
from equeue.ticket import Ticket
from equeue.ticket_states import ENDED, TicketState
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.values import UUID, Id, Language
from signaling.server import views
from signaling.server.brakes import Bucket
from signaling.server.door_page import DoorPage
from signaling.server.door_wait import door_wait, newcomers_wait
from signaling.server.event_log import Change, Put
from signaling.server.front_office import TicketFacts
from signaling.server.house import House
from signaling.server.http_answers import Body, address_of, answered, body_of
from signaling.server.matters import matter_of

_OUTSIDE = (TicketState.AT_DOOR, TicketState.CALLED_IN, TicketState.RECALLABLE)
_TICKETS_MOST = 20  # of one door, at the same time
_A_SECOND, _AT_ONCE, _ADDRESSES = 0.5, 30.0, 5_000  # acts of one address: a whole queue behind one router
_OF_AN_ADDRESS = 10  # of these, so that one phone leaves room for others
_SERVICES = ("readings", "payment", "contract", "other")


class DoorBody(Body):
    """What the page sends for a ticket. ``ticket_id`` is made by the phone, so that sent twice it is one place."""

    ticket_id: Annotated[Id, Field(pattern=UUID)]
    service: Literal["readings", "payment", "contract", "other"]
    language: Language
    special_need: bool = False


class DoorApi:
    """The routes of the doors."""

    def __init__(self, house: House, company: str) -> None:
        self._house, self._company, self._pages = house, company, DoorPage(company)
        self._addresses: dict[str, Bucket] = {}
        self._taken_from: dict[str, str] = {}  # ticket outside -> address; in memory alone

    def routes(self) -> list[Route]:
        """All of them."""
        tickets = "/api/door/{key}/tickets"
        return [
            Route("/door/door.js", lambda _request: self._pages.file("door.js"), methods=["GET"]),
            Route("/door/door.css", lambda _request: self._pages.file("door.css"), methods=["GET"]),
            Route("/door/sw.js", lambda _request: self._pages.file("sw.js"), methods=["GET"]),
            Route("/door/{key:path}", self._page, methods=["GET"]),
            Route("/door", self._page, methods=["GET"]),
            Route("/api/door/{key}", answered(self._door, self._house.durable), methods=["GET"]),
            Route(tickets, answered(self._take, self._house.durable), methods=["POST"]),
            Route(f"{tickets}/{{ticket_id}}", answered(self._show, self._house.durable), methods=["GET"]),
            Route(f"{tickets}/{{ticket_id}}/{{act:str}}", answered(self._act, self._house.durable), methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        language = _language(request)
        try:
            page = self._pages.page(self._told_of_door(self._kiosk(request), language))
        except ProtocolError:
            return self._pages.nowhere(language)
        await self._house.durable()
        return page

    async def _door(self, request: Request) -> dict[str, Any]:
        return self._told_of_door(self._kiosk(request), _language(request))

    def _told_of_door(self, kiosk_id: str, language: Language) -> dict[str, Any]:
        """The words of the page, and how long the line is."""
        words, front = Words(language), self._house.services.front
        door, line = front.queue.door(kiosk_id), views.line_told(front, self._house.services.clock.now())
        band = newcomers_wait(front.queue, kiosk_id, line.wait)
        wait = None if band is None else words.minutes(band.p50, band.p90)
        free = not (door.occupied or door.outside or door.called)
        return {
            "path": self._house.services.doors.told(kiosk_id).path,
            "company": self._company,
            "place": front.kiosks[kiosk_id].place,
            "busy": door.occupied,
            "language": language,
            "languages": list(LANGUAGES),
            "line": _line(words, wait, free=free),
            "topic": words.say("topic.title"),
            "services": {one: words.say(f"topic.{one}") for one in _SERVICES},
            "words": {one: words.say(f"door.{one}") for one in _WORDS},
        }

    async def _take(self, request: Request) -> dict[str, Any]:
        """A place in the line, once; durable before it is shown."""
        kiosk_id, services = self._kiosk(request), self._house.services
        body = DoorBody.model_validate_json(await body_of(request))
        front = services.front
        if body.ticket_id not in front.tickets:
            address = self._brake(request, kiosk_id)
            matter = await matter_of(services, body.service, None)
            change = Change(services.clock.now())
            facts = TicketFacts(
                body.ticket_id, "", kiosk_id, body.service, body.language, change.at, matter.case_id
            )  # fmt: skip
            if front.tickets.setdefault(facts.id, facts) is facts:
                self._taken_from[facts.id] = address
                change.writes.append(Put("tickets", facts.row(special_need=body.special_need)))
                priority = "special_need" if body.special_need else "walk_in"
                place = front.kiosks[kiosk_id].place
                taken = ev.DoorTicketTaken(facts.id, body.service, priority, body.language, place, kiosk_id)
                try:
                    services.queue.feed(change, taken)
                except Exception:  # else it would be shown as taken when it is sent again
                    del front.tickets[facts.id], self._taken_from[facts.id]
                    raise
                matter.write(change)  # only now: of a request that is refused, nothing is written
                await self._house.submit(change)
        return self._told(self._ticket(request, body.ticket_id), Words(body.language))

    async def _show(self, request: Request) -> dict[str, Any]:
        """The ticket; who entered at another kiosk of this company is inside for this door's page too."""
        ticket_id = request.path_params["ticket_id"]
        front, ticket = self._house.services.front, self._house.services.front.queued(ticket_id)
        if ticket is None or ticket.at_door or ticket_id not in front.tickets:
            ticket = self._ticket(request, ticket_id)
        self._kiosk(request)
        return self._told(ticket, Words(_language(request)))

    async def _act(self, request: Request) -> dict[str, Any]:
        """Leave the line, or come back to the place within the return window."""
        ticket, act = self._ticket(request, request.path_params["ticket_id"]), request.path_params["act"]
        self._hurry(address_of(request))
        change = Change(self._house.services.clock.now())
        if act == "leave" and ticket.state in _OUTSIDE:
            self._house.services.queue.feed(change, ev.TicketLeft(ticket.id, "left_door"))
        elif act == "return" and ticket.state is TicketState.ABANDONED and ticket.at_door:
            self._house.services.queue.feed(change, ev.TicketReturned(ticket.id))
        elif act not in ("leave", "return"):
            raise ProtocolError(ErrorCode.UNKNOWN_TYPE, act)
        await self._house.submit(change)
        return self._told(ticket, Words(_language(request)))

    def _kiosk(self, request: Request) -> str:
        return self._house.services.doors.kiosk_of(request.path_params.get("key", ""))

    def _ticket(self, request: Request, ticket_id: str) -> Ticket:
        facts = self._house.services.front.ticket_of(self._kiosk(request), ticket_id)
        return self._house.services.front.queue.ticket(facts.id)

    def _brake(self, request: Request, kiosk_id: str) -> str:
        """The address, if there is room for one more of it; raises TOO_MANY."""
        outside, address = self._house.services.front.queue.door(kiosk_id).outside, address_of(request)
        self._taken_from = {one: by for one, by in self._taken_from.items() if self._stands_outside(one)}
        theirs = [one for one in outside if self._taken_from.get(one) == address]
        if len(outside) >= _TICKETS_MOST or len(theirs) >= _OF_AN_ADDRESS:
            raise ProtocolError(ErrorCode.TOO_MANY, "60")
        self._hurry(address)
        return address

    def _hurry(self, address: str) -> None:
        """Raises TOO_MANY: what is written to the log for ever has a brake, also leaving and coming back in turns."""
        if len(self._addresses) >= _ADDRESSES:
            self._addresses.clear()
        if not self._addresses.setdefault(address, Bucket(_A_SECOND, _AT_ONCE)).take(time.monotonic()):
            raise ProtocolError(ErrorCode.TOO_MANY, "5")

    def _stands_outside(self, ticket_id: str) -> bool:
        ticket = self._house.services.front.queued(ticket_id)
        return ticket is not None and ticket.state in _OUTSIDE

    def _told(self, ticket: Ticket, words: Words) -> dict[str, Any]:
        """The ticket in figures and in words."""
        services = self._house.services
        now = services.clock.now()
        view = views.ticket_view(services.front, ticket, now)
        state = _state(ticket)
        band = door_wait(services.front.queue, ticket, view.wait, now)
        wait = "" if band is None else words.minutes(band.p50, band.p90)
        ahead = words.say("wait.nobody_ahead") if not view.ahead else words.say("wait.ahead", n=view.ahead)
        return {
            "ticket_id": ticket.id,
            "number": ticket.number,
            "code": services.front.codes.of_ticket(ticket.id) if ticket.at_door else "",
            "proof": view.proof,
            "state": state,
            "ahead": view.ahead,
            "wait": None if band is None else band.model_dump(),
            "until": ticket.deadline.isoformat() if ticket.deadline is not None and state == "called" else None,
            "title": words.say(f"door.title_{state}"),
            "note": _note(words, state, ticket, wait, now),
            "ahead_text": ahead if state == "waiting" and band is not None else "",
        }


_WORDS = (
    "lead", "take", "special_need", "special_need_note", "number", "code", "code_note", "leave", "leave_sure", "stay",
    "return", "again", "offline", "offline_start", "full", "privacy", "sound", "sound_touch", "title_over", "over",
)  # fmt: skip


def _line(words: Words, wait: str | None, *, free: bool) -> str:
    """What to expect, before a number is taken."""
    if wait is None:
        return words.say("door.line_closed")
    return words.say("door.free") if free else words.say("door.line", wait=wait)


def _note(words: Words, state: str, ticket: Ticket, wait: str, now: datetime) -> str:
    """What the state means for the person."""
    if state == "waiting":
        return words.say("door.waiting", wait=wait) if wait else words.say("door.waiting_closed")
    if state == "called" and ticket.deadline is not None:
        return words.say("door.called", seconds=max(0, round((ticket.deadline - now).total_seconds())))
    return words.say(f"door.{state}")


def _state(ticket: Ticket) -> str:
    match ticket.state:
        case TicketState.AT_DOOR:
            return "waiting"
        case TicketState.CALLED_IN:
            return "called"
        case TicketState.RECALLABLE if ticket.at_door:
            return "missed"
        case TicketState.ABANDONED if ticket.at_door:
            return "left"
        case state:
            return "over" if state in ENDED else "inside"


def _language(request: Request) -> Language:
    asked = request.query_params.get("language", "")
    if asked not in LANGUAGES:
        wanted = request.headers.get("accept-language", "").lower()
        found = [(wanted.find(one), one) for one in LANGUAGES if one in wanted]
        asked = min(found)[1] if found else LANGUAGES[0]
    return Words(asked).language  # type: ignore[return-value]  # one of LANGUAGES
