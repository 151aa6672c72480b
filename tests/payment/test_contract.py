"""What the purchase's rules rely on, of every driver: encrypted nexo, another make of nexo in the clear, UPOS."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

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
from payment.nexo.driver import NexoTerminal
from payment.terminal import DayBook, Terminal
from payment.upos.driver import UposTerminal
from tests.payment.card_numbers import card_like
from tests.payment.emulated import QUICK, EmulatedTerminal, Listener, emulated_terminal, until
from tests.payment.purchases import BILL, START, bill
from tests.payment.upos_place import UposPlace


class Driver(Terminal, DayBook, Protocol):
    """Everything that the contract speaks of."""


@dataclass
class Rig:
    """A driver, its terminal, and the terminal's own truth."""

    driver: Driver
    emulator: EmulatedTerminal | UposPlace
    before: int

    async def next(self, word: str, seconds: float = 0.0) -> None:
        """What the terminal is to do with the next payment."""
        if isinstance(self.emulator, UposPlace):
            self.emulator.order(**_UPOS[word] | ({"seconds": seconds} if seconds else {}))
        elif word == "slow":
            pass  # it waits for a card
        else:
            emulator, order = self.emulator, _NEXO[word]
            await asyncio.to_thread(lambda: emulator.order(**order))

    async def finish_slow(self) -> None:
        """The customer holds the card to it at last."""
        emulator = self.emulator
        if isinstance(emulator, EmulatedTerminal):
            async with asyncio.timeout(20):
                while not (await asyncio.to_thread(lambda: emulator.order(card="tap")))["taken"]:
                    pass

    def away(self) -> Driver:
        """The same driver where there is no terminal."""
        if isinstance(self.emulator, UposPlace):
            return UposTerminal(self.emulator.profile(program="no_such_program"))
        return NexoTerminal(self.emulator.profile(port=1))

    def charged(self) -> int:
        """Minor units taken from cards by this test."""
        return self.emulator.charged() - self.before


_NEXO: dict[str, dict[str, Any]] = {
    "approve": {"next": "approve"},
    "refuse": {"next": "decline"},
    "cancel": {"next": "cancel"},
    "wrong_pin": {"next": "wrong_pin"},
    "no_host": {"next": "unreachable_host"},
    "lose": {"next": "drop_after_body"},
}
_UPOS: dict[str, dict[str, Any]] = {
    "approve": {},
    "refuse": {"code": 4451},
    "cancel": {"code": 2000},
    "wrong_pin": {"code": 4137},
    "no_host": {"code": 4119},
    "lose": {"fault": "crash_after"},
    "slow": {"seconds": 2.0},
}
_PLAIN = ("--plain", "--make", "westpay", "--login-required", "--path", "/terminal/nexo")
_KIOSKS = count(1)


@pytest.fixture(scope="module")
def emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, EmulatedTerminal]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                emulated_terminal(tmp_path_factory.mktemp("terminal"), "--expiry", "10", *options)
            )
            for name, options in {"nexo, encrypted": (), "nexo, plain profile": _PLAIN}.items()
        }


