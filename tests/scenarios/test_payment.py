"""Money, while somebody kills processes. The terminal's ledger and billing's book must agree afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from infomat.demo.actors import Customer, part
from infomat.demo.finger import NotSeen
from infomat.demo.stage import House
from tests.scenarios.card_scan import HELD, disks, in_memory, on_disk, ours
from tests.scenarios.witness import Witness

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]


async def pay(customer: Customer, account: str) -> None:
    """From the attract screen to the terminal asking for a card."""
    await customer.begin()
    await customer.finger.touch("service.payment")
    await customer.identify(account)
    await customer.on("payment")
    await customer.finger.touch("pay")
    await customer.phase("present_card")


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def at_the_attract_screen(customer: Customer) -> None:
    """Whatever the test before left is ended by the visit's own buttons."""
    await customer.sees(lambda _seen: True, "the kiosk's window", 60)
    async with asyncio.timeout(90):
        while (seen := await customer.sees(lambda _seen: True, "a window", 30)).state.get("step") != "attract":
            for way in ("finish", "leave.yes", "still_here"):
                if seen.item(way) is not None:
                    with contextlib.suppress(NotSeen):
                        await customer.finger.touch(way, 2)
                    break
            await asyncio.sleep(0.3)


async def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f"waited {seconds:.0f} s for: {what}"
        await asyncio.sleep(0.1)


async def sheet(house: House, number: int) -> str:
    """What the printer's sheet of this number says, once it is out."""
    await until(lambda: len(house.sheets()) >= number, "the printed sheet", 30)
    return str(house.sheets()[number - 1]["text"])


@contextlib.asynccontextmanager
async def heard(customer: Customer) -> AsyncIterator[list[str]]:
    """Every phase and phrase the screen showed meanwhile."""
    shown: list[str] = []

    async def listen() -> None:
        while True:
            with contextlib.suppress(OSError):
                seen = await customer.finger.see()
                phase, notice = part(seen, "payment", "phase"), part(seen, "notice", "phrase")
                told = f"{phase} {notice or ''}".strip()
                if not shown or shown[-1] != told:
                    shown.append(told)
            await asyncio.sleep(0.03)

    listening = asyncio.create_task(listen())
    try:
        yield shown
    finally:
        listening.cancel()


async def kill(house: House, name: str) -> None:
    """``kill -9``."""
    running = house.people[name]
    running.process.kill()
    await house.processes.stop(running)


async def test_a_declined_card_costs_nothing_and_is_said_so(house: House, customer: Customer, witness: Witness) -> None:
    account, _ = witness.debtor()
    before = witness.charged()
    await pay(customer, account)
    await house.control(card="decline")
    await customer.sees(lambda s: str(part(s, "notice", "phrase")).startswith("payment.declined"), "said so")
    assert witness.charged() == before
    assert witness.posted(account) == []


