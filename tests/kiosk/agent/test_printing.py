"""The print desk: slips once, copies after a doubt, the truth to the screen, and nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ground.clock import SystemClock
from ground.disk import RealDisk
from ground.money import Money
from ground.simulated_disk import SimulatedDisk
from kiosk.agent import printing
from kiosk.agent.printing import PrintDesk
from kiosk.devices.printer import Outcome, PrinterState
from kiosk.ipc import Bill, SlipShown, StartPurchase
from kiosk.slips.paper import Document, as_lines
from kiosk.slips.place import Place
from kiosk.slips.spool import Patience
from payment.moves import State
from payment.record import Purchase
from signaling.protocol.values import Language, Message, Sum
from tests.kiosk.journey.people import ticket

QUICK = Patience(timedelta(seconds=0.05), timedelta(seconds=0.1), timedelta(seconds=0.1))
PURCHASE = "0193b0c0-1111-7000-8000-0000aaaabbbb"


class Paper:
    """A printer that does what it is told, and keeps what it printed."""

    def __init__(self) -> None:
        self.state = PrinterState.READY
        self.outcomes: list[Outcome] = []
        self.printed: list[str] = []
        self.hold: asyncio.Event | None = None
        self.asked = self.looks = 0
        self.failure: Exception | None = None

    async def print(self, document: Document) -> Outcome:
        self.asked += 1
        if self.hold is not None:
            await self.hold.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome("printed", self.state)
        if outcome.verdict != "not_printed":
            self.printed.append("\n".join(as_lines(document, 48)))
        self.state = outcome.state
        return outcome

    async def status(self) -> PrinterState:
        self.looks += 1
        if self.failure is not None:
            raise self.failure
        return self.state


class Desk:
    """A desk that runs, and what the screen was told."""

    def __init__(self, disk: Any, paper: Paper, **more: Any) -> None:
        self.told: list[Message] = []
        self.changes = 0
        self.paper = paper
        place = Place("Уралэнерго", "Терминал № 41", "пр. Ленина, 28", "8 800 555-04-17")
        self.desk = PrintDesk(
            paper, disk, SystemClock(), place, self.told.append, self._changed, patience=QUICK, look_every_s=0.05,
            look_again_s=0.02, **more,
        )  # fmt: skip
        self.desk.open()
        self._running = asyncio.create_task(self.desk.run())

    def _changed(self) -> None:
        self.changes += 1

    async def kill(self) -> None:
        """The process is gone; what was not on disk is lost."""
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    def begun(self, language: Language = "ru") -> None:
        amount, fee = Sum(minor=128450, currency="RUB"), Sum(minor=0, currency="RUB")
        bill = Bill(
            supplier="e", account="7401234417", service="electricity", amount=amount, fee=fee,
            supplier_name="Электросбыт", supplier_phone="8 800 555-18-93", account_masked="••••• 4417",
        )  # fmt: skip
        wish = StartPurchase(purchase_id=PURCHASE, bills=(bill,), amount=amount, purpose="x", language=language)
        self.desk.begun(wish)

    def moved(self, state: State, **more: Any) -> None:
        self.desk.moved(bought(state, **more))

    async def until(self, condition: Callable[[], bool], seconds: float = 5) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.005)

    async def rounds(self, number: int = 3) -> None:
        """So many times the desk looks at the printer and then at everything it has to print."""
        wanted = self.paper.looks + number
        await self.until(lambda: self.paper.looks >= wanted)

    @property
    def said(self) -> list[str]:
        return [message.state for message in self.told if isinstance(message, SlipShown)]


def bought(state: State, **more: Any) -> Purchase:
    purchase = Purchase(PURCHASE, Money(128450, "RUB"), "7401234417", "x", "poi", datetime.now(UTC), state)
    return replace(purchase, **more)


def slips(folder: Path) -> bytes:
    file = folder / "slips.json"
    return file.read_bytes() if file.exists() else b""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(RealDisk(tmp_path), Paper())
    yield desk
    await desk.kill()


async def test_a_posted_payment_prints_one_slip_and_the_screen_hears_when_it_is_out(desk: Desk) -> None:
    desk.begun("lv")
    desk.moved(State.AUTHORISING)
    desk.moved(State.APPROVED)
    desk.moved(State.POSTED)
    desk.moved(State.POSTED)
    await desk.until(lambda: desk.said == ["printing", "printed"])
    told = desk.paper.printed[0]
    for expected in ("Maksājums pieņemts", "AAAA-BBBB", "Электросбыт", "••••• 4417", "8 800 555-18-93"):
        assert expected in told
    assert len(desk.paper.printed) == 1
    again: list[Message] = []
    desk.desk.show_again(again.append)
    assert [message.model_dump()["state"] for message in again] == ["printed"]


async def test_an_approved_payment_whose_posting_is_slow_gets_its_slip_all_the_same(desk: Desk) -> None:
    desk.begun()
    desk.moved(State.APPROVED)
    await desk.until(lambda: len(desk.paper.printed) == 1)
    desk.moved(State.POSTED)
    await desk.rounds()
    assert len(desk.paper.printed) == 1


async def test_the_payment_never_waits_for_the_printer(desk: Desk) -> None:
    desk.paper.hold = asyncio.Event()
    desk.begun()
    desk.moved(State.POSTED)
    await desk.until(lambda: desk.paper.asked == 1)
    for state in (State.REVERSING, State.REFUNDED):
        desk.moved(state, refunded_minor=128450)  # returns at once while the printer holds
    desk.paper.hold.set()
    await desk.until(lambda: len(desk.paper.printed) == 2)
    assert "Деньги возвращены" in desk.paper.printed[1]


async def test_without_paper_it_is_said_and_printed_when_there_is_some_not_as_a_copy(desk: Desk) -> None:
    desk.paper.state = PrinterState.NO_PAPER
    await desk.until(lambda: desk.desk.paper == "out")
    await desk.until(lambda: desk.desk.health == "out")
    desk.begun()
    desk.moved(State.POSTED)
    await desk.until(lambda: desk.said == ["not_printed"])
    assert desk.paper.printed == []
    desk.paper.state = PrinterState.PAPER_LOW
    await desk.until(lambda: desk.said[-1] == "printed")
    assert desk.desk.health == "low"
    assert "Дубликат" not in desk.paper.printed[0]


async def test_half_a_slip_is_printed_again_as_a_copy(desk: Desk) -> None:
    desk.paper.outcomes = [Outcome("not_printed", PrinterState.COVER_OPEN)]
    desk.begun()
    desk.moved(State.POSTED)
    await desk.until(lambda: desk.said[-1:] == ["not_printed"])
    desk.paper.state = PrinterState.READY
    await desk.until(lambda: desk.said[-1] == "printed")
    assert "Дубликат" in desk.paper.printed[0]


async def test_a_printer_that_never_answers_is_not_believed_and_not_asked_again(desk: Desk) -> None:
    desk.paper.outcomes = [Outcome("unsure", PrinterState.SILENT)]
    desk.begun()
    desk.moved(State.POSTED)
    await desk.until(lambda: desk.said == ["printing", "unsure"])
    await desk.rounds()
    assert len(desk.paper.printed) == 1


async def test_what_is_unknown_is_being_clarified_and_the_late_approval_has_its_receipt(desk: Desk) -> None:
    desk.begun()
    desk.moved(State.UNKNOWN)
    await desk.until(lambda: len(desk.paper.printed) == 1)
    assert "Оплата уточняется" in desk.paper.printed[0]
    desk.moved(State.PARKED)
    desk.moved(State.POSTED)
    await desk.until(lambda: len(desk.paper.printed) == 2)
    assert "Оплата принята" in desk.paper.printed[1]


async def test_who_leaves_gets_what_is_known_and_then_nothing_is_left(desk: Desk, tmp_path: Path) -> None:
    desk.begun()
    desk.moved(State.BUSY)
    await desk.until(lambda: "4417" in slips(tmp_path).decode())
    desk.desk.visit_over()
    await desk.until(lambda: len(desk.paper.printed) == 1)
    assert "Оплата уточняется" in desk.paper.printed[0]
    await desk.until(lambda: slips(tmp_path) == b"")
    assert desk.said == [], "the next person is not told to take it"
    assert not desk.desk._book.matters
    assert not desk.desk._purchases


async def test_who_leaves_a_printer_without_paper_leaves_nothing_for_the_next(desk: Desk, tmp_path: Path) -> None:
    desk.paper.state = PrinterState.NO_PAPER
    desk.begun()
    desk.moved(State.POSTED)
    await desk.until(lambda: desk.said == ["not_printed"])
    desk.desk.visit_over()
    await desk.until(lambda: slips(tmp_path) == b"" and not desk.desk._book.matters)
    desk.paper.state = PrinterState.READY
    await desk.rounds()
    assert desk.paper.printed == []


async def test_a_payment_that_took_no_money_prints_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.begun()
    desk.moved(State.DECLINED)
    desk.desk.visit_over()
    await desk.until(lambda: not desk.desk._book.matters)
    assert desk.paper.printed == []


async def test_a_ticket_is_printed_once_with_its_proof(desk: Desk) -> None:
    for _ in range(2):
        desk.desk.ticket(ticket("t1"), "payment", "en")
    await desk.until(lambda: desk.said == ["printing", "printed"])
    assert len(desk.paper.printed) == 1
    assert "3F2A-91BC-04DE" in desk.paper.printed[0]
    assert "Bills and payments" in desk.paper.printed[0]


async def test_a_failure_of_ours_costs_a_slip_and_the_desk_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(*_: object, **__: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr(printing, "payment_slip", stumbles)
    desk.begun()
    desk.moved(State.POSTED)
    await desk.until(lambda: desk.said == ["printing", "unsure"])  # and not "printing" for ever
    desk.desk.visit_over()
    desk.desk.ticket(ticket("t1"), "payment", "en")
    await desk.until(lambda: len(desk.paper.printed) == 1)


async def test_a_printer_that_we_fail_to_ask_is_out_and_asked_again(desk: Desk) -> None:
    await desk.until(lambda: desk.desk.paper == "ready")
    desk.paper.failure = ValueError("ours")
    await desk.until(lambda: desk.desk.paper == "out")
    await desk.rounds()
    desk.paper.failure = None
    await desk.until(lambda: desk.desk.paper == "ready")
    desk.desk.ticket(ticket("t1"), "payment", "en")
    await desk.until(lambda: len(desk.paper.printed) == 1)


@pytest.mark.parametrize("when", ["before", "asked", "printed"])
async def test_after_kill_9_a_slip_comes_once_where_that_is_known_and_as_a_copy_where_it_is_not(when: str) -> None:
    disk = SimulatedDisk()
    first = Paper()
    first.hold = asyncio.Event()
    before = Desk(disk, first)
    before.begun("en")
    await before.until(lambda: b"4417" in (disk.read("slips.json") or b""))
    if when != "before":
        before.moved(State.POSTED)
        await before.until(lambda: first.asked == 1)
    if when == "printed":
        first.hold.set()
        await before.until(lambda: before.said[-1:] == ["printed"])
    await before.kill()
    disk.power_cut()

    second = Paper()
    after = Desk(disk, second)
    after.moved(State.POSTED)  # the journal of payments is read
    await after.until(lambda: disk.read("slips.json") == b"")
    await after.kill()
    expected = {"before": 1, "asked": 1, "printed": 0}[when]
    assert len(second.printed) == expected
    if expected:
        assert ("Copy" in second.printed[0]) == (when == "asked")
        assert "Payment received" in second.printed[0]


async def test_long_after_a_crash_nobody_stands_there_any_more(tmp_path: Path) -> None:
    before = Desk(RealDisk(tmp_path), Paper())
    before.begun()
    await before.until(lambda: slips(tmp_path) != b"")
    await before.kill()
    file = tmp_path / "slips.json"
    year = str(datetime.now(UTC).year)
    file.write_text(file.read_text().replace(f'"begun_at":"{year}', '"begun_at":"2020', 1))
    after = Desk(RealDisk(tmp_path), Paper())
    await after.until(lambda: slips(tmp_path) == b"")
    after.moved(State.POSTED)
    assert after.paper.printed == []
    await after.kill()


async def test_where_nobody_pays_without_paper_payments_follow_the_printer(tmp_path: Path) -> None:
    desk = Desk(RealDisk(tmp_path), Paper(), needed=True)
    assert not desk.desk.lets_pay, "nobody has asked the printer yet"
    await desk.until(lambda: desk.desk.lets_pay)
    desk.paper.state = PrinterState.NO_PAPER
    await desk.until(lambda: not desk.desk.lets_pay)
    assert desk.changes == 2
    await desk.kill()
