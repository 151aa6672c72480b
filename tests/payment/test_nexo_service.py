"""What a nexo terminal does beside payments: display, printer, day's end, login, health, and events of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ground.disk import RealDisk
from ground.money import Money
from payment.answers import Failure, Granted, Health, PoiEvent, Totals, TotalsLine, Unsent
from payment.effects import SendPayment, SendReversal
from payment.emulators.bank import BankBook
from payment.errors import MalformedMessage
from payment.nexo.driver import NexoTerminal
from payment.nexo.json_text import to_json
from payment.nexo.profile import Profile
from payment.nexo.service import read_event, read_totals
from tests.payment.emulated import EmulatedTerminal, emulated_terminal
from tests.payment.nexo_requests import LINES, PROFILE
from tests.payment.purchases import BILL, POI, SALE, START


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedTerminal]:
    """Without encryption, answers nothing before a login, tells its events to whoever asks for them."""
    folder = tmp_path_factory.mktemp("strict")
    with emulated_terminal(folder, "--plain", "--make", "westpay", "--login-required", "--expiry", "2.5") as terminal:
        yield terminal


@pytest.fixture
async def terminal(strict: EmulatedTerminal) -> AsyncIterator[NexoTerminal]:
    terminal = NexoTerminal(strict.profile())
    yield terminal
    await terminal.close()


async def order(emulator: EmulatedTerminal, **what: Any) -> dict[str, Any]:
    return await asyncio.to_thread(lambda: emulator.order(**what))


def pay(service_id: str, minor: int = BILL.minor) -> SendPayment:
    return SendPayment(service_id, f"sale-{service_id}", START, Money(minor, "RUB"))


async def test_a_profile_that_requires_it_logs_in_before_the_first_payment_and_after_logged_out(
    strict: EmulatedTerminal, terminal: NexoTerminal
) -> None:
    profile = strict.profile()
    assert (profile.key, profile.login_required, profile.events_port) == (None, True, 0)
    await order(strict, next="approve")
    assert isinstance(await terminal.pay(pay("L1")), Granted)
    assert await terminal.logout("LO1")
    unaware = NexoTerminal(strict.profile(login_required=False))
    out = await unaware.pay(pay("L2"))
    assert isinstance(out, Failure)
    assert out.condition == "LoggedOut"
    await order(strict, next="approve")
    assert isinstance(await terminal.pay(pay("L3")), Granted)
    await order(strict, next="logged_out")
    out = await terminal.pay(pay("L4"))
    assert isinstance(out, Failure)
    await order(strict, next="approve")
    assert isinstance(await terminal.pay(pay("L5")), Granted)


async def test_without_a_login_not_a_byte_of_the_payment_leaves(strict: EmulatedTerminal, free_port: int) -> None:
    away = NexoTerminal(strict.profile(port=free_port))
    assert await away.pay(pay("N1")) == Unsent("login refused")


async def test_a_new_login_frees_a_terminal_that_is_stuck(strict: EmulatedTerminal, terminal: NexoTerminal) -> None:
    assert await terminal.login("LI1")
    running = asyncio.create_task(terminal.pay(pay("T1")))
    async with asyncio.timeout(20):
        while not (await order(strict))["running"]:
            pass
    assert await terminal.login("LI2")
    ended = await running
    assert isinstance(ended, Failure)
    assert ended.condition == "Aborted"


async def test_lines_are_displayed_and_printed(strict: EmulatedTerminal, terminal: NexoTerminal) -> None:
    await terminal.login("LI3")
    assert await terminal.display("D1", LINES)
    assert await terminal.print_lines("P1", LINES)
    told = await order(strict, printer="NoPaper")
    assert (told["shown"], told["printed"][-2:]) == (list(LINES), list(LINES))
    assert not await terminal.print_lines("P2", LINES)
    health = await terminal.diagnose("DI1")
    assert isinstance(health, Health)
    assert (health.printer_status, health.condition) == ("NoPaper", "ok")
    await order(strict, printer="OK")


async def test_health_names_what_is_broken(strict: EmulatedTerminal, terminal: NexoTerminal) -> None:
    await order(strict, faults=["PEDOKFlag"])
    assert await terminal.diagnose("DI2") == Health("Maintenance", "OK", True, ("PEDOKFlag",))
    assert Health("Maintenance", "OK", True, ("PEDOKFlag",)).condition == "out"
    await order(strict, faults=[])
    answer = await terminal.diagnose("DI3")
    assert isinstance(answer, Health)
    assert answer.condition == "ok"
    assert Health("Busy").condition == "busy"


async def test_totals_are_those_of_the_bank_and_the_days_end_can_be_told_again(
    strict: EmulatedTerminal, terminal: NexoTerminal
) -> None:
    await terminal.login("LI4")
    await terminal.close_day("R1")
    seen = len(BankBook(RealDisk(strict.folder / "bank")).movements)
    for number, (word, card) in enumerate([("approve", "visa"), ("approve", "mir"), ("decline", "mir")]):
        await order(strict, next=word, card_held=card)
        paid = await terminal.pay(pay(f"G{number}", 1000 + number))
        if word == "approve" and card == "mir":
            assert isinstance(paid, Granted)
            back = SendReversal("G9", paid.slip.poi_transaction, "CustCancel", "sale-G1", START)
            await terminal.reverse(back)
    counted = await terminal.totals("GT1")
    assert isinstance(counted, Totals)
    assert set(counted.lines) == {
        TotalsLine("visa", "Debit", 1, Money(1000, "RUB")),
        TotalsLine("mir", "Debit", 1, Money(1001, "RUB")),
        TotalsLine("mir", "ReverseDebit", 1, Money(1001, "RUB")),
        TotalsLine("", "Declined", 1, Money(1002, "RUB")),
    }
    moved = BankBook(RealDisk(strict.folder / "bank")).movements[seen:]
    assert [(one.scheme, one.minor) for one in moved[:2]] == [("VISA", 1000), ("МИР", 1001)]
    assert sum(one.minor for one in moved) == 1000
    closed = await terminal.close_day("R2")
    assert closed == counted
    assert await terminal.totals("GT2") == Totals(f"{int(closed.reconciliation_id) + 1:06d}")
    assert await terminal.close_day("R3", "PreviousReconciliation", closed.reconciliation_id) == counted
    assert isinstance(await terminal.close_day("R4", "PreviousReconciliation", "999999"), Failure)
    assert isinstance(await terminal.close_day("R5", "AcquirerReconciliation"), Totals)
    refused = await terminal.close_day("R6", "AcquirerSynchronisation")
    assert isinstance(refused, Failure)
    assert refused.condition == "NotAllowed"


@pytest.mark.conformance(12)
async def test_a_terminal_tells_of_itself_and_what_we_do_not_know_is_ignored(
    strict: EmulatedTerminal, terminal: NexoTerminal
) -> None:
    heard: asyncio.Queue[PoiEvent] = asyncio.Queue()
    await terminal.listen(heard.put_nowait)
    await terminal.diagnose("DI4")  # names our port
    assert (await order(strict, event="DanceOfTheTerminals"))["status"] == 200
    assert (await order(strict, event="OutOfOrder", maintenance=True, details="4111111111111111"))["status"] == 200
    event = await asyncio.wait_for(heard.get(), 10)
    assert (event.name, event.maintenance_required, event.details) == ("OutOfOrder", True, "[number]")
    await order(strict, next="reboot", now=True, seconds=0.1)
    assert (await asyncio.wait_for(heard.get(), 10)).name == "Initialised"


async def test_with_a_key_only_sealed_events_are_heard(tmp_path: Path) -> None:
    with emulated_terminal(tmp_path) as emulator:
        terminal = NexoTerminal(emulator.profile(events_port=0))
        heard: asyncio.Queue[PoiEvent] = asyncio.Queue()
        await terminal.listen(heard.put_nowait)
        await terminal.diagnose("DI5")
        url = terminal._profile.callback_url
        forged = to_json(event_message("Initialised")).encode()
        assert (await asyncio.to_thread(requests.post, url, data=forged, timeout=5)).status_code == 400
        assert (await asyncio.to_thread(requests.get, url, timeout=5)).status_code == 400
        assert (await order(emulator, event="Shutdown"))["status"] == 200
        assert (await asyncio.wait_for(heard.get(), 10)).name == "Shutdown"
        assert heard.empty()
        await terminal.close()


def event_message(name: str, **changes: str) -> dict[str, Any]:
    header = {"MessageClass": "Event", "MessageCategory": "Event", "MessageType": "Notification"}
    return {
        "SaleToPOIRequest": {
            "MessageHeader": {**header, "SaleID": SALE, "POIID": POI, **changes},
            "EventNotification": {"TimeStamp": "2026-11-22T12:00:00Z", "EventToNotify": name},
        }
    }


@pytest.mark.conformance(12)
def test_an_event_is_read_ignored_or_refused() -> None:
    assert read_event(PROFILE, event_message("Shutdown")) == PoiEvent("Shutdown", "2026-11-22T12:00:00Z")
    assert read_event(PROFILE, event_message("NoSuchEvent")) is None
    for wrong in (event_message("Shutdown", POIID="another"), event_message("Shutdown", MessageClass="Service"), {}):
        with pytest.raises(MalformedMessage):
            read_event(PROFILE, wrong)


@pytest.mark.parametrize(
    "total", [{"TransactionType": "Debit"}, {"TransactionType": "Debit", "TransactionCount": True}, 1]
)
def test_totals_without_numbers_are_malformed(total: Any) -> None:
    body = {
        "Response": {"Result": "Success"},
        "TransactionTotals": [{"PaymentCurrency": "RUB", "PaymentTotals": [total]}],
    }
    with pytest.raises(MalformedMessage):
        read_totals(body)


def test_what_differs_between_the_makes_is_in_their_profiles(tmp_path: Path) -> None:
    there = {"host": "10.0.0.7", "port": 11000, "poi_id": POI, "ca_file": "ca.pem"}
    adyen = Profile.from_mapping(there, sale_id=SALE, folder=tmp_path)
    other = Profile.from_mapping(
        {**there, "make": "westpay", "path": "/EPASSaleToPOI/3.1", "payment_within": 99.0},
        sale_id=SALE,
        folder=tmp_path,
    )
    assert (adyen.path, adyen.payment_within, adyen.events_port) == ("/nexo", 125.0, None)
    assert (other.path, other.payment_within, other.events_port) == ("/EPASSaleToPOI/3.1", 99.0, 0)
    assert Profile.from_mapping({**there, "make": "westpay"}, sale_id=SALE, folder=tmp_path).payment_within == 130.0
