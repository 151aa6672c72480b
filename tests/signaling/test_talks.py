"""Conversations in a running server: what holds them, what ends them, and what the tables say afterwards."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ground.ids import new_id
from signaling.protocol import commands as c
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, Client, ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("brisk") / "data"
    async with ServerProcess(folder, "--media-grace-seconds=2", "--kiosk-grace-seconds=2") as running:
        yield running


async def pair(server: ServerProcess) -> tuple[Client, Client]:
    """A kiosk and an operator of one's own."""
    return await server.kiosk(), await server.staff(f"anna {new_id()}")


def ended(server: ServerProcess, session_id: str) -> str | None:
    """How a conversation ended, as the database has it."""
    connection = sqlite3.connect(server.folder / "infomat.db")
    try:
        return connection.execute("SELECT reason FROM sessions WHERE id = ?", (session_id,)).fetchone()[0]
    finally:
        connection.close()


async def test_one_end_that_is_live_holds_a_conversation_longer_than_the_grace_that_ends_an_abandoned_one(
    server: ServerProcess,
) -> None:
    kiosk, operator = await pair(server)
    visit_id, session = await v.call(kiosk, operator)
    await v.live(kiosk, operator, session.session_id)
    await operator.leave()
    await kiosk.ask(c.SessionMedia(session_id=session.session_id, state="reconnecting"))
    both_gone = await pair(server)
    _, abandoned = await v.call(*both_gone)
    await v.live(*both_gone, abandoned.session_id)
    await asyncio.gather(*(one.leave() for one in both_gone))
    async with asyncio.timeout(PATIENCE_S):
        while ended(server, abandoned.session_id) is None:
            await asyncio.sleep(0.05)
    assert ended(server, abandoned.session_id) == "media_lost"
    assert ended(server, session.session_id) is None  # though its operator left before
    await kiosk.ask(c.SessionMedia(session_id=session.session_id, state="lost"))
    assert (await kiosk.event("session.ended")).reason == "media_lost"
    assert (await kiosk.event("ticket.changed", lambda one: one.ticket.state == "waiting")).ticket.ahead == 0
    await kiosk.ask(c.VisitEnd(visit_id=visit_id, outcome="finished"))


async def test_a_kiosk_that_stays_away_gives_its_place_up(server: ServerProcess) -> None:
    kiosk, operator = await pair(server)
    await v.take(kiosk, await v.begin(kiosk))
    await operator.event("line.changed", lambda one: one.put)
    await kiosk.leave()
    await operator.event("line.changed", lambda one: not one.counts.total)
    await operator.leave()  # or the next customers would be offered to this desk first


async def test_a_fresh_console_gets_a_new_offer_for_the_same_conversation(server: ServerProcess) -> None:
    name = f"console {new_id()}"
    kiosk, operator = await server.kiosk(), await server.staff(name)
    _, session = await v.call(kiosk, operator)
    await v.live(kiosk, operator, session.session_id)
    await operator.leave()
    other_console = await server.sign_in(name)
    assert other_console.snapshot.session.session_id == session.session_id
    restart = await kiosk.event("session.restart")
    assert restart.session.peer.public_key == other_console.key.public
    await v.describe(kiosk, session.session_id, "offer")
    await other_console.event("session.described")


async def test_figures_and_results_are_in_the_tables(server: ServerProcess) -> None:
    kiosk, operator = await pair(server)
    _, session = await v.call(kiosk, operator)
    await v.live(kiosk, operator, session.session_id)
    await kiosk.ask(c.SessionEnd(session_id=session.session_id))
    await kiosk.ask(c.RatingGive(session_id=session.session_id, stars=4))
    await operator.event("session.ended")
    await operator.ask(c.NoteSave(session_id=session.session_id, text="all said"))
    await operator.ask(c.WrapUpFinish(session_id=session.session_id, result="resolved"))
    await operator.leave()
    connection = sqlite3.connect(server.folder / "infomat.db")
    connection.row_factory = sqlite3.Row
    row = connection.execute("SELECT * FROM sessions WHERE id = ?", (session.session_id,)).fetchone()
    assert (row["state"], row["reason"], row["stars"], row["result"]) == ("ended", "customer", 4, "resolved")
    assert json.loads(row["kiosk_figures"]) == {"fps_in": 29.5}
    assert row["live_at"] > row["started_at"]
    assert connection.execute("SELECT text FROM notes WHERE session_id = ?", (row["id"],)).fetchone()[0] == "all said"
    assert connection.execute("SELECT closed_at FROM cases WHERE id = ?", (row["case_id"],)).fetchone()[0] is not None
    assert connection.execute("SELECT state FROM tickets WHERE id = ?", (row["ticket_id"],)).fetchone()[0] == "closed"
    assert connection.execute("SELECT result FROM contacts WHERE id = ?", (row["id"],)).fetchone()[0] == "resolved"
    connection.close()


async def test_what_a_call_was_like_at_both_ends_is_kept_logged_and_counted(server: ServerProcess) -> None:
    kiosk, operator = await pair(server)
    _, session = await v.call(kiosk, operator)
    await v.live(kiosk, operator, session.session_id)
    ours = {
        "seconds": 30.0,
        "weak_s": 6.0,
        "bad_s": 1.0,
        "decoded": 1400.0,
        "concealed": 20.0,
        "rtt_ms": 90.0,
        "cpu": 0.35,
        "kbps_out": 900.0,
        "cpu_limited_s": 4.0,
        "now": 1.0,
    }
    for client, figures in ((kiosk, ours), (operator, {"seconds": 29.0, "loss": 0.02, "freezes": 2.0, "now": 0.0})):
        await client.ask(c.SessionMedia(session_id=session.session_id, state="live", figures=figures))
    assert "infomat_calls_weak 1.0" in (await server.get("/metrics"))[1].decode()
    await kiosk.ask(c.SessionEnd(session_id=session.session_id))
    await operator.event("session.ended")
    later = {"seconds": 31.0, "loss": 0.02}
    await operator.ask(c.SessionMedia(session_id=session.session_id, state="lost", figures=later))
    text = (await server.get("/metrics"))[1].decode()
    assert 'infomat_call_seconds_total{end="kiosk",word="weak"} 6.0' in text
    assert 'infomat_call_sound_total{end="kiosk",how="concealed"} 20.0' in text
    assert 'infomat_call_freezes_total{end="operator"} 2.0' in text
    assert 'infomat_call_round_trip_seconds_sum{end="kiosk"} 0.09' in text
    assert 'infomat_call_limited_seconds_total{end="kiosk",why="cpu"} 4.0' in text
    assert 'infomat_call_cpu_sum{end="kiosk"} 0.35' in text
    assert 'infomat_call_sent_kbps_bucket{end="kiosk",le="1200.0"} 1.0' in text
    assert "infomat_calls_weak 0.0" in text
    connection = sqlite3.connect(server.folder / "infomat.db")
    row = connection.execute(
        "SELECT kiosk_figures, operator_figures FROM sessions WHERE id = ?", (session.session_id,)
    ).fetchone()
    assert [json.loads(one) for one in row] == [ours, later]
    logged = connection.execute("SELECT body FROM event_log WHERE kind = 'session.measured'").fetchall()
    ends = {
        told["end"]: told["figures"]
        for (body,) in logged
        if (told := json.loads(body))["session"] == session.session_id
    }
    assert ends["kiosk"] == ours
    assert ends["operator"]["freezes"] == 2
    connection.close()
