"""What the purchase's rules rely on, of every driver of a card terminal. A driver's test class inherits
``TerminalContract`` and gives the fixture ``bench``: the driver on a terminal that does what it is told, an emulator
or the acquirer's test terminal with somebody's hand on it.

Each test is a kiosk of its own: it repeats the ids of the others.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest

from ground.clock import SystemClock
from ground.disk import RealDisk
from ground.money import Money
from payment.answers import (
    REFUSALS,
    Failure,
    Granted,
    Health,
    PoiTransaction,
    Repeated,
    Silence,
    Totals,
    TotalsLine,
    Undone,
    Unsent,
    Untold,
)
from payment.cashier import Cashier
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal
from payment.terminal import DayBook, Terminal
from tests.payment.card_numbers import card_like
from tests.payment.emulated import QUICK, Listener, until
from tests.payment.purchases import BILL, START, bill

#: What the terminal does with the next payment: the card is charged; the bank refuses; the customer presses cancel;
#: the PIN is wrong; the bank's host is out of reach; the card is charged and the answer is lost; it takes its time.
Word = Literal["approve", "refuse", "cancel", "wrong_pin", "no_host", "lose", "slow"]


class Bench(Protocol):
    """A driver, its terminal, and the terminal's own truth."""

    @property
    def driver(self) -> Terminal:
        """The driver under test; also a ``DayBook`` if its terminal counts."""
        ...

    async def next(self, word: Word) -> None:
        """Tell the terminal what to do with the next payment."""
        ...

    async def finish_slow(self) -> None:
        """End a ``slow`` payment well: the customer holds the card to it at last."""
        ...

    def away(self) -> Terminal:
        """The same driver where there is no terminal."""
        ...

    def charged(self) -> int:
        """Minor units taken from cards in this test, less what went back: by the terminal's books, not the driver's."""
        ...


def pay(number: int = 1, amount: Money = BILL) -> SendPayment:
    return SendPayment(f"PAY{number}", f"sale-{number}", START, amount)


def about(number: int, category: Any = "Payment") -> AskStatus:
    return AskStatus(f"ASK{number}", category, f"PAY{number}" if category == "Payment" else f"REV{number}")


def _undo(number: int, name: PoiTransaction, amount: Money | None) -> SendReversal:
    return SendReversal(f"REV{number}", name, "CustCancel", "sale-1", START, amount)


