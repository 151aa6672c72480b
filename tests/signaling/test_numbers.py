"""People who come with a number and a code: from the door, with papers, booked; and how one is put on hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.protocol import queueing as q
from signaling.protocol.errors import ErrorCode
from signaling.server.administration import add_source
from signaling.server.database import open_database
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling import visit as v
from tests.signaling.client import Client, ServerProcess
from tests.signaling.test_elsewhere import http, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def token(shared: ServerProcess) -> str:
    return await asyncio.to_thread(add_source, shared.config, "site")


@pytest_asyncio.fixture(loop_scope="module")
async def operator(shared: ServerProcess) -> AsyncIterator[Client]:
    client = await shared.staff(f"operator {new_id()}")
    yield client
    await client.ask(c.StatusSet(status="break"))
    await client.leave()


def booking(minutes: float = 5, **more: Any) -> dict[str, Any]:
    """What a site sends for a visit so many minutes from now."""
    slot = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
    return {"request_id": new_id(), "service": "contract", "language": "lv", "place": "Miass", "slot": slot, **more}


async def come(kiosk: Client, number: str, code: str) -> tuple[str, Any]:
    """A visit in which somebody types this: (visit id, ticket)."""
    visit_id = await v.begin(kiosk)
    return visit_id, (await kiosk.ask(q.TicketReturn(visit_id=visit_id, number=number, code=code))).ticket


async def written_up(operator: Client, session_id: str) -> None:
    await operator.ask(c.NoteSave(session_id=session_id, text="explained"))
    await operator.ask(c.WrapUpFinish(session_id=session_id, result="resolved"))


async def test_who_was_parked_comes_back_at_another_kiosk_and_the_operator_sees_who_it_is(
    shared: ServerProcess, operator: Client
) -> None:
    first, second = await shared.kiosk(), await shared.kiosk(place="Riga")
    visit_id, session = await v.call(first, operator)
    await operator.ask(q.TicketPark(session_id=session.session_id))
    parked = (await first.event("ticket.changed", lambda one: one.ticket.stage == "parked")).ticket
    assert parked.until is not None
    await first.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await written_up(operator, session.session_id)
    visit_id = await v.begin(second)
    returned = q.TicketReturn(visit_id=visit_id, number=parked.number.partition("-")[2], code=parked.code)
    answers = [await second.ask(returned) for _ in range(2)]  # asked again it is the same place
    assert {one.ticket.ticket_id for one in answers} == {session.ticket_id}
    offer = (await operator.event("offer.made", lambda one: one.offer.ticket_id == session.ticket_id)).offer
    again = (await operator.ask(c.OfferAccept(ticket_id=offer.ticket_id))).session
    assert (again.place, again.visit_id) == ("Riga", visit_id)
    assert (await second.event("session.started")).session.ticket_id == session.ticket_id
    assert await refused(second, returned) is ErrorCode.ILLEGAL_MOVE
    await second.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await written_up(operator, again.session_id)
    other = q.TicketReturn(visit_id=await v.begin(second), number=parked.number, code=parked.code)
    assert await refused(second, other) is ErrorCode.TICKET_LATE
    await asyncio.gather(first.leave(), second.leave())


async def test_who_waits_walks_over_to_another_kiosk_and_the_first_one_is_told(shared: ServerProcess) -> None:
    first, second = await shared.kiosk(), await shared.kiosk()
    ticket = await v.take(first, await v.begin(first))
    _, moved = await come(second, ticket.number, ticket.code)
    assert (moved.ticket_id, moved.stage) == (ticket.ticket_id, "waiting")
    told = (await first.event("ticket.changed", lambda one: one.ticket.stage == "elsewhere")).ticket
    assert (told.state, told.code) == ("abandoned", "")
    await second.ask(c.TicketLeave(ticket_id=ticket.ticket_id))
    again = q.TicketReturn(visit_id=await v.begin(first), number=ticket.number, code=ticket.code)
    assert (await first.ask(again)).ticket.stage == "waiting"  # within the return window
    await first.ask(c.TicketLeave(ticket_id=ticket.ticket_id))
    await asyncio.gather(first.leave(), second.leave())


async def test_who_pauses_while_waiting_keeps_the_place_when_the_visit_ends(shared: ServerProcess) -> None:
    kiosk = await shared.kiosk()
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id)
    for _ in range(2):
        await kiosk.ask(q.TicketPause(ticket_id=ticket.ticket_id))
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    _, back = await come(kiosk, ticket.number, ticket.code)
    assert (back.stage, back.number) == ("waiting", ticket.number)
    await kiosk.ask(c.TicketLeave(ticket_id=ticket.ticket_id))
    await kiosk.leave()


async def test_who_was_called_and_not_there_still_comes(shared: ServerProcess, operator: Client) -> None:
    kiosk = await shared.kiosk()
    visit_id, session = await v.call(kiosk, operator)
    await operator.ask(q.TicketAbsent(session_id=session.session_id))
    missed = (await kiosk.event("ticket.changed", lambda one: one.ticket.stage == "recallable")).ticket
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="idle"))
    await written_up(operator, session.session_id)
    await come(kiosk, missed.number, missed.code)
    await operator.event("offer.made", lambda one: one.offer.ticket_id == missed.ticket_id)
    await kiosk.ask(c.TicketLeave(ticket_id=missed.ticket_id))
    await kiosk.leave()


async def test_on_hold_the_customer_is_told_and_the_desk_says_so(shared: ServerProcess, operator: Client) -> None:
    kiosk = await shared.kiosk()
    visit_id, session = await v.call(kiosk, operator)
    for _ in range(2):
        await operator.ask(q.SessionHold(session_id=session.session_id, on=True))
    held = (await kiosk.event("ticket.changed", lambda one: one.ticket.stage == "hold")).ticket
    assert held.state == "connected"
    assert (await operator.event("operator.changed", lambda one: one.operator.on_hold)).operator.status == "busy"
    assert await refused(kiosk, q.SessionHold(session_id=session.session_id, on=False)) is ErrorCode.NOT_ALLOWED
    await operator.ask(q.SessionHold(session_id=session.session_id, on=False))
    await kiosk.event("ticket.changed", lambda one: one.ticket.stage == "connected")
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await written_up(operator, session.session_id)
    await kiosk.leave()


# Booked visits.


async def test_a_visit_is_booked_once_moved_and_cancelled_by_who_has_the_token(
    shared: ServerProcess, token: str
) -> None:
    kiosk = await shared.kiosk(place="Miass")
    asked = booking(60)
    assert (await http(shared, "POST", "/api/bookings", asked))[0] == 401
    answers = await asyncio.gather(*(http(shared, "POST", "/api/bookings", asked, token) for _ in range(3)))
    assert {status for status, _ in answers} == {200}
    assert len({(told["number"], told["code"]) for _, told in answers}) == 1
    told = answers[0][1]
    assert (told["state"], told["place"], told["ticket_number"]) == ("booked", "Miass", "")
    path, later = f"/api/bookings/{asked['request_id']}", booking(120)["slot"]
    assert (await http(shared, "POST", "/api/bookings", {**asked, "slot": later}, token))[0] == 409
    for _ in range(2):
        moved = await http(shared, "PUT", f"{path}/slot", {"slot": later}, token)
        assert (moved[0], moved[1]["slot"], moved[1]["number"]) == (200, later, told["number"])
    past = {"slot": "2020-01-01T10:00:00+00:00"}
    assert (await http(shared, "PUT", f"{path}/slot", past, token))[0] == 400
    assert (await http(shared, "POST", "/api/bookings", {**booking(), **past}, token))[0] == 400
    assert (await http(shared, "POST", "/api/bookings", booking(place="Nowhere"), token))[0] == 400
    assert (await http(shared, "DELETE", path, token=token))[1]["state"] == "over"
    assert (await http(shared, "GET", path, token=token))[1]["state"] == "over"
    assert (await http(shared, "PUT", f"{path}/slot", {"slot": later}, token))[0] in (200, 409)
    assert (await http(shared, "GET", "/api/bookings/unheard", token=token))[0] == 404
    gone = q.TicketReturn(visit_id=await v.begin(kiosk), number=told["number"], code=told["code"])
    assert await refused(kiosk, gone) is ErrorCode.TICKET_LATE
    await kiosk.leave()


async def test_a_booked_visitor_checks_in_on_time_and_is_called_before_who_walked_in_later(
    shared: ServerProcess, token: str, operator: Client
) -> None:
    kiosk = await shared.kiosk(place="Miass")
    asked = booking()
    _, told = await http(shared, "POST", "/api/bookings", asked, token)
    visit_id, ticket = await come(kiosk, told["number"], told["code"])
    assert (ticket.stage, ticket.number[:2], ticket.code) == ("waiting", "A-", told["code"])
    assert ticket.proof
    status, shown = await http(shared, "GET", f"/api/bookings/{asked['request_id']}", token=token)
    assert (status, shown["state"], shown["ticket_number"]) == (200, "here", ticket.number)
    assert (await http(shared, "DELETE", f"/api/bookings/{asked['request_id']}", token=token))[0] == 409
    await v.available(operator)
    await operator.event("offer.made", lambda one: one.offer.ticket_id == ticket.ticket_id)
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await kiosk.leave()


async def test_who_is_early_may_leave_the_kiosk_and_check_in_again_by_either_number(
    shared: ServerProcess, token: str
) -> None:
    kiosk = await shared.kiosk(place="Miass")
    far = booking(60 * 24)
    _, told = await http(shared, "POST", "/api/bookings", far, token)
    visit_id = await v.begin(kiosk)
    early = q.TicketReturn(visit_id=visit_id, number=told["number"], code=told["code"])
    assert await refused(kiosk, early) is ErrorCode.BOOKING_EARLY
    _, told = await http(shared, "POST", "/api/bookings", booking(60), token)
    visit_id, ticket = await come(kiosk, told["number"], told["code"])
    assert (ticket.stage, ticket.wait) == ("checked_in", None)
    assert ticket.slot is not None
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    for number in (told["number"], ticket.number):
        visit_id, again = await come(kiosk, number, told["code"])
        assert (again.ticket_id, again.number, again.stage) == (ticket.ticket_id, ticket.number, "checked_in")
        await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await kiosk.leave()


async def test_who_is_late_loses_the_boost_and_keeps_the_arrival(shared: ServerProcess, token: str) -> None:
    kiosk = await shared.kiosk(place="Miass")
    _, told = await http(shared, "POST", "/api/bookings", booking(-15), token)
    _, ticket = await come(kiosk, told["number"], told["code"])
    assert ticket.stage == "waiting"
    engine = open_database(shared.config.url)
    bodies = "".join(entry.body for entry in SqlEventLog(engine).read_all() if ticket.ticket_id in entry.body)
    engine.dispose()
    assert "BookedCheckedIn" in bodies
    assert told["code"] not in bodies.replace(ticket.ticket_id, "").partition('"head"')[0]
    await kiosk.ask(c.TicketLeave(ticket_id=ticket.ticket_id))
    await kiosk.leave()


async def test_nobody_learns_what_was_wrong_and_after_a_few_wrong_codes_it_is_enough_for_a_while(
    shared: ServerProcess,
) -> None:
    kiosk, other = await shared.kiosk(), await shared.kiosk()
    ticket = await v.take(kiosk, await v.begin(kiosk))
    visit_id = await v.begin(other)
    wrong = f"{(int(ticket.code) + 1) % 10_000:04d}"
    tried = [("T-999", "0000"), (ticket.number, wrong), (ticket.number, wrong), ("777", ticket.code), ("0", "1111")]
    codes = [await refused(other, q.TicketReturn(visit_id=visit_id, number=n, code=code)) for n, code in tried]
    assert codes == [ErrorCode.TICKET_UNKNOWN] * 5
    right = q.TicketReturn(visit_id=visit_id, number=ticket.number, code=ticket.code)
    assert await refused(other, right) is ErrorCode.TOO_MANY
    assert (await kiosk.ask(right.model_copy(update={"visit_id": await v.begin(kiosk)}))).ticket.number == ticket.number
    await kiosk.ask(c.TicketLeave(ticket_id=ticket.ticket_id))
    await asyncio.gather(kiosk.leave(), other.leave())


async def test_after_a_kill_codes_and_bookings_hold_and_a_return_asked_again_is_one(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        token = await asyncio.to_thread(add_source, server.config, "site")
        kiosk = await server.kiosk()
        asked, visit_id = booking(), await v.begin(kiosk)
        _, told = await http(server, "POST", "/api/bookings", asked, token)
        ticket = await v.take(kiosk, visit_id)
        await kiosk.ask(q.TicketPause(ticket_id=ticket.ticket_id))
        returned, command_id = q.TicketReturn(visit_id=visit_id, number=ticket.number, code=ticket.code), new_id()
        await kiosk.ask(returned, command_id)
        await server.kill_and_restart()
        await kiosk.again()
        assert (await kiosk.ask(returned, command_id)).ticket.code == ticket.code
        assert (await http(server, "POST", "/api/bookings", asked, token))[1]["code"] == told["code"]
        await kiosk.ask(q.TicketReturn(visit_id=visit_id, number=told["number"], code=told["code"]))
        await kiosk.leave()
