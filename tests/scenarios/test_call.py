"""A conversation, while somebody kills processes around it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable

import psutil
import pytest
import pytest_asyncio

from infomat.demo.actors import Clerk, Customer
from infomat.demo.finger import NotSeen
from infomat.demo.stage import House
from tests.scenarios.witness import Witness, rows

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def in_a_call(house: House, customer: Customer, clerk: Clerk) -> None:
    """One conversation goes on through the whole module."""
    await clerk.sign_in()
    await clerk.be_available()
    await customer.begin()
    await customer.talk()
    await customer.sees(lambda s: s.state.get("ticket_slip") == "printed", "that the ticket is out")
    ticket = (await customer.finger.see()).state["ticket"]
    for expected in (ticket["number"], ticket["code"], ticket["proof"][:4].upper()):
        assert expected in house.sheets()[-1]["text"]
    await clerk.accept()
    await both_see_each_other(customer, clerk)


async def both_see_each_other(customer: Customer, clerk: Clerk, seconds: float = 60) -> None:
    """New pictures arrive at both ends."""
    async with asyncio.timeout(seconds):
        for actor in (customer, clerk):
            await pictures_move(actor)


async def pictures_move(actor: Customer | Clerk) -> None:
    """Until the picture of the other end has changed ten times."""

    async def count() -> int:
        with contextlib.suppress(OSError):
            return int((await actor.finger.see()).state.get("remote_frames", 0))
        return 0

    began = await count()
    while (now := await count()) < began + 10:
        began = min(began, now)  # a new window counts anew
        await asyncio.sleep(0.05)


def engine_of(pid: int) -> psutil.Process:
    """The media engine that a window's process started."""
    children = psutil.Process(pid).children(recursive=True)
    return next(child for child in children if "media.engine" in " ".join(child.cmdline()))


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.1)


def one_conversation(witness: Witness) -> None:
    """The ticket was called once, and nobody was put into the line again."""
    (ticket,), (session,) = witness.tickets(), witness.sessions()
    assert ticket["state"] == "connected"
    assert session["ended_at"] is None


async def test_the_server_is_killed_and_the_call_goes_on(
    house: House, customer: Customer, clerk: Clerk, witness: Witness
) -> None:
    server = house.people["server"]
    server.process.kill()
    await house.processes.stop(server)
    await clerk.sees(lambda s: s.state.get("online") is False, "the desk notices")
    await both_see_each_other(customer, clerk)
    await house.server()
    await clerk.sees(lambda s: s.state.get("online") is True, "the desk is back", 60)
    await customer.sees(lambda s: s.state.get("online") is True, "the kiosk is back", 60)
    await both_see_each_other(customer, clerk)
    assert (await clerk.finger.see()).state["status"] == "busy"
    one_conversation(witness)


async def test_the_kiosks_engine_is_killed_and_the_call_is_back(
    customer: Customer, clerk: Clerk, witness: Witness
) -> None:
    old = engine_of((await customer.finger.see()).pid)
    old.kill()
    await both_see_each_other(customer, clerk)
    assert engine_of((await customer.finger.see()).pid).pid != old.pid
    one_conversation(witness)


async def test_the_consoles_engine_is_killed_and_the_call_is_back(
    customer: Customer, clerk: Clerk, witness: Witness
) -> None:
    engine_of((await clerk.finger.see()).pid).kill()
    await both_see_each_other(customer, clerk)
    one_conversation(witness)


async def test_the_visit_is_killed_and_the_customer_is_back_in_the_call(
    customer: Customer, clerk: Clerk, witness: Witness
) -> None:
    old = (await customer.finger.see()).pid
    os.kill(old, signal.SIGKILL)
    await customer.sees(lambda s: s.pid != old and s.state.get("step") == "call", "the call on a new window", 40)
    await both_see_each_other(customer, clerk)
    one_conversation(witness)


async def test_the_console_is_killed_and_the_operator_is_back_in_the_call(
    house: House, customer: Customer, clerk: Clerk, witness: Witness
) -> None:
    await clerk.finger.into("note.text")
    await clerk.finger.type("half a sent")
    await clerk.sees(lambda s: "half a sent" in (s.item("note.text") or {}).get("text", ""), "the note on the screen")
    drafts = house.folder / "console" / "drafts"

    def on_a_disk() -> bool:
        texts = [file.read_text() for file in drafts.glob("*.json")]  # until the server has it
        return "half a sent" in " ".join(texts) + str(rows(witness.server, "SELECT text FROM notes"))

    await until(on_a_disk)
    console = house.people["console"]
    console.process.kill()
    await house.processes.stop(console)
    await house.console()
    await clerk.try_password_of_today()
    await clerk.status("busy", seconds=60)
    await both_see_each_other(customer, clerk)
    await clerk.sees(lambda s: "half a sent" in (s.item("note.text") or {}).get("text", ""), "the note as it was typed")
    one_conversation(witness)


async def test_the_customer_ends_it_and_both_go_on(customer: Customer, clerk: Clerk, witness: Witness) -> None:
    with contextlib.suppress(NotSeen):
        await customer.finger.touch("end_call", 5)
    await customer.on("rating")
    await clerk.status("wrap_up")
    await clerk.finish()
    await until(lambda: witness.sessions()[0]["result"] == "resolved")
    (session,) = witness.sessions()
    assert session["reason"] == "customer"