class TerminalContract:
    """The tests; ``bench`` comes from the driver's own test class."""

    async def test_an_approval_says_the_amount_a_name_to_undo_it_by_and_no_card_number(self, bench: Bench) -> None:
        await bench.next("approve")
        paid = await bench.driver.pay(pay())
        assert isinstance(paid, Granted)
        assert not paid.partial
        assert paid.slip.amount == BILL
        assert paid.slip.poi_transaction.id
        assert len(paid.slip.last_digits) == 4
        assert any("1284.50" in line for line in paid.slip.receipt)
        assert card_like(repr(paid)) == []
        assert bench.charged() == BILL.minor
        told = await bench.driver.status(about(1))
        assert isinstance(told, Repeated)
        assert (told.category, told.sale_id, told.service_id, told.poi_id) == (
            "Payment", bench.driver.sale_id, "PAY1", bench.driver.poi_id
        )  # fmt: skip
        assert isinstance(told.answer, Granted)
        assert told.answer.slip.poi_transaction == paid.slip.poi_transaction

    @pytest.mark.parametrize("word", ["refuse", "cancel", "wrong_pin"])
    async def test_a_refusal_is_one_the_rules_know_and_moves_no_money(self, bench: Bench, word: str) -> None:
        await bench.next(word)
        refused = await bench.driver.pay(pay())
        assert isinstance(refused, Failure)
        assert refused.condition in REFUSALS
        assert bench.charged() == 0

    async def test_a_host_out_of_reach_is_told_from_a_refusal(self, bench: Bench) -> None:
        await bench.next("no_host")
        doubtful = await bench.driver.pay(pay())
        assert isinstance(doubtful, Failure)
        assert doubtful.condition == "UnreachableHost"
        told = await bench.driver.status(about(1))
        assert isinstance(told, Repeated)
        assert isinstance(told.answer, Failure)

    async def test_a_lost_answer_is_silence_and_the_status_never_denies_a_charge(self, bench: Bench) -> None:
        await bench.next("lose")
        assert isinstance(await bench.driver.pay(pay()), Silence)
        async with asyncio.timeout(20):
            while isinstance(told := await bench.driver.status(about(1)), Failure) and told.condition == "InProgress":
                pass
        assert bench.charged() == BILL.minor
        assert isinstance(told, Untold) or (isinstance(told, Repeated) and isinstance(told.answer, Granted))

    async def test_where_there_is_no_terminal_nothing_was_sent(self, bench: Bench) -> None:
        assert isinstance(await bench.away().pay(pay()), Unsent)
        assert bench.charged() == 0

    async def test_what_was_never_begun_is_not_found(self, bench: Bench) -> None:
        await bench.driver.login("LOGIN1")
        told = await bench.driver.status(about(9))
        assert isinstance(told, Failure)
        assert told.condition == "NotFound"

    @pytest.mark.conformance(10)
    async def test_one_payment_at_a_time_and_a_running_one_is_told_of(self, bench: Bench) -> None:
        await bench.next("slow")
        running = asyncio.create_task(bench.driver.pay(pay(1)))
        async with asyncio.timeout(20):
            while getattr(await bench.driver.status(about(1)), "condition", "") != "InProgress":
                await asyncio.sleep(0)
        busy = await bench.driver.pay(pay(2))
        assert isinstance(busy, Failure)
        assert busy.condition == "Busy"
        assert isinstance(await bench.driver.status(about(2)), Failure)
        await bench.driver.abort(SendAbort("AB1", "PAY9"))  # of another one
        await bench.finish_slow()
        assert isinstance(await running, Granted)
        assert bench.charged() == BILL.minor

    async def test_a_charge_is_given_back_once_in_whole_or_in_parts(self, bench: Bench) -> None:
        await bench.next("approve")
        paid = await bench.driver.pay(pay())
        assert isinstance(paid, Granted)
        name = paid.slip.poi_transaction
        assert await bench.driver.reverse(_undo(1, name, Money(450, "RUB"))) == Undone()
        assert bench.charged() == BILL.minor - 450
        told = await bench.driver.status(about(1, "Reversal"))
        assert isinstance(told, Repeated)
        assert told.answer == Undone()
        assert isinstance(await bench.driver.reverse(_undo(2, name, Money(BILL.minor, "RUB"))), Failure)
        assert await bench.driver.reverse(_undo(3, name, Money(BILL.minor - 450, "RUB"))) == Undone()
        assert isinstance(await bench.driver.reverse(_undo(4, name, Money(1, "RUB"))), Failure)
        assert isinstance(await bench.driver.reverse(_undo(5, PoiTransaction("x", "t"), None)), Failure)
        assert bench.charged() == 0

    async def test_its_day_is_counted_and_closed(self, bench: Bench) -> None:
        driver = bench.driver
        if not isinstance(driver, DayBook):
            pytest.skip("it keeps no day")
        await driver.login("LOGIN1")
        await driver.close_day("DAY0")
        await bench.next("approve")
        assert isinstance(await bench.driver.pay(pay()), Granted)
        counted = await driver.totals("TOT1")
        closed = await driver.close_day("DAY1")
        empty = await driver.totals("TOT2")
        for told in (counted, closed):
            assert isinstance(told, Totals)
            assert [(line.kind, line.count, line.amount) for line in told.lines] == [("Debit", 1, BILL)]
            assert all(isinstance(line, TotalsLine) for line in told.lines)
        assert isinstance(empty, Totals)
        assert empty.lines == ()
        assert await driver.logout("OUT1")

    async def test_its_health_is_told(self, bench: Bench) -> None:
        health = await bench.driver.diagnose("DIAG1")
        assert isinstance(health, Health)
        assert health.condition == "ok"
        assert not isinstance(await bench.away().diagnose("DIAG2"), Health)

    @pytest.mark.parametrize(
        ("word", "ends"), [("approve", ["approved"]), ("refuse", ["declined"]), ("lose", ["approved", "parked"])]
    )
    async def test_the_same_rules_take_the_same_purchase_to_its_end(
        self, bench: Bench, tmp_path: Path, word: str, ends: list[str]
    ) -> None:
        told = Listener()
        cashier = Cashier(
            RealDisk(tmp_path / "agent"),
            bench.driver,
            SystemClock(),
            on_change=told.changed,
            on_alarm=told.alarm,
            rhythm=QUICK,
        )
        await cashier.open()
        await bench.next(word)
        cashier.begin("p1", bill(), "electricity")
        purchase = await until(cashier, *ends)
        if purchase.state == "parked":
            assert "payment.parked" in told.alarms
            assert cashier.clarified("p1", charged=True, note="registry")
            purchase = await until(cashier, "approved")
        assert (purchase.state == "approved") is (bench.charged() == BILL.minor)
        assert cashier.available
        await cashier.close()
