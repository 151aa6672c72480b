"""Call-backs over HTTP, tickets at a door, and a supervisor's acts, over real connections to a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import pytest_asyncio

from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.protocol import queueing as q
from signaling.protocol.errors import ErrorCode
from signaling.protocol.values import Role
from signaling.server.administration import add_source, retire_source
from signaling.server.database import open_database
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, Client, Refused, ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE = "+37120000001"
ACCOUNT = "7401004417"


async def http(server: ServerProcess, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    """(status, answer)."""

    def ask() -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = Request(f"https://127.0.0.1:{server.port}{path}", data=data, method=method, headers=headers)
        try:
            answer: Any = urlopen(request, context=server.tls(), timeout=PATIENCE_S)
        except HTTPError as error:
            answer = error
        with answer:
            text = answer.read()
            return answer.status, json.loads(text) if "json" in answer.headers["content-type"] else text.decode()

    return await asyncio.to_thread(ask)


def wish(**more: Any) -> dict[str, Any]:
    """What a site sends."""
    return {"request_id": new_id(), "phone": PHONE, "service": "payment", "language": "ru", **more}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def token(shared: ServerProcess) -> str:
    return await asyncio.to_thread(add_source, shared.config, "site")


@pytest_asyncio.fixture(loop_scope="module")
async def operator(shared: ServerProcess) -> AsyncIterator[Client]:
    client = await shared.staff(f"operator {new_id()}")
    await client.ask(q.ChannelsSet(channels=("video", "phone")))
    yield client
    await client.ask(c.StatusSet(status="break"))
    await client.leave()


async def refused(client: Client, command: Any) -> ErrorCode:
    with pytest.raises(Refused) as no:
        await client.ask(command)
    return no.value.code


async def queue_row(boss: Client, ticket_id: str) -> Any:
    """The supervisor's row of a ticket, once the floor was told."""
    await boss.ask(c.FloorWatch(on=True))
    floor = await boss.event("floor.changed", lambda one: ticket_id in {row.ticket_id for row in one.queue})
    return next(row for row in floor.queue if row.ticket_id == ticket_id), floor


# Call-backs.


async def test_nobody_asks_for_a_call_back_without_a_token_that_holds(shared: ServerProcess, token: str) -> None:
    assert (await http(shared, "POST", "/api/callbacks", wish()))[0] == 401
    assert (await http(shared, "POST", "/api/callbacks", wish(), "no such token"))[0] == 401
    retired = await asyncio.to_thread(add_source, shared.config, "old site")
    await asyncio.to_thread(retire_source, shared.config, "old site")
    assert (await http(shared, "POST", "/api/callbacks", wish(), retired))[0] == 401
    status, told = await http(shared, "POST", "/api/callbacks", wish(phone="call me"), token)
    assert (status, told["detail"]) == (400, "phone")


async def test_a_request_is_one_place_however_often_it_comes_and_can_be_taken_back(
    shared: ServerProcess, token: str
) -> None:
    asked = wish(phone="+37120000002")
    answers = await asyncio.gather(*(http(shared, "POST", "/api/callbacks", asked, token) for _ in range(4)))
    assert {status for status, _ in answers} == {200}
    assert len({told["number"] for _, told in answers}) == 1
    assert answers[0][1]["state"] == "waiting"
    status, told = await http(shared, "POST", "/api/callbacks", {**asked, "service": "readings"}, token)
    assert (status, told["code"]) == (409, "protocol.replayed")
    path = f"/api/callbacks/{asked['request_id']}"
    assert (await http(shared, "DELETE", path, token=token))[1]["state"] == "over"
    assert (await http(shared, "GET", path, token=token))[1]["state"] == "over"
    assert (await http(shared, "GET", "/api/callbacks/unheard", token=token))[0] == 404


async def test_one_person_is_braked_and_other_people_are_not(shared: ServerProcess, token: str) -> None:
    asked = [wish(phone="+37120000003") for _ in range(6)]
    statuses = [(await http(shared, "POST", "/api/callbacks", one, token))[0] for one in asked]
    assert statuses == [200] * 5 + [429]
    asked.append(wish(phone="+37120000004"))
    assert (await http(shared, "POST", "/api/callbacks", asked[-1], token))[0] == 200
    for one in asked:
        await http(shared, "DELETE", f"/api/callbacks/{one['request_id']}", token=token)


