"""One basket, two suppliers, each with a billing system of its own: both get their own line exactly once.

The referee is what stands in the two systems' books, read without any code of ours.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from ground.ids import new_id
from ground.money import Money
from payment import events as e
from payment.answers import PoiTransaction, Slip
from payment.basket import Line, total
from signaling.protocol import purchasing as p
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, ROOT, Client, ServerProcess, environment

pytestmark = pytest.mark.asyncio(loop_scope="module")


class BillingProcess:
    """``python -m billing.embedded`` on a port that it keeps."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        told = ("-m", "billing.embedded", "--folder", str(self.folder), "--accounts", "30", "--port", str(self.port))
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *told, cwd=ROOT, env=environment(), stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = await self.process.stdout.readline()
        self.port = json.loads(line.removeprefix(b"ready "))["port"]

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        (file,) = self.folder.glob("*.db")
        book = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return book.execute(query, values).fetchall()
        finally:
            book.close()

    def account(self, supplier: str) -> str:
        return str(self.rows("SELECT number FROM accounts WHERE supplier = ? ORDER BY number", supplier)[0][0])

    def paid(self, purchase_id: str) -> list[tuple[object, ...]]:
        """(account, kopecks) of everything this book has of a purchase."""
        return self.rows("SELECT account, amount FROM payments WHERE reference = ? ORDER BY id", purchase_id)

    async def has_paid(self, purchase_id: str, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.paid(purchase_id)) < count:
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[ServerProcess, list[BillingProcess]]]:
    """A server with a main system and one that keeps the accounts of ``teplo`` alone."""
    folder = tmp_path_factory.mktemp("two")
    systems = [BillingProcess(folder / name) for name in ("main", "teplo")]
    await asyncio.gather(*(one.start() for one in systems))
    main, teplo = (json.loads((one.folder / "billing.json").read_text()) for one in systems)
    file = folder / "both.json"
    file.write_text(json.dumps({**main, "suppliers": {"teplo": teplo}}))
    async with ServerProcess(folder / "server", f"--billing-file={file}") as server:
        yield server, systems
    for one in systems:
        await one.kill()


def basket(light: str, warmth: str) -> tuple[Line, ...]:
    fee = Money(100, "RUB")
    return (
        Line(1, "elektro", light, "electricity", Money(10_000, "RUB"), fee),
        Line(2, "teplo", warmth, "heat", Money(20_000, "RUB"), fee),
    )


async def paid(kiosk: Client, lines: tuple[Line, ...]) -> str:
    """A purchase of these lines whose card is charged."""
    purchase_id, now, sum_ = new_id(), datetime.now(UTC), total(lines)
    slip = Slip(sum_, PoiTransaction(new_id()[:8], now.isoformat()))
    told = (e.Begun(sum_, "", "bills", "POI-1", lines), e.PaymentAsked("S1"), e.Charged(slip))
    await v.say(kiosk, purchase_id, 1, *told)
    return purchase_id


async def test_each_line_reaches_its_own_system_once_though_one_is_down_and_the_server_dies(
    house: tuple[ServerProcess, list[BillingProcess]],
) -> None:
    server, (main, teplo) = house
    kiosk = await server.kiosk()
    light, warmth = main.account("elektro"), teplo.account("teplo")
    await teplo.kill()
    purchase_id = await paid(kiosk, basket(light, warmth))
    await main.has_paid(purchase_id, 1)  # one supplier's trouble holds no other's money
    assert teplo.paid(purchase_id) == []
    assert not [one for one in kiosk.events if getattr(one, "type", "") == "purchase.posted"]
    await kiosk.leave()
    await server.kill_and_restart()
    await kiosk.again()
    await teplo.start()
    await kiosk.event("purchase.posted", lambda one: one.purchase_id == purchase_id)
    assert (main.paid(purchase_id), teplo.paid(purchase_id)) == ([(light, 10_000)], [(warmth, 20_000)])

    await server.kill_and_restart()  # once more, when all is done: nothing is posted again
    await kiosk.again()
    second = await paid(kiosk, basket(light, warmth))
    await kiosk.event("purchase.posted", lambda one: one.purchase_id == second)
    for one in (purchase_id, second):
        assert (main.paid(one), teplo.paid(one)) == ([(light, 10_000)], [(warmth, 20_000)])
    await kiosk.leave()


async def test_a_refund_of_both_takes_each_off_its_own_system_once(
    house: tuple[ServerProcess, list[BillingProcess]],
) -> None:
    server, (main, teplo) = house
    kiosk, anna = await server.kiosk("K-2"), await server.staff()
    light, warmth = main.account("elektro"), teplo.account("teplo")
    purchase_id = await paid(kiosk, basket(light, warmth))
    told = await kiosk.event("purchase.posted", lambda one: one.purchase_id == purchase_id)
    await v.say(kiosk, purchase_id, 4, e.Posted(told.reference))
    await teplo.kill()
    order = p.RefundAsk(refund_id=new_id(), purchase_id=purchase_id, lines=(1, 2), reason="another flat")
    await anna.ask(order)
    await main.has_paid(purchase_id, 2)
    assert not [one for one in kiosk.events if getattr(one, "type", "") == "purchase.refund"]  # not before both are off
    await teplo.start()
    refund = await kiosk.event("purchase.refund", lambda one: one.refund_id == order.refund_id)
    assert refund.amount.minor == 30_200
    assert main.paid(purchase_id) == [(light, 10_000), (light, -10_000)]
    assert teplo.paid(purchase_id) == [(warmth, 20_000), (warmth, -20_000)]
    for client in (kiosk, anna):
        await client.leave()
