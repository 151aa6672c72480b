"""Systems of others that take a question and never answer: the queue goes on, and who asks hears that they are away."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ground.ids import new_id
from payment.documents import DocumentState
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode
from signaling.protocol.frames import ErrorFrame, EventFrame, ReplyFrame
from signaling.server import app, asked, fiscal_outbox
from signaling.server.billings import Billings
from signaling.server.config import ServerConfig
from signaling.server.fiscal_outbox import FiscalOutbox
from signaling.server.house import House
from signaling.server.outside import Outside
from signaling.server.start_point import point_file
from tests.signaling import recorded_day
from tests.signaling import visit as v
from tests.signaling.client import PATIENCE_S, ROOT, environment
from tests.signaling.test_house import ask, kiosk_of, operator_of, visit


class Hanging:
    """A billing system that takes every question and answers none, until the test is over."""

    def __init__(self) -> None:
        self.asked, self.over = 0, threading.Event()

    def find_account(self, number: str) -> None:
        self.asked += 1
        self.over.wait()

    def post_payment(self, posting: object) -> None:
        self.asked += 1
        self.over.wait()
        raise ConnectionError("over")


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    billing = Hanging()
    yield billing
    billing.over.set()


@pytest.fixture
async def house(tmp_path: Path, hanging: Hanging, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(app, "billings_of", lambda _file: Billings(hanging))  # type: ignore[arg-type]
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))  # as few as may be, on any machine
    made = app.build(ServerConfig(tmp_path / "data"))
    async with made.router.lifespan_context(made):
        yield made.state.house
        hanging.over.set()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.01)


async def a_place_is_taken(house: House) -> None:
    """All the way: looked up, written, told, offered."""
    link, operator = await kiosk_of(house), await operator_of(house)
    await ask(house, operator, c.StatusSet(status="available"))
    take = c.TicketTake(ticket_id=new_id(), visit_id=await visit(house, link), service="other", language="ru")
    assert isinstance(await ask(house, link, take), ReplyFrame)
    await until(lambda: "offer.made" in [one.event.type for one in operator.frames if isinstance(one, EventFrame)])


async def test_questions_that_billing_does_not_answer_hold_nobody_in_the_queue(house: House, hanging: Hanging) -> None:
    links = [await kiosk_of(house) for _ in range(4)]
    finds = [c.AccountFind(visit_id=await visit(house, one), number="7401004417") for one in links]
    asking = [asyncio.create_task(ask(house, *one)) for one in zip(links, finds, strict=True)]
    await until(lambda: hanging.asked >= 2)
    async with asyncio.timeout(PATIENCE_S):
        await a_place_is_taken(house)
    assert not any(one.done() for one in asking)
    hanging.over.set()
    await asyncio.gather(*asking)


async def test_payments_that_billing_does_not_take_hold_nobody_in_the_queue(house: House, hanging: Hanging) -> None:
    link = await kiosk_of(house)
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(4):
            purchase = new_id()
            recorded = c.PurchaseRecord(purchase_id=purchase, entries=v.journal(purchase))
            assert isinstance(await ask(house, link, recorded), ReplyFrame)
        await until(lambda: hanging.asked >= 2)
        await a_place_is_taken(house)


async def test_a_register_that_answers_nothing_holds_no_look_up(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    due = SimpleNamespace(state=DocumentState.WANTED, kind="sell", uuid="")
    monkeypatch.setattr(fiscal_outbox, "_document", lambda *_: "a document")
    register: Any = SimpleNamespace(register=hanging.find_account)
    page: Any = SimpleNamespace(documents=[due])
    outbox = FiscalOutbox(register, None, lambda _purchase: page, None)  # type: ignore[arg-type]
    outbox.work("a purchase")
    await until(lambda: hanging.asked)
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await asyncio.to_thread(str, 1) == "1"
    finally:
        hanging.over.set()
        await outbox.stop()


async def test_who_fills_the_threads_that_all_share_does_not_hold_the_log(house: House, hanging: Hanging) -> None:
    link = await kiosk_of(house)
    looking = [asyncio.create_task(asyncio.to_thread(hanging.find_account, "1")) for _ in range(2)]
    await until(lambda: hanging.asked == 2)
    async with asyncio.timeout(PATIENCE_S):
        assert await visit(house, link) in house.services.front.visits
    hanging.over.set()
    await asyncio.gather(*looking)


async def test_who_finds_all_places_taken_hears_in_time_that_billing_is_away(house: House, hanging: Hanging) -> None:
    house.services.outside = Outside(1, 0.05)
    link = await kiosk_of(house)
    find = c.AccountFind(visit_id=await visit(house, link), number="7401004417")
    async with asyncio.timeout(PATIENCE_S):
        answers = [await ask(house, link, find) for _ in range(2)]
    assert [one.code for one in answers if isinstance(one, ErrorFrame)] == [ErrorCode.BILLING_UNAVAILABLE] * 2
    assert hanging.asked == 1  # the place is held until the question is over, whoever still waits for it


def test_a_kiosk_hears_it_before_it_waits_no_longer() -> None:
    assert asked._ASKED_WITHIN_S < 15.0


async def test_a_place_is_free_again_when_its_question_is_over() -> None:
    outside, gate = Outside(1, 0.05), threading.Event()
    with pytest.raises(TimeoutError):
        await outside.ask(gate.wait)
    with pytest.raises(TimeoutError):
        await outside.ask(str, 1)
    gate.set()
    await until(lambda: not outside._places.locked())
    assert await outside.ask(str, 1) == "1"
    with pytest.raises(ZeroDivisionError):
        await outside.ask(divmod, 1, 0)
    assert await outside.ask(str, 2) == "2"


def test_a_process_ends_without_the_answer() -> None:
    program = (
        "import asyncio, contextlib, time\n"
        "from signaling.server.outside import Outside\n"
        "async def main():\n"
        "    with contextlib.suppress(TimeoutError):\n"
        "        await Outside(1, 0.1).ask(time.sleep, 600)\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment(), timeout=60, check=True)


async def test_what_fails_in_one_hour_is_told_and_done_again_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_HOUR", 0.001)
    failed: list[str] = []
    monkeypatch.setattr(app.log, "error", lambda event, kind, **_: failed.append(kind), raising=False)
    done: list[str] = []

    def step(name: str) -> Any:
        def run(*_: object) -> bool:
            done.append(name)
            if done.count(name) == 1:
                raise OSError(28, "No space left on device")
            return True

        return run

    async def settled() -> None: ...

    services = SimpleNamespace(clock=SimpleNamespace(now=lambda: None))
    house: Any = SimpleNamespace(tidy=step("tidying"), settled=settled, services=services)
    signer: Any = SimpleNamespace(look=step("signing"))
    running = asyncio.create_task(app._every_hour(house, signer, step("start point")))
    await until(lambda: done.count("start point") >= 2 or running.done())
    running.cancel()
    assert done[:6] == ["tidying", "signing", "start point"] * 2
    assert failed == ["tidying", "signing", "start point"]


def test_after_a_long_reading_a_start_keeps_at_once_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded_day.prepared(tmp_path)
    engine = app.open_database(f"sqlite:///{tmp_path / 'infomat.db'}")
    asyncio.run(recorded_day.Day(engine, 5).run(30))
    engine.dispose()
    app.build(ServerConfig(tmp_path))
    assert not point_file(tmp_path).exists()
    monkeypatch.setattr(app, "_LONG_START", 10)
    app.build(ServerConfig(tmp_path))
    assert point_file(tmp_path).exists()