async def test_an_operator_calls_and_nobody_answers_then_it_is_tried_later(
    shared: ServerProcess, token: str, operator: Client
) -> None:
    asked = wish(name="Irina")
    _, told = await http(shared, "POST", "/api/callbacks", asked, token)
    await v.available(operator)
    offer = (await operator.event("offer.made", lambda one: one.offer.number == told["number"])).offer
    assert (offer.channel, offer.tries) == ("phone", 0)
    session = (await operator.ask(c.OfferAccept(ticket_id=offer.ticket_id))).session
    assert (session.channel, session.visit_id, session.peer.public_key) == ("phone", None, "")
    card = await operator.ask(q.CallBackShow(session_id=session.session_id))
    assert (card.phone, card.name, card.source, card.tries) == (PHONE, "Irina", "site", 0)
    await operator.ask(q.CallBackUnanswered(session_id=session.session_id))
    await operator.event("session.ended")
    status, told = await http(shared, "GET", f"/api/callbacks/{asked['request_id']}", token=token)
    assert (status, told["state"], told["tries"]) == (200, "later", 1)
    assert told["not_before"]
    assert await refused(operator, q.CallBackShow(session_id=session.session_id)) is ErrorCode.ILLEGAL_MOVE


async def test_a_call_back_and_a_kiosk_of_one_account_are_one_case_and_served_once(
    shared: ServerProcess, token: str, operator: Client
) -> None:
    asked = wish(phone="+37120000005", service="contract", account=ACCOUNT)
    assert (await http(shared, "POST", "/api/callbacks", asked, token))[0] == 200
    kiosk = await shared.kiosk()
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id, service="contract", account=ACCOUNT)
    _, told = await http(shared, "GET", f"/api/callbacks/{asked['request_id']}", token=token)
    assert told["state"] == "with_other"
    await v.available(operator)
    await operator.event("offer.made", lambda one: one.offer.ticket_id == ticket.ticket_id)
    session = (await operator.ask(c.OfferAccept(ticket_id=ticket.ticket_id))).session
    await operator.ask(c.SessionEnd(session_id=session.session_id))
    _, told = await http(shared, "GET", f"/api/callbacks/{asked['request_id']}", token=token)
    assert told["state"] == "over"
    await operator.ask(c.NoteSave(session_id=session.session_id, text="explained"))
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="resolved"))
    await kiosk.leave()


async def test_a_customer_who_was_passed_on_is_written_up_and_stays_open(shared: ServerProcess) -> None:
    operator, kiosk = await shared.staff(f"operator {new_id()}"), await shared.kiosk()
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id, service="contract")
    await v.available(operator)
    await operator.event("offer.made", lambda one: one.offer.ticket_id == ticket.ticket_id)
    session = (await operator.ask(c.OfferAccept(ticket_id=ticket.ticket_id))).session
    await operator.ask(q.TicketTransfer(session_id=session.session_id, service="payment"))
    await operator.event("operator.changed", lambda one: one.operator.status == "wrap_up")
    finish = c.WrapUpFinish(session_id=session.session_id, result="resolved")
    await operator.ask(finish)
    await operator.event("operator.changed", lambda one: one.operator.status == "available")
    assert await refused(operator, finish) is ErrorCode.ILLEGAL_MOVE
    boss = await shared.staff(f"boss {new_id()}", Role.SUPERVISOR)
    row, _ = await queue_row(boss, ticket.ticket_id)
    assert (row.state, row.service) == ("waiting", "payment")
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await operator.ask(c.StatusSet(status="break"))
    await asyncio.gather(operator.leave(), boss.leave(), kiosk.leave())


async def test_who_goes_home_from_a_kiosk_is_called_and_the_end_of_the_visit_takes_nothing_away(
    shared: ServerProcess, operator: Client
) -> None:
    kiosk = await shared.kiosk()
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id)
    await kiosk.ask(q.CallBackWish(ticket_id=ticket.ticket_id, phone="+37120000006"))
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await v.available(operator)
    offer = (await operator.event("offer.made", lambda one: one.offer.ticket_id == ticket.ticket_id)).offer
    session = (await operator.ask(c.OfferAccept(ticket_id=offer.ticket_id))).session
    card = await operator.ask(q.CallBackShow(session_id=session.session_id))
    assert (card.phone, card.source) == ("+37120000006", "kiosk")
    await operator.ask(c.SessionEnd(session_id=session.session_id))
    await operator.ask(c.NoteSave(session_id=session.session_id, text="explained"))
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="resolved"))
    await kiosk.leave()


# The door.