@pytest.fixture(params=["nexo, encrypted", "nexo, plain profile", "upos"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, emulators: dict[str, EmulatedTerminal]) -> Rig:
    """Each test is a kiosk of its own: it repeats the ids of the others."""
    if request.param == "upos":
        place = UposPlace(tmp_path / "upos")
        return Rig(UposTerminal(place.profile()), place, 0)
    emulator = emulators[request.param]
    driver = NexoTerminal(emulator.profile(sale_id=f"kiosk-{next(_KIOSKS)}"))
    return Rig(driver, emulator, emulator.charged())


def pay(number: int = 1, amount: Money = BILL) -> SendPayment:
    return SendPayment(f"PAY{number}", f"sale-{number}", START, amount)


def about(number: int, category: Any = "Payment") -> AskStatus:
    return AskStatus(f"ASK{number}", category, f"PAY{number}" if category == "Payment" else f"REV{number}")


async def test_an_approval_says_the_amount_a_name_to_undo_it_by_and_no_card_number(rig: Rig) -> None:
    await rig.next("approve")
    paid = await rig.driver.pay(pay())
    assert isinstance(paid, Granted)
    assert not paid.partial
    assert paid.slip.amount == BILL
    assert paid.slip.poi_transaction.id
    assert len(paid.slip.last_digits) == 4
    assert any("1284.50" in line for line in paid.slip.receipt)
    assert card_like(repr(paid)) == []
    assert rig.charged() == BILL.minor
    told = await rig.driver.status(about(1))
    assert isinstance(told, Repeated)
    assert (told.category, told.sale_id, told.service_id, told.poi_id) == (
        "Payment", rig.driver.sale_id, "PAY1", rig.driver.poi_id
    )  # fmt: skip
    assert isinstance(told.answer, Granted)
    assert told.answer.slip.poi_transaction == paid.slip.poi_transaction


@pytest.mark.parametrize("word", ["refuse", "cancel", "wrong_pin"])
async def test_a_refusal_is_one_the_rules_know_and_moves_no_money(rig: Rig, word: str) -> None:
    await rig.next(word)
    refused = await rig.driver.pay(pay())
    assert isinstance(refused, Failure)
    assert refused.condition in REFUSALS
    assert rig.charged() == 0


async def test_a_host_out_of_reach_is_told_from_a_refusal(rig: Rig) -> None:
    await rig.next("no_host")
    doubtful = await rig.driver.pay(pay())
    assert isinstance(doubtful, Failure)
    assert doubtful.condition == "UnreachableHost"
    told = await rig.driver.status(about(1))
    assert isinstance(told, Repeated)
    assert isinstance(told.answer, Failure)


async def test_a_lost_answer_is_silence_and_the_status_never_denies_a_charge(rig: Rig) -> None:
    await rig.next("lose")
    assert isinstance(await rig.driver.pay(pay()), Silence)
    async with asyncio.timeout(20):
        while isinstance(told := await rig.driver.status(about(1)), Failure) and told.condition == "InProgress":
            pass
    assert rig.charged() == BILL.minor
    assert isinstance(told, Untold) or (isinstance(told, Repeated) and isinstance(told.answer, Granted))


async def test_where_there_is_no_terminal_nothing_was_sent(rig: Rig) -> None:
    assert isinstance(await rig.away().pay(pay()), Unsent)
    assert rig.charged() == 0


async def test_what_was_never_begun_is_not_found(rig: Rig) -> None:
    await rig.driver.login("LOGIN1")
    told = await rig.driver.status(about(9))
    assert isinstance(told, Failure)
    assert told.condition == "NotFound"


@pytest.mark.conformance(10)
async def test_one_payment_at_a_time_and_a_running_one_is_told_of(rig: Rig) -> None:
    await rig.next("slow")
    running = asyncio.create_task(rig.driver.pay(pay(1)))
    async with asyncio.timeout(20):
        while not isinstance(told := await rig.driver.status(about(1)), Failure) or told.condition != "InProgress":
            await asyncio.sleep(0)
    busy = await rig.driver.pay(pay(2))
    assert isinstance(busy, Failure)
    assert busy.condition == "Busy"
    assert isinstance(await rig.driver.status(about(2)), Failure)
    await rig.driver.abort(SendAbort("AB1", "PAY9"))  # of another one
    await rig.finish_slow()
    assert isinstance(await running, Granted)
    assert rig.charged() == BILL.minor


async def test_a_charge_is_given_back_once_in_whole_or_in_parts(rig: Rig) -> None:
    await rig.next("approve")
    paid = await rig.driver.pay(pay())
    assert isinstance(paid, Granted)
    name = paid.slip.poi_transaction
    assert await rig.driver.reverse(_undo(1, name, Money(450, "RUB"))) == Undone()
    assert rig.charged() == BILL.minor - 450
    told = await rig.driver.status(about(1, "Reversal"))
    assert isinstance(told, Repeated)
    assert told.answer == Undone()
    assert isinstance(await rig.driver.reverse(_undo(2, name, Money(BILL.minor, "RUB"))), Failure)
    assert await rig.driver.reverse(_undo(3, name, Money(BILL.minor - 450, "RUB"))) == Undone()
    assert isinstance(await rig.driver.reverse(_undo(4, name, Money(1, "RUB"))), Failure)
    assert isinstance(await rig.driver.reverse(_undo(5, PoiTransaction("x", "t"), None)), Failure)
    assert rig.charged() == 0


def _undo(number: int, name: PoiTransaction, amount: Money | None) -> SendReversal:
    return SendReversal(f"REV{number}", name, "CustCancel", "sale-1", START, amount)


async def test_its_day_is_counted_and_closed(rig: Rig) -> None:
    await rig.driver.login("LOGIN1")
    await rig.driver.close_day("DAY0")
    await rig.next("approve")
    assert isinstance(await rig.driver.pay(pay()), Granted)
    counted = await rig.driver.totals("TOT1")
    closed = await rig.driver.close_day("DAY1")
    empty = await rig.driver.totals("TOT2")
    for told in (counted, closed):
        assert isinstance(told, Totals)
        assert [(line.kind, line.count, line.amount) for line in told.lines] == [("Debit", 1, BILL)]
        assert all(isinstance(line, TotalsLine) for line in told.lines)
    assert isinstance(empty, Totals)
    assert empty.lines == ()
    assert await rig.driver.logout("OUT1")


async def test_its_health_is_told(rig: Rig) -> None:
    health = await rig.driver.diagnose("DIAG1")
    assert isinstance(health, Health)
    assert health.condition == "ok"
    assert not isinstance(await rig.away().diagnose("DIAG2"), Health)


@pytest.mark.parametrize(
    ("word", "ends"), [("approve", ["approved"]), ("refuse", ["declined"]), ("lose", ["approved", "parked"])]
)
async def test_the_same_rules_take_the_same_purchase_to_its_end(
    rig: Rig, tmp_path: Path, word: str, ends: list[str]
) -> None:
    told = Listener()
    cashier = Cashier(
        RealDisk(tmp_path / "agent"),
        rig.driver,
        SystemClock(),
        on_change=told.changed,
        on_alarm=told.alarm,
        rhythm=QUICK,
    )
    await cashier.open()
    await rig.next(word)
    cashier.begin("p1", bill(), "electricity")
    purchase = await until(cashier, *ends)
    if purchase.state == "parked":
        assert "payment.parked" in told.alarms
        assert cashier.clarified("p1", charged=True, note="registry")
        purchase = await until(cashier, "approved")
    assert (purchase.state == "approved") is (rig.charged() == BILL.minor)
    assert cashier.available
    await cashier.close()
