"""What a server knows after kill -9, and what its clients notice of a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode
from signaling.server.app import DAMAGED
from tests.signaling import visit as v
from tests.signaling.client import Client, Refused, ServerProcess


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with ServerProcess(tmp_path / "data", "--media-grace-seconds=2", "--kiosk-grace-seconds=2") as running:
        yield running


async def waiting_numbers(server: ServerProcess, supervisor: Client) -> list[str]:
    """The line as a fresh console sees it."""
    await supervisor.leave()
    supervisor.seen = None
    await supervisor.again()
    return [row.number for row in supervisor.snapshot.line]


async def test_the_queue_has_the_same_order_and_kept_replies_hold_after_kill_9(server: ServerProcess) -> None:
    kiosk, operator = await server.kiosk(), await server.staff()
    visit_id = await v.begin(kiosk)
    for special in (False, False, True):
        await asyncio.gather(*(v.take(kiosk, visit_id, special_need=special, service=s) for s in ("other", "payment")))
    take = c.TicketTake(ticket_id=new_id(), visit_id=visit_id, service="readings", language="ru")
    taken = await kiosk.ask(take, "kept")
    await kiosk.leave()
    before = await waiting_numbers(server, operator)
    assert len(before) == 7

    await server.kill_and_restart()

    assert await waiting_numbers(server, operator) == before
    assert not (await kiosk.again()).resumed  # another epoch
    assert len(kiosk.snapshot.tickets) == 7
    assert (await kiosk.ask(take, "kept")).ticket.number == taken.ticket.number
    with pytest.raises(Refused) as refused:
        await kiosk.ask(c.TicketLeave(ticket_id=take.ticket_id), "kept")
    assert refused.value.code is ErrorCode.REPLAYED
    await v.available(operator)
    assert (await operator.event("offer.made")).offer.number == before[0]


async def test_a_live_conversation_outlives_a_killed_server_and_its_ticket_is_not_queued_again(
    server: ServerProcess,
) -> None:
    kiosk, operator = await server.kiosk(), await server.staff()
    visit_id, session = await v.call(kiosk, operator)
    await v.live(kiosk, operator, session.session_id)

    await server.kill_and_restart()

    await asyncio.gather(kiosk.again(), operator.again())
    assert kiosk.snapshot.session.session_id == operator.snapshot.session.session_id == session.session_id
    assert operator.snapshot.operator.status == "busy"
    assert operator.snapshot.line == ()
    assert kiosk.snapshot.tickets[0].state == "connected"
    told = {"session_id": session.session_id, "state": "live"}
    await asyncio.gather(*(one.ask(c.SessionMedia(**told)) for one in (kiosk, operator)))
    await kiosk.ask(c.SessionEnd(session_id=session.session_id))
    assert (await operator.event("session.ended")).reason == "customer"
    assert not [one for one in kiosk.events if getattr(one, "type", "") == "session.restart"]
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="resolved"))
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))


async def test_a_server_that_ends_says_goodbye_with_a_spread_time_to_come_back(server: ServerProcess) -> None:
    clients = [await server.kiosk(f"K-{number}") for number in range(4)]
    visit_id = await v.begin(clients[0])
    ticket = await v.take(clients[0], visit_id)
    assert await server.end() == 0
    goodbyes = [await client.parted() for client in clients]
    assert {one.code for one in goodbyes} == {ErrorCode.GOING_AWAY}
    assert len({one.retry_after_s for one in goodbyes}) > 1
    assert clients[0].close_code == 1012
    await server.start()
    await clients[0].again()
    assert [one.number for one in clients[0].snapshot.tickets] == [ticket.number]


async def test_an_approved_purchase_is_posted_by_the_next_start_when_billing_was_away(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        kiosk = await server.kiosk()
        purchase_id = new_id()
        await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=v.journal(purchase_id)))
        with pytest.raises(Refused) as refused:
            await kiosk.ask(c.AccountFind(visit_id=await v.begin(kiosk), number="7401004417"))
        assert refused.value.code is ErrorCode.BILLING_UNAVAILABLE
        status, text = await server.get("/metrics")
        assert b"infomat_postings_open 1.0" in text
        await server.kill_and_restart()
        status, text = await server.get("/metrics")
        assert status == 200
        assert b"infomat_postings_open 1.0" in text


async def test_a_damaged_database_ends_the_start_with_a_sentence_and_its_own_exit_code(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    await server.start()
    await server.end()
    file = tmp_path / "data" / "infomat.db"
    file.write_bytes(b"\x00" * 10_000)
    process = await server.spawn()
    out, errors = await process.communicate()
    assert process.returncode == DAMAGED
    assert out == b""
    assert b"is damaged" in errors
    assert b"backup" in errors
    assert b"Traceback" not in errors
    assert file.read_bytes() == b"\x00" * 10_000