async def test_a_phone_takes_a_ticket_at_the_door_and_is_called_when_the_kiosk_is_free(
    shared: ServerProcess, operator: Client
) -> None:
    kiosk = await shared.kiosk(place="Tukums")
    visit_id = await v.begin(kiosk)
    door = (await kiosk.event("door.told")).path
    status, page = await http(shared, "GET", door)
    assert status == 200
    assert "/door/door.js" in page
    assert "fetch(" in (await http(shared, "GET", "/door/door.js"))[1]
    status, told = await http(shared, "GET", f"/api{door}?language=lv")
    assert (status, told["place"], told["busy"], told["words"]["take"]) == (200, "Tukums", True, "Paņemt numuru")
    ticket_id = new_id()
    asked = {"ticket_id": ticket_id, "service": "payment", "language": "lv"}
    answers = [await http(shared, "POST", f"/api{door}/tickets", asked) for _ in range(2)]
    taken = answers[0][1]
    assert [status for status, _ in answers] == [200, 200]
    assert (taken["state"], answers[1][1]["number"]) == ("waiting", taken["number"])
    assert (await kiosk.event("door.told", lambda one: one.waiting == 1)).called is None
    await v.available(operator)
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    assert (await kiosk.event("door.told", lambda one: one.called)).called == taken["number"]
    told = (await http(shared, "GET", f"/api{door}/tickets/{ticket_id}?language=en"))[1]
    assert (told["state"], told["title"], told["code"]) == ("called", "Please come in", taken["code"])
    visit_id = await v.begin(kiosk)
    wrong = f"{(int(taken['code']) + 1) % 10_000:04d}"
    enter = q.TicketReturn(visit_id=visit_id, number=taken["number"], code=wrong)
    assert await refused(kiosk, enter) is ErrorCode.TICKET_UNKNOWN
    inside = await kiosk.ask(enter.model_copy(update={"code": taken["code"]}))
    assert (inside.ticket.ticket_id, inside.ticket.number) == (ticket_id, taken["number"])
    offer = (await operator.event("offer.made", lambda one: one.offer.ticket_id == ticket_id)).offer
    session = (await operator.ask(c.OfferAccept(ticket_id=offer.ticket_id))).session
    assert session.visit_id == visit_id
    assert (await http(shared, "GET", f"/api{door}/tickets/{ticket_id}"))[1]["state"] == "inside"
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await operator.ask(c.NoteSave(session_id=session.session_id, text="explained"))
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="resolved"))
    assert (await http(shared, "GET", f"/api{door}/tickets/{ticket_id}"))[1]["state"] == "over"
    await kiosk.leave()


async def test_who_leaves_the_door_may_come_back_for_a_while(shared: ServerProcess) -> None:
    kiosk = await shared.kiosk()
    await v.begin(kiosk)
    door = (await kiosk.event("door.told")).path
    ticket_id = new_id()
    path = f"/api{door}/tickets/{ticket_id}"
    asked = {"ticket_id": ticket_id, "service": "payment", "language": "en"}
    taken = (await http(shared, "POST", f"/api{door}/tickets", asked))[1]
    assert (await http(shared, "POST", f"{path}/leave", {}))[1]["state"] == "left"
    told = (await http(shared, "POST", f"{path}/return", {}))[1]
    assert (told["state"], told["number"]) == ("waiting", taken["number"])
    assert (await http(shared, "POST", f"{path}/jump", {}))[0] == 404
    await kiosk.leave()


async def test_a_door_lets_nobody_guess_and_nobody_flood(shared: ServerProcess) -> None:
    kiosk = await shared.kiosk()
    visit_id = await v.begin(kiosk)
    door = (await kiosk.event("door.told")).path
    assert (await http(shared, "GET", "/door/aaaaaaaaaaaaaaaa"))[0] == 404
    assert (await http(shared, "GET", f"/api{door}/tickets/{new_id()}"))[0] == 404
    assert (await http(shared, "POST", f"/api{door}/tickets", {"ticket_id": "short"}))[0] == 400
    body = {"service": "other", "language": "en"}
    statuses = []
    while not statuses or (statuses[-1] == 200 and len(statuses) < 40):
        status, _ = await http(shared, "POST", f"/api{door}/tickets", {"ticket_id": new_id(), **body})
        statuses.append(status)
    assert statuses[-1] == 429
    codes = [await refused(kiosk, q.TicketReturn(visit_id=visit_id, number="T-999", code="0000")) for _ in range(6)]
    assert codes == [ErrorCode.TICKET_UNKNOWN] * 5 + [ErrorCode.TOO_MANY]
    await kiosk.leave()


# The desk and the supervisor.


async def test_parked_passed_on_and_absent_over_the_wire(shared: ServerProcess, operator: Client) -> None:
    kiosk = await shared.kiosk()
    visit_id, session = await v.call(kiosk, operator)
    await operator.ask(q.TicketPark(session_id=session.session_id))
    parked = (await kiosk.event("ticket.changed", lambda one: one.ticket.state == "parked")).ticket
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    visit_id = await v.begin(kiosk)
    back = await kiosk.ask(q.TicketReturn(visit_id=visit_id, number=parked.number, code=parked.code))
    assert back.ticket.number == session.ticket_number
    assert await refused(operator, q.TicketTransfer(session_id=session.session_id, service="contract")) is (
        ErrorCode.ILLEGAL_MOVE
    )
    await kiosk.ask(c.TicketLeave(ticket_id=session.ticket_id))
    await kiosk.leave()


