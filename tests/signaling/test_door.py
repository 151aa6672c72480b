"""What a phone at a door may do and is told, and what strangers may send: over real HTTP, and the rule of the wait."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.routing import Route

from equeue import events as ev
from equeue.dispatcher import Dispatcher
from equeue.errors import IllegalMove
from ground.ids import new_id
from signaling.protocol.values import WaitBand
from signaling.server.administration import add_source
from signaling.server.app import build
from signaling.server.config import ServerConfig
from signaling.server.door_api import _OF_AN_ADDRESS
from signaling.server.door_wait import door_wait, newcomers_wait
from signaling.server.front_office import Kiosk
from signaling.server.http_answers import address_of
from signaling.server.queue_runner import new_dispatcher
from tests.signaling import visit as v
from tests.signaling.client import ROOT, ServerProcess
from tests.signaling.test_elsewhere import http

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LINE = WaitBand(p50=60, p90=120)


def at_door(*tickets: tuple[str, str]) -> Dispatcher:
    """People (ticket, priority) who come to one door within a second of each other."""
    queue = new_dispatcher()
    for second, (ticket, priority) in enumerate(tickets):
        event = ev.DoorTicketTaken(ticket, "payment", priority, "ru", "Miass", "booth")
        queue.step(event, NOW.replace(second=second))
    return queue


def test_a_booth_takes_one_at_a_time_however_many_answer() -> None:
    queue = at_door(("a", "walk_in"), ("b", "walk_in"), ("c", "special_need"))
    later = NOW.replace(minute=5)
    assert door_wait(queue, queue.ticket("c"), LINE, later) == LINE
    after_one, after_two = (door_wait(queue, queue.ticket(one), LINE, later) for one in "ab")
    next_one = newcomers_wait(queue, "booth", LINE)
    assert after_one and after_two and next_one  # noqa: PT018
    assert LINE.p50 < after_one.p50 < after_two.p50 < next_one.p50
    assert LINE.p90 < after_one.p90 < after_two.p90 < next_one.p90
    queue.step(ev.KioskOccupied("booth"), later)
    assert door_wait(queue, queue.ticket("c"), LINE, later) == after_one
    assert door_wait(queue, queue.ticket("a"), None, later) is None
    long = WaitBand(p50=5000, p90=9000)
    assert door_wait(queue, queue.ticket("b"), long, later) == long


def asking(host: str) -> Request:
    return Request({"type": "http", "client": (host, 1), "headers": []})


def test_a_phone_with_an_ipv6_address_is_one_however_often_it_changes_it() -> None:
    assert address_of(asking("2001:db8:1:2:aaaa::1")) == address_of(asking("2001:db8:1:2:bbbb::9"))
    assert address_of(asking("2001:db8:1:2::1")) != address_of(asking("2001:db8:1:3::1"))
    assert address_of(asking("192.0.2.1")) != address_of(asking("192.0.2.2"))
    assert address_of(asking("::ffff:192.0.2.1")) != address_of(asking("::ffff:192.0.2.2"))


@pytest.mark.asyncio(loop_scope="module")
async def test_one_address_leaves_room_at_the_door_for_others(shared: ServerProcess) -> None:
    kiosk = await shared.kiosk()
    await v.begin(kiosk)
    door = f"/api{(await kiosk.event('door.told')).path}/tickets"
    taken = [
        await http(shared, "POST", door, {"ticket_id": new_id(), "service": "other", "language": "en"})
        for _ in range(_OF_AN_ADDRESS + 1)
    ]
    assert [status for status, _ in taken] == [200] * _OF_AN_ADDRESS + [429]
    assert taken[-1][1]["detail"] == "60"
    mine = f"{door}/{taken[0][1]['ticket_id']}"
    assert (await http(shared, "POST", f"{mine}/leave", {}))[0] == 200
    again: dict[str, Any] = {"ticket_id": new_id(), "service": "other", "language": "en"}
    assert (await http(shared, "POST", door, again))[0] == 200
    await kiosk.leave()


@pytest.mark.asyncio(loop_scope="module")
async def test_whoever_types_the_address_finds_the_door_and_a_wrong_one_is_a_page_with_words(
    shared: ServerProcess,
) -> None:
    kiosk = await shared.kiosk(place="<script>alert(1)</script> & Co")
    await v.begin(kiosk)
    path = (await kiosk.event("door.told")).path
    status, page = await http(shared, "GET", f"/door/{path[6:].upper().replace('O', '0').replace('L', '1')}")
    assert status == 200
    assert f'"path": "{path}"' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page
    assert page.count("<script") == 2  # the words' and ours
    assert page.count('<p lang="') == 3  # for who has no script
    for wrong in ("/door", "/door/", "/door/aaaaaaaaaaaaaaaa", f"{path}/more"):
        status, text = await http(shared, "GET", wrong)
        assert status == 404
        assert text.count('<p lang="') == 3
    await kiosk.leave()


@pytest.mark.asyncio(loop_scope="module")
async def test_what_a_site_may_not_send_is_refused_in_the_one_form(shared: ServerProcess) -> None:
    token = add_source(shared.config, "another site")
    wish = {"request_id": "4711", "phone": "+37120000009", "service": "payment", "language": "ru"}
    for wrong in (
        {"name": "a\0b"},
        {"centre": "\0"},
        {"request_id": "a/b"},
        {"request_id": ".."},
        {"request_id": ""},
        {"not_before": "2026-12-01T10:00:00"},
    ):
        status, told = await http(shared, "POST", "/api/callbacks", wish | wrong, token)
        assert (status, told["code"]) == (400, "protocol.malformed"), wrong
    for method, path, expected in (
        ("GET", "/api/callbacks", 405),
        ("GET", "/api/nothing", 404),
        ("PUT", "/api/callbacks/1", 405),
        ("POST", "/nothing", 404),
    ):
        status, told = await http(shared, method, path, None, token)
        assert (status, told["code"]) == (expected, "protocol.unknown_type")


@pytest.mark.asyncio(loop_scope="module")
async def test_the_protocols_page_names_every_field_of_an_answer_over_http(shared: ServerProcess) -> None:
    """Its examples and the answers have the same fields: who writes a site's client has nothing but the page."""
    text = (ROOT / "docs" / "protocol.md").read_text()
    examples = [json.loads(one) for one in re.findall(r"```json\n(.*?)```", text[text.index("\n## HTTP") :], re.S)]
    kiosk = await shared.kiosk(place="Ogre")
    await v.begin(kiosk)
    door = f"/api{(await kiosk.event('door.told')).path}/tickets"
    token = add_source(shared.config, "a third site")
    asked = {"service": "payment", "language": "en"}
    slot = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    answers = [
        await http(shared, "POST", "/api/callbacks", {**asked, "request_id": "1", "phone": "+37120000077"}, token),
        await http(shared, "POST", "/api/bookings", {**asked, "request_id": "2", "place": "Ogre", "slot": slot}, token),
        await http(shared, "POST", door, {**asked, "ticket_id": new_id()}),
    ]
    assert [set(told) for _, told in answers] == [set(one) for one in examples]
    await kiosk.leave()


