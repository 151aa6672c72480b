"""The whole way over real TLS: cashier, journal, nexo driver, and a terminal in its own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from ground.clock import SystemClock
from ground.disk import RealDisk
from ground.money import Money
from payment.cashier import Cashier
from payment.errors import TerminalTaken
from payment.nexo.driver import NexoTerminal
from tests.payment.card_numbers import card_like
from tests.payment.emulated import QUICK, EmulatedTerminal, Listener, emulated_terminal, until
from tests.payment.purchases import bill

BILL = Money(128450, "RUB")
CONFIGS = {"encrypted": ("--expiry", "2.5"), "plain": ("--expiry", "2.5", "--plain")}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedTerminal]:
    with emulated_terminal(tmp_path_factory.mktemp("terminal"), *CONFIGS["encrypted"]) as terminal:
        yield terminal


@pytest.fixture
def told() -> Listener:
    return Listener()


def make_cashier(folder: Path, terminal: EmulatedTerminal, told: Listener, **changes: Any) -> Cashier:
    return Cashier(
        RealDisk(folder),
        NexoTerminal(terminal.profile(**changes)),
        SystemClock(),
        on_change=told.changed,
        on_entry=told.entry,
        on_alarm=told.alarm,
        rhythm=QUICK,
    )


@pytest.fixture
async def cashier(tmp_path: Path, shared: EmulatedTerminal, told: Listener) -> AsyncIterator[Cashier]:
    cashier = make_cashier(tmp_path / "agent", shared, told)
    await cashier.open()
    yield cashier
    await cashier.close()


async def order(terminal: EmulatedTerminal, **what: Any) -> dict[str, Any]:
    return await asyncio.to_thread(lambda: terminal.order(**what))


async def test_an_approved_payment_is_posted_after_the_server_says_so(
    cashier: Cashier, shared: EmulatedTerminal, told: Listener
) -> None:
    await order(shared, next="approve")
    before = shared.charged()
    cashier.begin("p1", bill(BILL), "electricity")
    purchase = await until(cashier, "approved")
    assert purchase.slip is not None
    assert (purchase.slip.amount, purchase.slip.last_digits) == (BILL, "9999")
    assert "Total 1284.50 RUB" in purchase.slip.receipt
    assert shared.charged() - before == BILL.minor
    cashier.posted("p1", "billing-7")
    assert cashier.phase("p1").phrase == "payment.posted"
    assert told.states == ["created", "authorising", "approved", "posted"]


@pytest.mark.conformance(33)
async def test_no_card_number_is_in_any_file_of_ours_or_of_the_terminal(
    cashier: Cashier, shared: EmulatedTerminal, tmp_path: Path
) -> None:
    await order(shared, next="leak", then="approve", card_held="visa")
    cashier.begin("p1", bill(BILL), "electricity")
    await until(cashier, "approved")
    files = [*(tmp_path / "agent").iterdir(), shared.folder / "ledger.jsonl", shared.folder / "terminal.json"]
    assert len(files) >= 4
    for file in files:
        assert card_like(file.read_text()) == [], file


async def test_a_card_is_waited_for_and_the_terminal_is_active_meanwhile(
    cashier: Cashier, shared: EmulatedTerminal
) -> None:
    cashier.begin("p1", bill(BILL), "electricity")
    async with asyncio.timeout(20):
        while not (await order(shared, card="tap"))["taken"]:
            assert cashier.active
            assert not cashier.available
    await until(cashier, "approved")
    assert not cashier.active
    assert cashier.available


@pytest.mark.parametrize("word", ["decline", "cancel", "wrong_pin", "invalid_card", "not_allowed", "logged_out"])
async def test_a_refusal_is_final_and_costs_nothing(cashier: Cashier, shared: EmulatedTerminal, word: str) -> None:
    await order(shared, next=word)
    before = shared.charged()
    cashier.begin("p1", bill(BILL), "electricity")
    await until(cashier, "declined")
    assert shared.charged() == before
    assert cashier.available


@pytest.mark.conformance(6, 9)
@pytest.mark.parametrize(
    ("fault", "then"),
    [
        (fault, then)
        for fault in (
            "drop_after_body",
            "half_answer",
            "wrong_ids",
            "wrong_sale_id",
            "wrong_poi_id",
            "wrong_category",
            "bad_hmac",
            "wrong_header",
            "server_error",
            "not_json",
        )
        for then in ("approve", "decline")
    ],
)
async def test_an_answer_that_is_lost_or_cannot_be_believed_is_asked_for(
    cashier: Cashier, shared: EmulatedTerminal, told: Listener, fault: str, then: str
) -> None:
    await order(shared, next=fault, then=then)
    before = shared.charged()
    cashier.begin("p1", bill(BILL), "electricity")
    purchase = await until(cashier, "approved", "declined")
    assert "unknown" in told.states
    assert purchase.state == ("approved" if then == "approve" else "declined")
    assert shared.charged() - before == (BILL.minor if then == "approve" else 0)


@pytest.mark.conformance(9)
async def test_a_body_that_never_arrived_ends_as_not_charged_only_after_the_expiry(
    cashier: Cashier, shared: EmulatedTerminal, told: Listener
) -> None:
    await order(shared, next="drop_before_body")
    before = shared.charged()
    cashier.begin("p1", bill(BILL), "electricity")
    purchase = await until(cashier, "not_charged")
    assert "unknown" in told.states
    assert purchase.sent_at is not None
    assert SystemClock().now() - purchase.sent_at > QUICK.expiry
    assert shared.charged() == before


@pytest.mark.conformance(9)
async def test_an_answer_later_than_our_patience_is_found_by_asking(
    cashier: Cashier, shared: EmulatedTerminal, told: Listener
) -> None:
    await order(shared, next="delay", seconds=4.5)
    cashier.begin("p1", bill(BILL), "electricity")
    await until(cashier, "approved")
    assert "unknown" in told.states


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.conformance(9)
async def test_an_answer_that_takes_130_seconds_is_found_by_asking_in_real_time(
    tmp_path: Path, shared: EmulatedTerminal, told: Listener
) -> None:
    terminal = NexoTerminal(shared.profile(payment_within=125.0, answer_within=15.0))
    cashier = Cashier(RealDisk(tmp_path / "agent"), terminal, SystemClock(), on_change=told.changed)
    await cashier.open()
    await order(shared, next="delay", seconds=130)
    before = shared.charged()
    cashier.begin("p1", bill(BILL), "electricity")
    purchase = await until(cashier, "approved", within=200)
    assert told.states == ["created", "authorising", "unknown", "approved"]
    assert purchase.unknown_since is not None
    assert purchase.sent_at is not None
    assert 125 <= (purchase.unknown_since - purchase.sent_at).total_seconds() < 130
    assert shared.charged() - before == BILL.minor
    await cashier.close()


@pytest.mark.conformance(9)
@pytest.mark.parametrize("seconds", [86400.0, -86400.0])
async def test_a_terminal_whose_clock_jumps_is_found_by_its_ids(
    cashier: Cashier, shared: EmulatedTerminal, seconds: float
) -> None:
    await order(shared, next="drop_after_body")
    before = shared.charged()
    cashier.begin("p1", bill(BILL), "electricity")
    await order(shared, clock=seconds)
    await until(cashier, "approved")
    await order(shared, clock=-seconds)
    assert shared.charged() - before == BILL.minor


@pytest.mark.conformance(9)
async def test_a_second_copy_of_the_answer_changes_nothing(cashier: Cashier, shared: EmulatedTerminal) -> None:
    await order(shared, next="duplicate")
    before = shared.charged()
    cashier.begin("p1", bill(BILL), "electricity")
    await until(cashier, "approved")
    assert shared.charged() - before == BILL.minor


@pytest.mark.conformance(11)
@pytest.mark.parametrize("word", ["other_amount", "partial"])
async def test_another_amount_is_given_back_and_raises_an_alarm(
    cashier: Cashier, shared: EmulatedTerminal, told: Listener, word: str
) -> None:
    await order(shared, next=word)
    before = shared.charged()
    cashier.begin("p1", bill(BILL), "electricity")
    await until(cashier, "reversed")
    assert told.states[2:] == ["mismatch", "reversing", "reversed"]
    assert "payment.other_amount" in told.alarms
    assert shared.charged() == before


async def test_a_lost_reversal_answer_is_asked_for_and_never_sent_twice(
    cashier: Cashier, shared: EmulatedTerminal
) -> None:
    await order(shared, next="other_amount")
    await order(shared, next="drop_after_body", category="Reversal")
    before = shared.charged()
    cashier.begin("p1", bill(BILL), "electricity")
    await until(cashier, "reversed")
    assert shared.charged() == before


async def test_a_time_out_at_the_terminal_is_verified_once_and_declined(
    cashier: Cashier, shared: EmulatedTerminal, told: Listener
) -> None:
    cashier.begin("p1", bill(BILL), "electricity")
    await until(cashier, "declined")
    assert "verifying" in told.states


async def test_cancel_is_a_wish_that_the_terminal_grants(cashier: Cashier, shared: EmulatedTerminal) -> None:
    cashier.begin("p1", bill(BILL), "electricity")
    async with asyncio.timeout(20):
        while not (await order(shared))["running"]:
            pass
    cashier.cancel("p1")
    assert cashier.phase("p1").name == "cancelling"
    assert (await until(cashier, "declined")).reason == "Aborted"


async def test_busy_is_tried_again_and_then_given_up_without_a_charge(
    cashier: Cashier, shared: EmulatedTerminal, told: Listener
) -> None:
    await order(shared, next="busy")
    cashier.begin("p1", bill(BILL), "electricity")
    await order(shared, next="approve")
    await until(cashier, "approved")
    assert "busy" in told.states
    assert "not_sent" in told.states


@pytest.mark.conformance(10)
async def test_one_purchase_at_a_time(cashier: Cashier, shared: EmulatedTerminal) -> None:
    await order(shared, next="delay", seconds=0.2)
    cashier.begin("p1", bill(BILL), "electricity")
    with pytest.raises(TerminalTaken):
        cashier.begin("p2", bill(BILL), "electricity")
    assert cashier.begin("p1", bill(BILL), "electricity").purchase_id == "p1"
    await until(cashier, "approved")


async def test_a_terminal_without_encryption_is_a_matter_of_its_profile(tmp_path: Path, told: Listener) -> None:
    with emulated_terminal(tmp_path / "terminal", *CONFIGS["plain"]) as terminal:
        cashier = make_cashier(tmp_path / "agent", terminal, told)
        await cashier.open()
        await order(terminal, next="approve")
        cashier.begin("p1", bill(BILL), "electricity")
        await until(cashier, "approved")
        await cashier.close()


@pytest.mark.conformance(9)
async def test_kill_of_the_terminal_before_the_card_ends_declined(tmp_path: Path, told: Listener) -> None:
    with emulated_terminal(tmp_path / "terminal") as terminal:
        cashier = make_cashier(tmp_path / "agent", terminal, told)
        await cashier.open()
        cashier.begin("p1", bill(BILL), "electricity")
        async with asyncio.timeout(20):
            while not (await order(terminal))["running"]:
                pass
        await asyncio.to_thread(terminal.kill)
        await until(cashier, "unknown")
        assert not cashier.available
        await asyncio.to_thread(terminal.start)
        await until(cashier, "declined")
        assert terminal.charged() == 0
        await cashier.close()


@pytest.mark.conformance(9)
async def test_kill_of_the_terminal_after_the_charge_ends_approved(tmp_path: Path, told: Listener) -> None:
    with emulated_terminal(tmp_path / "terminal") as terminal:
        cashier = make_cashier(tmp_path / "agent", terminal, told)
        await cashier.open()
        await order(terminal, next="delay", seconds=60)
        cashier.begin("p1", bill(BILL), "electricity")
        async with asyncio.timeout(20):
            while not (terminal.folder / "ledger.jsonl").exists() or not terminal.charged():
                await order(terminal)
        await asyncio.to_thread(terminal.kill)
        await until(cashier, "unknown")
        await asyncio.to_thread(terminal.start)
        await until(cashier, "approved")
        assert terminal.charged() == BILL.minor
        await cashier.close()


@pytest.mark.conformance(9)
async def test_a_terminal_that_rebooted_and_forgot_is_not_believed_and_is_parked(
    tmp_path: Path, told: Listener
) -> None:
    with emulated_terminal(tmp_path / "terminal") as terminal:
        cashier = make_cashier(tmp_path / "agent", terminal, told)
        await cashier.open()
        await order(terminal, next="reboot", forget=True, seconds=0.5)
        cashier.begin("p1", bill(BILL), "electricity")
        await until(cashier, "parked")
        assert "payment.parked" in told.alarms
        assert not cashier.available
        assert cashier.phase("p1").slip == "clarifying"
        cashier.clarified("p1", charged=True, note="bank file 2026-11-22")
        assert cashier.purchase("p1").state == "approved"
        assert cashier.available
        await cashier.close()


async def test_no_terminal_at_all_is_said_and_nothing_stays_open(
    tmp_path: Path, shared: EmulatedTerminal, told: Listener, free_port: int
) -> None:
    cashier = make_cashier(tmp_path / "agent", shared, told, port=free_port)
    await cashier.open()
    cashier.begin("p1", bill(BILL), "electricity")
    async with asyncio.timeout(20):
        await cashier.until(lambda c: c.available)
    assert cashier.phase("p1").phrase == "payment.not_sent"
    assert cashier.purchase("p1").unsent_tries == 3
    await cashier.close()


@pytest.mark.conformance(9, 10)
async def test_an_agent_killed_in_the_middle_resolves_before_it_offers_cards_again(
    tmp_path: Path, shared: EmulatedTerminal, told: Listener
) -> None:
    first = make_cashier(tmp_path / "agent", shared, Listener())
    await first.open()
    first.begin("p1", bill(BILL), "electricity")
    async with asyncio.timeout(20):
        while not (await order(shared))["running"]:
            pass
    await first.close()
    second = make_cashier(tmp_path / "agent", shared, told)
    await second.open()
    assert not second.available
    with pytest.raises(TerminalTaken):
        second.begin("p2", bill(BILL), "electricity")
    await order(shared, card="tap")
    await until(second, "approved")
    assert second.available
    await second.close()


async def test_diagnosis_and_login_are_answered(shared: EmulatedTerminal) -> None:
    terminal = NexoTerminal(shared.profile())
    assert getattr(await terminal.diagnose("DIAG1"), "global_status", "") == "OK"
    assert await terminal.login("LOGIN1")
