"""The runner: order on disk, one purchase at a time, replication until acknowledged, power cuts everywhere."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ground.clock import SystemClock
from ground.money import Money
from ground.simulated_disk import PowerCut, SimulatedDisk
from payment.answers import Health, NoUse, PaymentAnswer, ReversalAnswer, Silence, StatusAnswer, Unsent
from payment.basket import MOST_MINOR
from payment.cashier import Cashier
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal
from payment.errors import BasketWrong, JournalBroken, NothingToReverse, TerminalTaken, UnknownPurchase
from payment.events import Entry
from payment.moves import State
from payment.purchase import Purchase
from payment.record import Rhythm
from tests.payment.fake_terminal import FakeTerminal, Truth
from tests.payment.purchases import BILL, bill
from tests.payment.test_journal import FullDisk

INSTANT = Rhythm(
    expiry=timedelta(milliseconds=20),
    retry_after=timedelta(0),
    busy_retry_after=timedelta(0),
    first_status=timedelta(0),
    status_every=timedelta(milliseconds=5),
    status_at_most=timedelta(milliseconds=10),
    park_after=timedelta(seconds=30),
)


class Slow(FakeTerminal):
    """A terminal that answers a payment when told to."""

    def __init__(self, truth: Truth) -> None:
        super().__init__(truth, random.Random(0))
        self.card = asyncio.Event()

    async def pay(self, request: SendPayment) -> PaymentAnswer:
        await self.card.wait()
        return await super().pay(request)


def quiet(truth: Truth | None = None) -> FakeTerminal:
    return FakeTerminal(truth or Truth(), random.Random(0))


def hire(disk: Any, terminal: FakeTerminal, **more: Any) -> Cashier:
    settings = {"rhythm": INSTANT, "boot_id": "boot-1", "resend_every": 60.0} | more
    return Cashier(disk, terminal, SystemClock(), **settings)


async def settled(cashier: Cashier) -> None:
    async with asyncio.timeout(30):
        await cashier.until(lambda c: c.available)


async def test_every_entry_is_on_disk_before_it_is_handed_on() -> None:
    disk = SimulatedDisk()
    seen: list[int] = []

    def durable(entry: Entry) -> None:
        kept = disk.files["purchases.journal"]
        assert kept.pending == b""
        assert kept.durable.count(b'"purchase_id"') == entry.seq
        seen.append(entry.seq)

    cashier = hire(disk, quiet(), on_entry=durable)
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    await settled(cashier)
    assert seen == [1, 2, 3]
    await cashier.close()


async def test_the_terminal_sees_nothing_of_an_intent_that_could_not_be_written() -> None:
    truth = Truth()
    alarms: list[str] = []
    cashier = hire(FullDisk(), quiet(truth), on_alarm=lambda code, _: alarms.append(code))
    await cashier.open()
    with pytest.raises(JournalBroken):
        cashier.begin("p1", bill(BILL), "electricity")
    await asyncio.sleep(0)
    assert truth.payments == []
    assert not cashier.available
    assert alarms == ["payment.journal_broken"]
    await cashier.close()


async def test_entries_are_handed_on_again_until_acknowledged() -> None:
    disk, told = SimulatedDisk(), list[int]()
    again = asyncio.Event()

    def hear(entry: Entry) -> None:
        told.append(entry.seq)
        if told.count(3) == 2:
            again.set()

    cashier = hire(disk, quiet(), on_entry=hear, resend_every=0.01)
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    async with asyncio.timeout(20):
        await again.wait()
    cashier.acknowledged("p1", 3)
    assert cashier.unacknowledged() == []
    assert [entry.seq for entry in cashier.entries_after("p1", 1)] == [2, 3]
    await cashier.close()
    later = hire(disk, quiet())
    await later.open()
    assert later.unacknowledged() == []
    await later.close()


async def test_a_listener_that_breaks_does_not_stop_the_money() -> None:
    def break_down(_: object) -> None:
        raise RuntimeError("a screen is gone")

    cashier = hire(SimulatedDisk(), quiet(), on_change=break_down, on_entry=break_down)
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    await settled(cashier)
    assert cashier.purchase("p1").state is State.APPROVED
    await cashier.close()


async def test_a_driver_that_breaks_beside_a_payment_stops_none() -> None:
    class Broken(Slow):
        async def abort(self, request: SendAbort) -> None:
            self.card.set()
            raise RuntimeError("bug")

        async def diagnose(self, service_id: str) -> Health | NoUse:
            raise RuntimeError("bug")

    alarms: list[str] = []
    cashier = hire(SimulatedDisk(), Broken(Truth()), on_alarm=lambda code, _: alarms.append(code))
    await cashier.open()
    assert isinstance(await cashier.diagnose(), Silence)
    cashier.begin("p1", bill(BILL), "electricity")
    cashier.cancel("p1")
    await settled(cashier)
    assert (cashier.purchase("p1").state, alarms) == (State.APPROVED, [])
    await cashier.close()


async def test_a_driver_that_breaks_counts_as_silence_not_as_a_refusal() -> None:
    class Broken(FakeTerminal):
        async def pay(self, request: SendPayment) -> PaymentAnswer:
            await super().pay(request)
            raise RuntimeError("bug")

    cashier = hire(SimulatedDisk(), Broken(Truth(), random.Random(0)))
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    await settled(cashier)
    assert cashier.purchase("p1").state is State.APPROVED
    await cashier.close()


async def test_cancel_then_answer_tells_the_real_outcome() -> None:
    terminal = Slow(Truth())
    cashier = hire(SimulatedDisk(), terminal)
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    assert cashier.active
    cashier.cancel("p1")
    cashier.cancel("p1")
    terminal.card.set()
    await settled(cashier)
    assert (cashier.purchase("p1").state, cashier.active) == (State.APPROVED, False)
    cashier.cancel("p1")
    assert cashier.purchase("p1").state is State.APPROVED
    await cashier.close()


async def test_posted_twice_is_posted_once_and_a_stranger_is_unknown() -> None:
    cashier = hire(SimulatedDisk(), quiet())
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    await settled(cashier)
    cashier.posted("p1", "ref")
    cashier.posted("p1", "ref")
    assert cashier.purchase("p1").seq == 4
    with pytest.raises(UnknownPurchase):
        cashier.posted("p2", "ref")
    await cashier.close()


async def test_an_order_of_more_than_is_left_is_refused_and_stops_no_payments() -> None:
    cashier = hire(SimulatedDisk(), quiet())
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    await settled(cashier)
    most = Money(BILL.minor - 1, BILL.currency)
    cashier.refund("p1", "r1", most)
    await settled(cashier)
    for again in (most, Money(1, "CHF"), Money(-1, BILL.currency)):
        with pytest.raises(NothingToReverse):
            cashier.refund("p1", "r2", again)
    assert cashier.available
    assert cashier.purchase("p1").refunded_minor == most.minor
    await cashier.close()


async def test_an_amount_that_no_card_can_pay_is_never_begun() -> None:
    cashier = hire(SimulatedDisk(), quiet())
    await cashier.open()
    for minor in (0, -1, MOST_MINOR + 1):
        with pytest.raises(BasketWrong):
            cashier.begin("p1", bill(Money(minor, "EUR")), "electricity")
    await cashier.close()


@pytest.mark.conformance(10)
async def test_nothing_is_begun_before_open_or_after_close() -> None:
    cashier = hire(SimulatedDisk(), quiet())
    with pytest.raises(TerminalTaken):
        cashier.begin("p1", bill(BILL), "electricity")
    await cashier.open()
    await cashier.close()
    with pytest.raises(TerminalTaken):
        cashier.begin("p1", bill(BILL), "electricity")


def test_ids_that_are_no_service_ids_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="ServiceID"):
        hire(SimulatedDisk(), quiet(), new_id=lambda: "0192f3a0-0000-7000-8000-000000000000")


@pytest.mark.parametrize(("boot", "believed"), [("boot-1", True), ("boot-2", False)])
async def test_only_a_restart_of_our_process_alone_leaves_not_found_its_weight(boot: str, believed: bool) -> None:
    disk, truth = SimulatedDisk(), Truth()
    first = hire(disk, Slow(truth))
    await first.open()
    first.begin("p1", bill(BILL), "electricity")
    await first.close()
    changes = asyncio.Event()
    second = hire(
        disk, quiet(truth), boot_id=boot, rhythm=replace(INSTANT, park_after=timedelta(milliseconds=200)),
        on_change=lambda purchase: changes.set() if purchase.state in (State.PARKED, State.NOT_CHARGED) else None,
    )  # fmt: skip
    await second.open()
    assert not second.available
    async with asyncio.timeout(20):
        await changes.wait()
    assert second.purchase("p1").state is (State.NOT_CHARGED if believed else State.PARKED)
    second_is_free = second.available
    assert second_is_free is believed
    await second.close()


async def live(disk: SimulatedDisk, terminal: FakeTerminal, hired: list[Cashier]) -> None:
    """Begin a purchase that will be reversed, then one that is approved and posted; stop when power fails."""

    def change(purchase: Purchase) -> None:
        if purchase.state is State.APPROVED:
            asyncio.get_running_loop().call_soon(guarded, lambda: cashier.posted(purchase.purchase_id, "ref"))

    def guarded(action: Any) -> None:
        with contextlib.suppress(PowerCut):
            action()

    cashier = hire(disk, terminal, on_change=change)
    hired.append(cashier)
    try:
        await cashier.open()
        await settled(cashier)
        for name in ("p1", "p2"):
            cashier.begin(name, bill(BILL), "electricity")
            await settled(cashier)
        cashier.acknowledged("p2", 2)
    except PowerCut:
        pass


@pytest.mark.conformance(9)
async def test_a_power_cut_at_any_disk_operation_loses_and_doubles_nothing() -> None:
    whole, hired = SimulatedDisk(), list[Cashier]()
    await live(whole, orders(Truth()), hired)
    await hired[0].close()
    assert whole.operations > 20
    for cut in range(whole.operations):
        disk, truth = SimulatedDisk(seed=cut, cut_after=cut), Truth()
        terminal = orders(truth)
        await run_until_power_fails(disk, terminal)
        disk.power_cut()
        second = hire(disk, terminal)
        await second.open()
        await settled(second)
        approved = {
            purchase.purchase_id: purchase.amount.minor
            for purchase in second.purchases()
            if purchase.state in (State.APPROVED, State.POSTED)
        }
        charged = {sale: minor for sale, minor in truth.charged.items() if minor}
        assert approved == charged, f"cut {cut}"
        await second.close()


def orders(truth: Truth) -> FakeTerminal:
    terminal = quiet(truth)
    terminal.orders = ["other_amount", "approve"]
    return terminal


async def run_until_power_fails(disk: SimulatedDisk, terminal: FakeTerminal) -> None:
    """A task that dies of the cut leaves the others waiting, so the end is seen on the disk."""
    hired: list[Cashier] = []
    task = asyncio.create_task(live(disk, terminal, hired))
    async with asyncio.timeout(30):
        while not task.done() and disk.cut_after != 0:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await hired[0].close()


async def test_what_is_long_over_and_known_to_the_server_is_forgotten_and_nothing_else() -> None:
    class Later(SystemClock):
        def now(self) -> datetime:
            return super().now() + timedelta(days=91)

    disk, terminal = SimulatedDisk(), quiet()
    terminal.orders = ["Refusal", "Refusal", "approve"]
    first = hire(disk, terminal)
    await first.open()
    for name in ("known", "unknown to the server", "not yet posted"):
        first.begin(name, bill(BILL), "electricity")
        await settled(first)
    first.acknowledged("known", 3)
    first.acknowledged("not yet posted", 3)
    await first.close()
    later = Cashier(disk, terminal, Later(), rhythm=INSTANT, boot_id="boot-1")
    await later.open()
    assert len(later.purchases()) == 3, "a clock that runs ahead forgets nothing by itself"
    later.begin("of today", bill(BILL), "electricity")
    await settled(later)
    await later.close()
    later = Cashier(disk, terminal, Later(), rhythm=INSTANT, boot_id="boot-1")
    await later.open()
    left = [purchase.purchase_id for purchase in later.purchases()]
    assert left == ["unknown to the server", "not yet posted", "of today"]
    await later.close()


async def test_a_mistake_of_ours_stops_payments_and_calls_for_a_person() -> None:
    class Absurd(FakeTerminal):
        async def pay(self, request: SendPayment) -> Any:
            return "a word that is no answer"

    alarms: list[str] = []
    cashier = hire(SimulatedDisk(), Absurd(Truth(), random.Random(0)), on_alarm=lambda code, _: alarms.append(code))
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    async with asyncio.timeout(20):
        await cashier.until(lambda _: bool(alarms))
    assert alarms == ["payment.runner_stopped"]
    assert not cashier.available
    assert cashier.phase("p1").name == "present_card"
    await cashier.close()


async def test_a_closed_port_found_by_any_request_is_remembered_by_every_purchase_that_waits() -> None:
    truth, slow = Truth(), Slow(Truth())

    class Away(FakeTerminal):
        async def reverse(self, request: SendReversal) -> ReversalAnswer:
            return Silence("lost")

        async def status(self, request: AskStatus) -> StatusAnswer:
            return Silence("lost") if request.category == "Payment" else await self.down()

        async def down(self) -> Unsent:
            await slow.card.wait()
            return Unsent("connection refused", refused=True)

        async def pay(self, request: SendPayment) -> PaymentAnswer:
            return await super().pay(request) if not truth.payments else Silence("lost")

    away = Away(truth, random.Random(0))
    away.orders = ["other_amount"]
    cashier = hire(SimulatedDisk(), away, rhythm=replace(INSTANT, park_after=timedelta(0)))
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    await settled(cashier)
    assert cashier.purchase("p1").state is State.REVERSAL_PARKED
    cashier.begin("p2", bill(BILL), "electricity")
    assert not cashier.clarified("p1", charged=True, note="a wrong word")
    async with asyncio.timeout(20):
        await cashier.until(lambda c: c.purchase("p2").state is State.PARKED)
        assert not cashier.purchase("p2").terminal_restarted
        slow.card.set()
        await cashier.until(lambda c: c.purchase("p2").terminal_restarted)
    assert cashier.clarified("p1", charged=False, note="bank file")
    assert cashier.purchase("p1").state is State.REVERSED
    assert cashier.clarified("p2", charged=False, note="bank file")
    assert not cashier.clarified("p2", charged=False, note="bank file again")
    assert cashier.available
    await cashier.close()
