"""The emulated terminal itself: its ledger, its script, its window, and that it waits like a real one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from ground.clock import SystemClock
from ground.disk import RealDisk
from payment.answers import Failure, Granted, PoiTransaction, Repeated, Undone
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal
from payment.emulators.terminal.ledger import NAME, Ledger, Transaction
from payment.emulators.terminal.script import Script
from payment.emulators.terminal.words import WORDS
from payment.nexo.driver import NexoTerminal
from tests.payment.emulated import emulated_terminal
from tests.payment.purchases import BILL, START

ONE = Transaction("Payment", "kiosk-1", "S1", "BV0q1", "t", BILL.minor, "RUB")


def ask(number: int) -> SendPayment:
    return SendPayment(f"PAY{number}", f"sale-{number}", START, BILL)


def test_the_ledger_remembers_over_restarts_and_ends_what_was_cut_off(tmp_path: Path) -> None:
    ledger = Ledger(RealDisk(tmp_path), SystemClock())
    ledger.begin(ONE)
    with (tmp_path / NAME).open("a") as file:
        file.write('{"event": "ended", "categ')  # the power fails in the middle of a line
    again = Ledger(RealDisk(tmp_path), SystemClock())
    again.end_what_was_cut_off()
    assert again.transactions[ONE.key].outcome == "Aborted"
    assert [json.loads(line)["event"] for line in (tmp_path / NAME).read_text().splitlines()] == ["begun", "ended"]


@pytest.mark.parametrize("order", [{"next": "dance"}, {"next": "delay", "then": "dance"}])
def test_an_order_it_does_not_know_is_refused(order: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="dance"):
        Script().add(order)


def test_orders_are_used_once_in_their_order_and_by_their_category() -> None:
    script = Script()
    for order in ({"next": "decline", "category": "Reversal"}, {"next": "approve"}, {"next": "cancel"}):
        script.add(order)
    taken = [script.take("Payment"), script.take("Payment"), script.take("Payment"), script.take("Reversal")]
    assert [order.outcome if order else None for order in taken] == ["approve", "cancel", None, "decline"]


async def test_it_serves_one_transaction_at_a_time_and_tells_of_a_running_one(tmp_path: Path) -> None:
    with emulated_terminal(tmp_path) as emulator:
        terminal = NexoTerminal(emulator.profile())
        running = asyncio.create_task(terminal.pay(ask(1)))
        async with asyncio.timeout(20):
            while not (await asyncio.to_thread(emulator.order))["running"]:
                pass
        assert await terminal.pay(ask(2)) == Failure("Busy", detail="another transaction is running")
        told = await terminal.status(AskStatus("ASK1", "Payment", "PAY1"))
        assert isinstance(told, Failure)
        assert told.condition == "InProgress"
        await terminal.abort(SendAbort("AB1", "PAY9"))
        assert not running.done()
        await terminal.abort(SendAbort("AB2", "PAY1"))
        answer = await running
        assert isinstance(answer, Failure)
        assert answer.condition == "Aborted"


async def test_an_abort_asked_for_at_once_does_not_overtake_its_payment(tmp_path: Path) -> None:
    with emulated_terminal(tmp_path) as emulator:
        for number in range(1, 4):
            terminal = NexoTerminal(replace(emulator.profile(), login_required=True))  # which takes a while
            paying = asyncio.create_task(terminal.pay(ask(number)))
            aborting = asyncio.create_task(terminal.abort(SendAbort(f"AB{number}", f"PAY{number}")))
            async with asyncio.timeout(10):
                answer = await paying
            await aborting
            assert isinstance(answer, Failure)
            assert answer.condition == "Aborted"


async def test_a_charge_is_given_back_once(tmp_path: Path) -> None:
    with emulated_terminal(tmp_path) as emulator:
        await asyncio.to_thread(lambda: emulator.order(next="approve"))
        terminal = NexoTerminal(emulator.profile())
        paid = await terminal.pay(ask(1))
        assert isinstance(paid, Granted)
        name = paid.slip.poi_transaction
        assert await terminal.reverse(SendReversal("REV1", name, "CustCancel", "sale-1", START)) == Undone()
        again = await terminal.reverse(SendReversal("REV2", name, "CustCancel", "sale-1", START))
        assert isinstance(again, Failure)
        stranger = SendReversal("REV3", PoiTransaction("x", "t"), "CustCancel", "s", START)
        assert isinstance(await terminal.reverse(stranger), Failure)
        told = await terminal.status(AskStatus("ASK1", "Reversal", "REV1"))
        assert isinstance(told, Repeated)
        assert (told.category, told.service_id, told.answer) == ("Reversal", "REV1", Undone())
        assert emulator.charged() == 0


async def test_it_keeps_its_port_its_key_and_its_memory_over_a_kill(tmp_path: Path) -> None:
    with emulated_terminal(tmp_path) as emulator:
        before = emulator.profile()
        await asyncio.to_thread(lambda: emulator.order(next="approve"))
        await NexoTerminal(before).pay(ask(1))
        await asyncio.to_thread(emulator.kill)
        await asyncio.to_thread(emulator.start)
        assert emulator.profile() == before
        told = await NexoTerminal(before).status(AskStatus("ASK1", "Payment", "PAY1"))
        assert isinstance(told, Repeated)
        assert isinstance(told.answer, Granted)


def test_the_window_speaks_every_language_in_full() -> None:
    assert set(WORDS) == {"ru", "lv", "en"}
    assert all(set(words) == set(WORDS["en"]) and all(words.values()) for words in WORDS.values())


async def test_with_its_window_it_is_the_same_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    with emulated_terminal(tmp_path, "--window", "--language", "ru") as emulator:
        running = asyncio.create_task(NexoTerminal(emulator.profile(payment_within=10.0)).pay(ask(1)))
        async with asyncio.timeout(30):
            while not (await asyncio.to_thread(lambda: emulator.order(card="tap")))["taken"]:
                pass
        assert isinstance(await running, Granted)
