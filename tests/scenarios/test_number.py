"""A number from the door, by real processes: a phone takes it, the kiosk is told, a finger types it, an operator talks;
sent for papers, the person goes on at another kiosk."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ground.ids import new_id
from infomat.demo.finger import Finger, Seen
from infomat.demo.processes import Processes
from infomat.demo.screen import virtual_screen
from kiosk.agent.config import KioskConfig
from kiosk.agent.enrol import enrol
from signaling.protocol import commands as c
from signaling.protocol import queueing as q
from signaling.server.administration import make_enrolment_code
from signaling.server.kiosk_doors import door_of
from tests.signaling import visit as v
from tests.signaling.client import Client, ServerProcess
from tests.signaling.test_elsewhere import http

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

PLACE = "Miass"


class Place:
    """A server, one real kiosk with a screen, and its door."""

    def __init__(self, server: ServerProcess, finger: Finger, door: str) -> None:
        self.server, self.finger, self.door = server, finger, door

    async def at(self, step: str) -> Seen:
        """Wait for a screen."""
        return await self.finger.wait(lambda seen: seen.state.get("step") == step, step, 60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder: Path = tmp_path_factory.mktemp("number")
    processes = Processes(folder / "logs")
    async with ServerProcess(folder / "server") as server:
        try:
            screen = await virtual_screen(processes, (1080, 1920))
            code = await asyncio.to_thread(make_enrolment_code, server.config, "K-41", PLACE)
            await enrol(f"https://127.0.0.1:{server.port}", code, folder / "kiosk")
            changed: dict[str, Any] = {"probe": True, "card_reader": False, "terminal": "", "geometry": "1080x1920+0+0"}
            config = KioskConfig.load(folder / "kiosk").model_copy(update=changed)
            config.save()
            await processes.start(
                "kiosk",
                *(sys.executable, "-m", "kiosk.agent", "--folder", str(folder / "kiosk")),
                environment={**screen.environment, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
            door = await asyncio.to_thread(door_of, server.folder, "K-41")
            yield Place(server, Finger(screen, folder / "kiosk" / "probe.sock"), door.path)
        finally:
            await processes.stop_all()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operator(place: Place) -> AsyncIterator[Client]:
    client = await place.server.staff("anna")
    yield client
    await client.leave()


async def accepted(operator: Client, ticket_id: str) -> Any:
    """The session of the ticket that rings."""
    await operator.event("offer.made", lambda one: one.offer.ticket_id == ticket_id)
    return (await operator.ask(c.OfferAccept(ticket_id=ticket_id))).session


async def test_from_the_door_to_the_operator_and_with_papers_at_another_kiosk(place: Place, operator: Client) -> None:
    await place.at("attract")
    await v.available(operator)
    asked = {"ticket_id": new_id(), "service": "contract", "language": "ru"}
    status, taken = await http(place.server, "POST", f"/api{place.door}/tickets", asked)
    assert status == 200
    await place.finger.wait(lambda seen: taken["number"] in seen.texts(), "who is asked in, on the resting screen", 60)

    await place.finger.touch("have_number", 30)
    await place.at("have_number")
    wrong = f"{(int(taken['code']) + 1) % 10_000:04d}"
    await types(place.finger, taken["number"][2:] + wrong)
    await place.finger.wait(lambda seen: seen.item("notice") is not None, "a calm word", 30)
    await place.finger.touch("key.clear", 30)
    await types(place.finger, taken["number"][2:] + taken["code"])
    session = await accepted(operator, asked["ticket_id"])
    await place.at("call")
    assert (await http(place.server, "GET", f"/api{place.door}/tickets/{asked['ticket_id']}"))[1]["state"] == "inside"

    await operator.ask(q.TicketPark(session_id=session.session_id))
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="request"))
    kept = await place.at("parked")
    shown = {name: (kept.item(name) or {}).get("text", "") for name in ("ticket_number", "ticket_code")}
    assert shown == {"ticket_number": taken["number"], "ticket_code": taken["code"]}
    await place.finger.touch("go", 30)
    await place.at("goodbye")
    await place.finger.touch("finish", 30)
    await place.at("attract")

    other = await place.server.kiosk(place="Riga")
    visit_id = await v.begin(other)
    back = q.TicketReturn(visit_id=visit_id, number=shown["ticket_number"], code=shown["ticket_code"])
    assert (await other.ask(back)).ticket.ticket_id == asked["ticket_id"]
    again = await accepted(operator, asked["ticket_id"])
    assert (again.place, again.visit_id) == ("Riga", visit_id)
    assert (await other.event("session.started")).session.session_id == again.session_id
    await other.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))
    await operator.ask(c.NoteSave(session_id=again.session_id, text="explained"))
    await operator.ask(c.WrapUpFinish(session_id=again.session_id, result="resolved"))
    assert (await http(place.server, "GET", f"/api{place.door}/tickets/{asked['ticket_id']}"))[1]["state"] == "over"
    await other.leave()


async def types(finger: Finger, digits: str) -> None:
    """Digits on the number pad, and on."""
    for digit in digits:
        await finger.touch(f"key.{digit}", 30)
    await finger.touch("confirm", 30)