async def test_a_console_begun_anew_comes_back_to_the_paper_work_of_whoever_was_sent_for_papers(
    shared: ServerProcess, operator: Client
) -> None:
    kiosk = await shared.kiosk()
    await v.available(operator)
    visit_id = await v.begin(kiosk)
    await kiosk.ask(c.AccountFind(visit_id=visit_id, number=ACCOUNT))
    await v.take(kiosk, visit_id)
    offer = (await operator.event("offer.made")).offer
    session = (await operator.ask(c.OfferAccept(ticket_id=offer.ticket_id))).session
    show = c.CustomerShow(session_id=session.session_id)
    card = (await operator.ask(show)).card
    assert card.account.account == ACCOUNT
    await operator.ask(c.NoteSave(session_id=session.session_id, text="needs the deed"))
    await operator.ask(q.TicketPark(session_id=session.session_id))
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await operator.leave()
    operator.seen = None  # another process: it has seen nothing
    await operator.again()
    desk = operator.snapshot
    assert (desk.operator.status, desk.session.session_id) == ("wrap_up", session.session_id)
    assert (desk.note, desk.journey) == ("needs the deed", None)
    assert (await operator.ask(show)).card.account.account == ACCOUNT
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="request"))
    assert await refused(operator, show) is ErrorCode.NOT_ALLOWED
    await kiosk.leave()


async def test_a_supervisor_moves_one_ahead_and_weighs_a_centre_and_it_is_in_the_audit(shared: ServerProcess) -> None:
    kiosk = await shared.kiosk(place="Cesis")
    visit_id = await v.begin(kiosk)
    ticket = await v.take(kiosk, visit_id)
    boss = await shared.staff(f"boss {new_id()}", Role.SUPERVISOR)
    row, floor = await queue_row(boss, ticket.ticket_id)
    assert (row.priority, row.moved, row.place, row.channel) == ("walk_in", False, "Cesis", "video")
    assert {one.centre: one.percent for one in floor.centres}["Cesis"] == 100
    await boss.ask(q.TicketMove(ticket_id=ticket.ticket_id, seconds=3600, reason="health"))
    floor = await boss.event("floor.changed", lambda one: any(r.moved for r in one.queue))
    assert floor.queue[0].ticket_id == ticket.ticket_id
    await boss.ask(q.CentreWeigh(centre="Cesis", percent=150, reason="crowd"))
    floor = await boss.event("floor.changed", lambda one: 150 in {r.percent for r in one.centres})
    assert await refused(boss, q.CentreWeigh(centre="Nowhere", percent=150, reason="crowd")) is ErrorCode.MALFORMED
    gone = q.TicketMove(ticket_id=new_id(), seconds=60, reason="other")
    assert await refused(boss, gone) is ErrorCode.TICKET_UNKNOWN
    anna = await shared.staff(f"anna {new_id()}")
    assert await refused(anna, gone) is ErrorCode.NOT_ALLOWED
    engine = open_database(shared.config.url)
    log = [entry for entry in SqlEventLog(engine).read_all() if entry.kind == "audit"]
    engine.dispose()
    assert {json.loads(entry.body)["act"] for entry in log} >= {"queue.move", "queue.weigh"}
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    for client in (kiosk, boss, anna):
        await client.leave()


async def test_no_number_to_call_is_in_the_log(shared: ServerProcess) -> None:
    engine = open_database(shared.config.url)
    bodies = "".join(entry.body for entry in SqlEventLog(engine).read_all())
    engine.dispose()
    assert "3712000000" not in bodies + shared.errors.decode()
    assert "Irina" not in bodies


async def test_after_a_kill_the_call_goes_on_and_whom_to_call_is_known(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        token = await asyncio.to_thread(add_source, server.config, "site")
        operator = await server.staff("anna")
        await operator.ask(q.ChannelsSet(channels=("phone",)))
        await v.available(operator)
        first, second = wish(), wish(phone="+37120000009", service="readings")
        for one in (first, second):
            assert (await http(server, "POST", "/api/callbacks", one, token))[0] == 200
        offer = (await operator.event("offer.made")).offer
        session = (await operator.ask(c.OfferAccept(ticket_id=offer.ticket_id))).session
        await server.kill_and_restart()
        await operator.again()
        assert (await operator.ask(q.CallBackShow(session_id=session.session_id))).phone == PHONE
        states = [
            (await http(server, "GET", f"/api/callbacks/{one['request_id']}", token=token))[1]["state"]
            for one in (first, second)
        ]
        assert states == ["talking", "waiting"]
        await operator.ask(q.CallBackUnanswered(session_id=session.session_id))
        assert (await http(server, "POST", "/api/callbacks", first, token))[1]["state"] == "later"
        await operator.leave()