def test_the_protocols_page_names_every_address(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    app = build(ServerConfig(tmp_path / "data"))
    routes = [route for route in app.routes if isinstance(route, Route) and not route.path.startswith("/door")]
    assert len(routes) > 10
    for route in routes:
        path = re.sub(r":\w+}", "}", route.path)
        for method in (route.methods or set()) - {"HEAD"}:
            assert f"`{method} {path}`" in text or f"`{path}`" in text, f"{method} {path}"


async def test_a_ticket_that_the_queue_refused_is_not_shown_as_taken_when_it_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = build(ServerConfig(tmp_path / "data"))
    front, services = app.state.house.services.front, app.state.house.services
    front.kiosks["booth"] = Kiosk("booth", "K-1", "Miass", "")
    path, body = services.doors.told("booth").path, {"ticket_id": new_id(), "service": "other", "language": "en"}
    (route,) = [one for one in app.routes if isinstance(one, Route) and one.path == "/api/door/{key}/tickets"]

    async def taken() -> int:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

        asked = {"type": "http", "client": ("192.0.2.1", 1), "headers": [], "query_string": b"", "method": "POST"}
        request = Request({**asked, "path_params": {"key": path.rpartition("/")[2]}}, receive)
        return int((await route.endpoint(request)).status_code)

    async with app.router.lifespan_context(app):
        with monkeypatch.context() as broken:
            broken.setattr(services.queue, "feed", lambda *_: (_ for _ in ()).throw(IllegalMove("not now")))
            assert await taken() == 409
        assert body["ticket_id"] not in front.tickets
        assert await taken() == 200
        assert front.tickets[body["ticket_id"]].number


@pytest.mark.asyncio(loop_scope="module")
async def test_who_leaves_and_comes_back_in_turns_does_not_fill_the_log(shared: ServerProcess) -> None:
    """The last one here: afterwards this address has to rest."""
    kiosk = await shared.kiosk()
    await v.begin(kiosk)
    door = f"/api{(await kiosk.event('door.told')).path}/tickets"
    mine, statuses = f"{door}/{new_id()}", []
    await http(shared, "POST", door, {"ticket_id": mine[-36:], "service": "other", "language": "en"})
    for act in ("leave", "return") * 20:
        statuses.append((await http(shared, "POST", f"{mine}/{act}", {}))[0])
    assert 429 in statuses
    assert (await http(shared, "GET", mine))[0] == 200
    await kiosk.leave()