async def test_an_answer_that_got_lost_is_asked_for_and_never_called_unpaid(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, debt = witness.debtor()
    await house.control(next="drop_after_body", then="approve")
    async with heard(customer) as shown:
        await customer.begin()
        await customer.finger.touch("service.payment")
        await customer.identify(account)
        await customer.on("payment")
        await customer.finger.touch("pay")
        await customer.phase("approved", "posted", seconds=60)
    await until(lambda: witness.posted(account) == [debt], "posted once")
    assert any(told.startswith("unknown") for told in shown), shown
    assert not any(word in told for told in shown for word in ("declined", "not_charged", "not_sent")), shown


async def test_billing_is_killed_and_the_payment_is_posted_when_it_is_back(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, debt = witness.debtor()
    await pay(customer, account)
    await kill(house, "billing")
    await house.control(card="tap")
    await customer.phase("approved")
    await house.billing()
    await until(lambda: witness.posted(account) == [debt], "posted once")
    await customer.phase("posted")


async def test_the_server_is_killed_and_the_payment_is_posted_once_when_it_is_back(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, debt = witness.debtor()
    await pay(customer, account)
    await kill(house, "server")
    await house.control(card="tap")
    await customer.phase("approved")
    await house.server()
    await until(lambda: witness.posted(account) == [debt], "posted once")


async def test_the_visit_is_killed_and_the_customer_goes_on_at_the_payment(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, debt = witness.debtor()
    await pay(customer, account)
    old = (await customer.finger.see()).pid
    os.kill(old, signal.SIGKILL)
    await customer.phase("present_card", seconds=30)
    await house.control(card="tap")
    await until(lambda: witness.posted(account) == [debt], "posted once")
    await customer.phase("approved", "posted")
    assert (await customer.finger.see()).pid != old


async def test_the_agent_is_killed_and_finds_its_open_payment_again(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, debt = witness.debtor()
    await pay(customer, account)
    await kill(house, "kiosk")
    await house.control(card="tap")
    await house.kiosk()
    await until(lambda: witness.posted(account) == [debt], "posted once")


async def test_who_pays_takes_a_slip_and_nothing_of_it_stays(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, debt = witness.debtor()
    before = len(house.sheets())
    await pay(customer, account)
    await house.control(card="tap")
    told = await sheet(house, before + 1)
    await customer.sees(lambda s: part(s, "payment", "slip") == "printed", "that the slip is out")
    reference = part(await customer.finger.see(), "payment", "reference")
    for expected in ("Уралэнерго", "Оплата принята", str(reference), account[-4:], "Комиссия"):
        assert expected in told
    assert account not in told, "the account is masked"
    assert f"{debt // 100 % 1000:03d},{debt % 100:02d} руб." in told
    await customer.finger.touch("finish")
    await customer.on("goodbye")
    await customer.finger.touch("finish")
    await customer.on("attract", 30)
    kept = house.folder / "kiosk" / "agent" / "slips.json"
    await until(lambda: kept.read_bytes() == b"", "nothing of the slip is kept", 10)


async def test_without_paper_it_is_said_before_paying_and_the_payment_goes_through(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, debt = witness.debtor()
    before = len(house.sheets())
    await house.printer_does(paper=0)
    await customer.begin()
    await customer.finger.touch("service.payment")
    await customer.identify(account)
    await customer.sees(lambda s: part(s, "payment", "slip") == "out", "that there is no paper", 40)
    await customer.finger.touch("pay")
    await customer.phase("present_card")
    await house.control(card="tap")
    await customer.phase("posted")
    await customer.sees(lambda s: part(s, "payment", "slip") == "not_printed", "that nothing was printed", 30)
    assert witness.posted(account) == [debt]
    await house.printer_does(paper=None)  # somebody of the staff brings a roll while the person still stands there
    assert "Дубликат" not in await sheet(house, before + 1)
    await customer.sees(lambda s: part(s, "payment", "slip") == "printed", "that the slip is out")


async def test_the_agent_is_killed_while_it_prints_and_the_slip_comes_again_as_a_copy(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, debt = witness.debtor()
    before = len(house.sheets())
    await pay(customer, account)
    await house.printer_does(stall=True)  # it takes everything and prints nothing yet
    await house.control(card="tap")
    kept = house.folder / "kiosk" / "agent" / "slips.json"
    await until(lambda: b'"asked"' in kept.read_bytes(), "on disk that it was asked for", 30)
    ends = time.monotonic() + 30
    while not (await house.printer_does())["asked"]:  # killed before, the slip would come once, as a copy
        assert time.monotonic() < ends, "the printer never had the whole slip"
        await asyncio.sleep(0.05)
    await kill(house, "kiosk")
    await house.printer_does(stall=False)
    await house.kiosk()
    assert "Дубликат" in await sheet(house, before + 2)
    assert "Дубликат" not in await sheet(house, before + 1)
    await until(lambda: witness.posted(account) == [debt], "posted once")
    await until(lambda: kept.read_bytes() == b"", "nothing of the slip is kept", 20)


async def test_the_terminal_is_killed_and_nothing_is_charged_or_posted(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, _ = witness.debtor()
    before = witness.charged()
    await pay(customer, account)
    async with heard(customer) as shown:
        await kill(house, "terminal")
        await house.terminal(window=False)
        final = ("payment.declined", "payment.not_charged")
        await customer.sees(lambda s: str(part(s, "notice", "phrase")).startswith(final), "what became of it", 150)
    assert witness.charged() == before
    assert witness.posted(account) == []
    assert any(told.startswith("unknown") for told in shown), shown


@pytest.mark.conformance(33)
async def test_no_process_of_ours_ever_holds_a_card_number(house: House, customer: Customer, witness: Witness) -> None:
    await house.control(next="approve", card_held=HELD)
    account, _ = witness.debtor()
    await customer.begin()
    await customer.finger.touch("service.payment")
    await customer.identify(account)
    await customer.on("payment")
    await customer.finger.touch("pay")
    await customer.phase("approved", "posted")
    people = ours(house)
    assert {name.split()[0] for name in people} == {"billing", "server", "kiosk", "console"}
    assert len(people) > 6  # the visit, its spare and the engines among them
    assert await asyncio.to_thread(in_memory, people) == {}
    # The scanner sees: the terminal itself holds the number.
    terminal = {"terminal": house.people["terminal"].process.pid}
    assert "ascii" in (await asyncio.to_thread(in_memory, terminal))["terminal"]


@pytest.mark.conformance(33)
async def test_a_terminal_that_shows_a_whole_card_number_leaves_none_in_files_logs_or_the_agent(
    house: House, customer: Customer, witness: Witness
) -> None:
    account, _ = witness.debtor()
    await house.control(next="leak", then="approve", card_held=HELD)
    await customer.begin()
    await customer.finger.touch("service.payment")
    await customer.identify(account)
    await customer.on("payment")
    await customer.finger.touch("pay")
    await customer.phase("approved", "posted")
    names = {file.name for file in await asyncio.to_thread(lambda: list(disks(house)))}
    assert {"purchases.journal", "infomat.db", "kiosk.log", "server.log"} <= names
    assert await asyncio.to_thread(on_disk, house) == {}
    # The agent was told it, and has forgotten: the memory it frees is overwritten.
    assert await asyncio.to_thread(in_memory, {"agent": house.people["kiosk"].process.pid}) == {}


async def test_in_the_end_everything_charged_is_posted_and_nothing_else(witness: Witness) -> None:
    await until(lambda: sum(witness.charged()) == witness.postings(), "charged is posted")
