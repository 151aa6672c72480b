"""Differences at the desks, over real connections: a reconciliation beside the running server, taken, resolved."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from ground.ids import new_id
from signaling.protocol import commands as c
from signaling.protocol import purchasing as p
from signaling.protocol.errors import ErrorCode
from signaling.protocol.values import Role
from signaling.server import difference_desk
from signaling.server import tables as t
from signaling.server.database import open_database
from signaling.server.difference_desk import Differences
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, ROOT, Client, Refused, ServerProcess, environment

pytestmark = pytest.mark.asyncio(loop_scope="module")
HEADS = ("date", "type", "amount", "currency", "rrn", "order")


@pytest_asyncio.fixture(loop_scope="module")
async def desks(shared: ServerProcess) -> AsyncIterator[tuple[Client, Client, Client]]:
    """An operator and two supervisors."""
    anna = await shared.staff(f"anna {new_id()}")
    olga, pyotr = [await shared.staff(f"{name} {new_id()}", Role.SUPERVISOR) for name in ("olga", "pyotr")]
    yield anna, olga, pyotr
    for client in (anna, olga, pyotr):
        await client.leave()


def file_of(folder: Path, *rows: tuple[object, ...]) -> Path:
    file = folder / "registry.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([HEADS, *rows])
    return file


async def infomat_payment(server: ServerProcess, *args: object) -> tuple[int, str]:
    """The command line in a process of its own, beside the server."""
    told = [*map(str, args), "--book", str(server.folder), "--language", "en"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infomat", "payment", *told, cwd=ROOT, env=environment(), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_a_reconciliation_beside_the_server_makes_tasks_that_one_person_takes_and_resolves(
    shared: ServerProcess, desks: tuple[Client, Client, Client], tmp_path: Path
) -> None:
    anna, olga, pyotr = desks
    kiosk = await shared.kiosk(f"K-{new_id()[-4:]}")
    purchase_id = new_id()
    await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=v.journal(purchase_id, "7402015830", 10_000)))
    day = (datetime.now(UTC) + timedelta(hours=3)).date()
    file = file_of(
        tmp_path, (day, "payment", "100.00", "RUB", "rrn-1", purchase_id), (day, "payment", "55.00", "RUB", "rrn-2", "")
    )
    both = await asyncio.gather(*(infomat_payment(shared, "reconcile", "--registry", file) for _ in range(2)))
    assert [code for code, _ in both] == [1, 1]
    assert sorted(out.splitlines()[-1] for _, out in both) == ["0 new tasks", "1 new task"]
    await olga.event("purchase.tasks_changed")
    (card,) = (await olga.ask(p.DifferenceTasks())).cards
    assert (card.what, card.advice, card.bank.minor, card.rrn) == ("only_banks", "find_payer", 5_500, "rrn-2")
    assert (card.state, card.acts) == ("open", ("take",))
    with pytest.raises(Refused) as no:
        await anna.ask(p.DifferenceTasks())
    assert no.value.code is ErrorCode.NOT_ALLOWED

    take = p.DifferenceSettle(difference_id=card.difference_id, how="take")
    answers = await asyncio.gather(*(one.ask(take) for one in (olga, pyotr)), return_exceptions=True)
    refused = [one for one in answers if isinstance(one, Refused)]
    assert [one.code for one in refused] == [ErrorCode.ILLEGAL_MOVE]  # one person at a time
    holder, other = (olga, pyotr) if isinstance(answers[1], Refused) else (pyotr, olga)
    resolve = p.DifferenceSettle(difference_id=card.difference_id, how="resolve", note="a cousin paid, act 12")
    for who, command, code in (
        (other, resolve, ErrorCode.ILLEGAL_MOVE),
        (holder, resolve.model_copy(update={"note": " "}), ErrorCode.MALFORMED),
    ):
        with pytest.raises(Refused) as no:
            await who.ask(command)
        assert no.value.code is code
    (seen,) = (await other.ask(p.DifferenceTasks())).cards
    assert (seen.state, seen.mine, seen.acts) == ("taken", False, ("take_over",))
    (taken,) = (await other.ask(take.model_copy(update={"how": "take_over"}))).cards
    assert (taken.mine, taken.acts) == (True, ("let_go", "resolve"))
    (done,) = (await other.ask(resolve)).cards
    assert (done.state, done.note, done.acts) == ("resolved", "a cousin paid, act 12", ())
    code, out = await infomat_payment(shared, "reconcile", "--registry", file)
    assert (code, out.splitlines()[-1]) == (1, "0 new tasks")  # still a difference, and no task
    assert await infomat_payment(shared, "tasks") == (0, "")
    await kiosk.leave()

    engine = open_database(f"sqlite:///{shared.folder / 'infomat.db'}")
    with engine.connect() as connection:
        found = connection.execute(select(t.audit.c.act, t.audit.c.actor).where(t.audit.c.act.like("difference.%")))
        acts = [(row.act, row.actor) for row in found]
    assert sum(1 for _ in SqlEventLog(engine).read_all()) > 0  # the chain holds with both writers
    engine.dispose()
    first, second = holder.identity, other.identity
    wanted = [("difference.take", first), ("difference.take_over", second), ("difference.resolve", second)]
    assert acts == wanted


async def test_what_agrees_later_closes_itself_whoever_had_taken_it(
    shared: ServerProcess, desks: tuple[Client, Client, Client], tmp_path: Path
) -> None:
    _, olga, _ = desks
    day = (datetime.now(UTC) + timedelta(hours=3)).date()
    purchase_id = new_id()
    file = file_of(tmp_path, (day, "payment", "70.00", "RUB", "rrn-3", purchase_id))
    await infomat_payment(shared, "reconcile", "--registry", file)
    waiting = [one for one in (await olga.ask(p.DifferenceTasks())).cards if one.rrn == "rrn-3"]
    await olga.ask(p.DifferenceSettle(difference_id=waiting[0].difference_id, how="take"))
    kiosk = await shared.kiosk(f"K-{new_id()[-4:]}")  # it was away, and hands its journal in now
    await kiosk.ask(c.PurchaseRecord(purchase_id=purchase_id, entries=v.journal(purchase_id, "7402015830", 7_000)))
    code, out = await infomat_payment(shared, "reconcile", "--registry", file)
    assert (code, out.splitlines()[-1]) == (0, "1 task agrees now and is closed")
    (closed,) = [one for one in (await olga.ask(p.DifferenceTasks())).cards if one.rrn == "rrn-3"]
    assert (closed.state, closed.resolved_by, closed.acts) == ("resolved", "", ())
    with pytest.raises(Refused):
        await olga.ask(p.DifferenceSettle(difference_id=closed.difference_id, how="resolve", note="too late"))
    await kiosk.leave()


async def test_who_watches_the_table_goes_on_when_a_look_fails_the_first_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference_desk, "_LOOK_S", 0.001)
    looks: list[tuple[int, object] | None] = [None, (1, "before"), None, (2, "after")]

    def mark() -> tuple[int, object]:
        seen = looks.pop(0) if len(looks) > 1 else looks[0]
        if seen is None:
            raise OSError("the database is busy")
        return seen

    differences, heard = Differences(open_database(f"sqlite:///{tmp_path / 'infomat.db'}")), asyncio.Event()
    monkeypatch.setattr(differences, "mark", mark)
    watching = asyncio.create_task(differences.watch(heard.set))
    async with asyncio.timeout(PATIENCE_S):
        await heard.wait()
    assert looks == [(2, "after")]
    watching.cancel()
