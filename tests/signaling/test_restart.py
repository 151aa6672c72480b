"""What a server knows after kill -9, and what its clients notice of a restart."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ground.clock import SystemClock
from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode
from signaling.server.administration import add_staff
from signaling.server.app import CANNOT, DAMAGED, serve
from signaling.server.config import ServerConfig
from signaling.server.identities import account_secret
from signaling.server.tls import prepare_tls
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, Client, Refused, ServerProcess


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async with ServerProcess(tmp_path / "data") as running:  # its graces are longer than a busy machine's restart
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
        tickets = [v.take(kiosk, visit_id, special_need=special, service=s) for s in ("other", "payment")]
        urgent = {one.number for one in await asyncio.gather(*tickets)}
    take = c.TicketTake(ticket_id=new_id(), visit_id=visit_id, service="readings", language="ru")
    taken = await kiosk.ask(take, "kept")
    await kiosk.leave()
    async with asyncio.timeout(
        PATIENCE_S
    ):  # they gather priority faster: once they are first, time changes no order any more
        while set((before := await waiting_numbers(server, operator))[:2]) != urgent:
            pass
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


def _zeros(data: Path) -> None:
    (data / "infomat.db").write_bytes(b"\x00" * 10_000)


def _cut(data: Path) -> None:
    os.truncate(data / "infomat.db", 5000)


def _emptied(data: Path) -> None:
    os.truncate(data / "infomat.db", 0)


def _removed(data: Path) -> None:
    (data / "infomat.db").unlink()


def _other_header(data: Path) -> None:
    with (data / "infomat.db").open("r+b") as file:
        file.write(b"not a database..")


def _torn_pages(data: Path) -> None:
    with (data / "infomat.db").open("r+b") as file:
        for page in range(3, file.seek(0, os.SEEK_END) // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 200)


def _other_history(data: Path) -> None:
    with contextlib.closing(sqlite3.connect(data / "infomat.db")) as database, database:
        assert database.execute("UPDATE event_log SET body = '{}' WHERE number = 2").rowcount == 1


def _newer(data: Path) -> None:
    with contextlib.closing(sqlite3.connect(data / "infomat.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def _no_authority(data: Path) -> None:
    (data / "ca-key.pem").unlink()


def _unreadable_authority(data: Path) -> None:
    (data / "ca.pem").write_text("nothing of the kind")


def _empty_account_key(data: Path) -> None:
    os.truncate(data / "account-key", 0)


@pytest.fixture(scope="module")
def used_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that was used and stopped, with all of it in one file."""
    data = tmp_path_factory.mktemp("used") / "data"
    config = ServerConfig(data)
    prepare_tls(data, config.hosts, SystemClock().now())
    account_secret(data, in_use=False)
    for name in ("anna", "boris", "vera"):
        add_staff(config, name, name, "operator", "correct horse battery")
    return data


@pytest.mark.parametrize(
    ("harm", "code", "words"),
    [
        (_zeros, DAMAGED, "is damaged"),
        (_cut, DAMAGED, "is damaged"),
        (_emptied, DAMAGED, "missing or empty"),
        (_removed, DAMAGED, "missing or empty"),
        (_other_header, DAMAGED, "is damaged"),
        (_torn_pages, DAMAGED, "is damaged"),
        (_other_history, DAMAGED, "broken at entry 2"),
        (_newer, CANNOT, "revision 9999"),
        (_no_authority, CANNOT, "ca-key.pem is missing"),
        (_unreadable_authority, CANNOT, "cannot be read"),
        (_empty_account_key, CANNOT, "account-key is missing or not whole"),
    ],
)
def test_what_was_harmed_ends_the_start_with_one_sentence_and_nothing_is_begun_anew(
    used_data: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    harm: Callable[[Path], None],
    code: int,
    words: str,
) -> None:
    data = tmp_path / "data"
    shutil.copytree(used_data, data)
    harm(data)
    before = {file.name: file.read_bytes() for file in data.iterdir()}
    assert serve(ServerConfig(data)) == code
    out, errors = capfd.readouterr()
    sentences = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert len(sentences) == 1
    assert words in sentences[0]
    assert "Traceback" not in errors
    assert "ready" not in out
    assert {name: (data / name).read_bytes() for name in before} == before
    assert serve(ServerConfig(data)) == code, "a second try begins nothing anew either"


def test_what_was_given_and_cannot_be_used_is_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "queue.toml").write_text("[queue")
    given = [
        (ServerConfig(tmp_path / "file" / "data"), "file/data"),
        (ServerConfig(tmp_path / "a", billing_file=tmp_path / "nowhere.json"), "nowhere.json"),
        (ServerConfig(tmp_path / "a", billing_file=tmp_path / "file"), "url and token_file"),
        (ServerConfig(tmp_path / "a", queue_settings=tmp_path / "queue.toml"), "queue.toml"),
        (ServerConfig(tmp_path / "a", queue_settings=tmp_path / "none.toml"), "none.toml"),
    ]
    for config, words in given:
        assert serve(config) == CANNOT
        _, errors = capfd.readouterr()
        assert words in errors
        assert "Traceback" not in errors


def test_on_a_full_disk_no_start_is_tried_that_the_first_word_would_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=0))
    assert serve(ServerConfig(tmp_path / "data")) == CANNOT
    out, errors = capfd.readouterr()
    assert "is full (0 MiB left" in errors
    assert "ready" not in out
    assert list((tmp_path / "data").iterdir()) == []


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as ended:
        serve(ServerConfig(tmp_path / "data", port=taken.getsockname()[1]))
    assert "cannot be opened" in str(ended.value.code)
