"""The UPOS driver with a program of its own process that keeps its own ledger and misbehaves on order."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ground.money import Money
from payment.answers import Failure, Granted, Health, Repeated, Silence, Totals, TotalsLine, Undone, Unsent, Untold
from payment.effects import AskStatus, SendPayment, SendReversal
from payment.upos.driver import UposTerminal
from payment.upos.files import read_output, read_result, read_slip
from tests.payment.emulated import ROOT
from tests.payment.purchases import BILL, START
from tests.payment.upos_place import UposPlace

pytestmark = pytest.mark.conformance(13)
WHOLE = (
    "0,ОДОБРЕНО\n220138******0013\n12/29\n007919\n0001\nМИР\n0\n10203040\n20261122140311\n632614000001\n3B6F\n\n\n781\n"
)


def ask(number: int = 1, minor: int = BILL.minor) -> SendPayment:
    return SendPayment(f"PAY{number}", f"sale-{number}", START, Money(minor, "RUB"))


def about(number: int = 1) -> AskStatus:
    return AskStatus("ASK1", "Payment", f"PAY{number}")


@pytest.fixture
def place(tmp_path: Path) -> UposPlace:
    return UposPlace(tmp_path / "upos")


@pytest.mark.parametrize("encoding", ["koi8-r", "cp866"])
async def test_an_approval_is_read_in_the_programs_own_letters(tmp_path: Path, encoding: str) -> None:
    place = UposPlace(tmp_path, encoding)
    paid = await UposTerminal(place.profile()).pay(ask())
    assert isinstance(paid, Granted)
    assert (paid.slip.amount, paid.slip.last_digits, paid.slip.brand) == (BILL, "0013", "МИР")
    assert "Сумма: 1284.50 Руб" in paid.slip.receipt
    assert place.charged() == BILL.minor
    assert not (place.folder / "e").exists()


@pytest.mark.parametrize(
    ("code", "condition"),
    [(2000, "Cancel"), (2002, "Aborted"), (4451, "Refusal"), (4137, "WrongPIN"), (99, "UnavailableDevice")],
)
async def test_the_exit_code_is_not_trusted_either_way(place: UposPlace, code: int, condition: str) -> None:
    place.order(code=code, exit=0)
    place.order(exit=3)
    terminal = UposTerminal(place.profile())
    refused = await terminal.pay(ask(1))
    assert isinstance(refused, Failure)
    assert refused.condition == condition
    assert isinstance(await terminal.pay(ask(2)), Granted)
    assert place.charged() == BILL.minor


@pytest.mark.parametrize(
    ("fault", "charged"),
    [
        ("crash_after", True),
        ("crash_before", False),
        ("no_e", True),
        ("half_e", True),
        ("contradiction", True),
        ("other_terminal", True),
    ],
)
async def test_a_run_without_a_believable_result_is_unknown_and_stays_so(
    place: UposPlace, fault: str, charged: bool
) -> None:
    place.order(fault=fault)
    terminal = UposTerminal(place.profile())
    assert isinstance(await terminal.pay(ask()), Silence)
    assert isinstance(await terminal.status(about()), Untold)
    assert isinstance(await UposTerminal(place.profile()).status(about()), Untold)
    assert (place.charged() > 0) is charged
    assert place.begun() == 1


async def test_a_number_nobody_knows_decides_nothing(place: UposPlace) -> None:
    place.order(code=9876)
    terminal = UposTerminal(place.profile())
    assert isinstance(await terminal.pay(ask()), Silence)
    assert isinstance(await terminal.status(about()), Untold)


async def test_a_stale_result_is_never_a_new_one(place: UposPlace) -> None:
    (place.folder / "e").write_bytes(WHOLE.encode("koi8-r"))
    (place.folder / "p").write_bytes("ОДОБРЕНО".encode("koi8-r"))
    place.order(fault="crash_before")
    assert isinstance(await UposTerminal(place.profile()).pay(ask()), Silence)
    assert place.charged() == 0
    (place.folder / "sb_pilot").unlink()
    (place.folder / "e").write_bytes(WHOLE.encode("koi8-r"))
    assert await UposTerminal(place.profile()).pay(ask(2)) == Unsent("FileNotFoundError")


async def test_a_run_that_outlives_our_patience_goes_on_and_is_found(place: UposPlace) -> None:
    place.order(seconds=2.0)
    terminal = UposTerminal(place.profile(payment_within=0.3))
    assert isinstance(await terminal.pay(ask()), Silence)
    told = await terminal.status(about())
    assert isinstance(told, Failure)
    assert told.condition == "InProgress"
    assert await terminal.pay(ask(2)) == Failure("Busy")
    async with asyncio.timeout(20):
        while not isinstance(found := await terminal.status(about()), Repeated):
            await asyncio.sleep(0.02)
    assert isinstance(found.answer, Granted)
    assert place.charged() == BILL.minor
    assert place.begun() == 1


DIES = """
import asyncio, os, sys
from pathlib import Path
from payment.upos.driver import UposTerminal
from payment.upos.profile import Profile
from tests.payment.test_upos import ask
async def main():
    asyncio.get_running_loop().call_later(float(sys.argv[2]), os._exit if sys.argv[3] == "dies" else stop, 9)
    await UposTerminal(Profile.load(Path(sys.argv[1]) / "upos.json", sale_id="kiosk-1")).pay(ask())
def stop(_):
    for task in asyncio.all_tasks():
        task.cancel()
asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["dies", "stops"])
async def test_the_program_outlives_the_agent_and_the_next_agent_finds_the_result(place: UposPlace, how: str) -> None:
    place.order(seconds=3.0)
    command = [sys.executable, "-c", DIES, str(place.folder), "0.8", how]
    await asyncio.to_thread(subprocess.run, command, cwd=ROOT, stderr=subprocess.DEVNULL, check=False)
    second = UposTerminal(place.profile())
    told = await second.status(about())
    assert isinstance(told, Failure)
    assert told.condition == "InProgress"
    assert await second.pay(ask(2)) == Failure("Busy")
    async with asyncio.timeout(20):
        while not isinstance(found := await second.status(about()), Repeated):
            await asyncio.sleep(0.02)
    assert isinstance(found.answer, Granted)
    assert place.charged() == BILL.minor


async def test_a_day_that_is_too_long_is_closed_and_the_payment_asked_for_again(place: UposPlace) -> None:
    terminal = UposTerminal(place.profile())
    await terminal.pay(ask(1))
    place.order(day="too long")
    again = await terminal.pay(ask(2))
    assert isinstance(again, Failure)
    assert again.condition == "Busy"
    assert place.begun("7") == 1
    assert isinstance(await terminal.pay(ask(3)), Granted)
    assert place.charged() == 2 * BILL.minor


async def test_money_goes_back_by_a_cancel_today_and_by_a_refund_later(place: UposPlace) -> None:
    terminal = UposTerminal(place.profile())
    names = []
    for number in (1, 2, 3):
        paid = await terminal.pay(ask(number))
        assert isinstance(paid, Granted)
        names.append(paid.slip.poi_transaction)
    whole = SendReversal("REV1", names[0], "CustCancel", "sale-1", START)
    assert await terminal.reverse(whole) == Undone()
    assert isinstance(await terminal.reverse(replace(whole, service_id="REV9")), Failure)
    part = SendReversal("REV2", names[1], "CustCancel", "sale-2", START, Money(450, "RUB"))
    assert await terminal.reverse(part) == Undone()
    await terminal.close_day("DAY1")
    late = SendReversal("REV3", names[2], "CustCancel", "sale-3", START)
    assert await terminal.reverse(late) == Undone()
    assert [line["word"] for line in place.ledger() if line.get("charged", 0) < 0] == ["Отмена", "Возврат", "Возврат"]
    assert place.charged() == BILL.minor - 450
    stranger = replace(late, service_id="REV4", poi_transaction=replace(names[2], id="000000000000"))
    assert await terminal.reverse(stranger) == Failure("NotFound")


async def test_reports_and_health(place: UposPlace) -> None:
    terminal = UposTerminal(place.profile())
    assert await terminal.diagnose("D1") == Health("OK", "", True)
    await terminal.pay(ask())
    counted = await terminal.totals("T1")
    assert isinstance(counted, Totals)
    assert counted.lines == (TotalsLine("", "Debit", 1, BILL),)
    closed = await terminal.close_day("T2")
    assert isinstance(closed, Totals)
    assert (closed.lines, "     ИТОГИ СОВПАЛИ" in closed.text) == (counted.lines, True)
    empty = await terminal.totals("T3")
    assert isinstance(empty, Totals)
    assert empty.lines == ()
    place.order(op="26", code=99)
    health = await terminal.diagnose("D2")
    assert isinstance(health, Health)
    assert (health.condition, health.faults) == ("out", ("UPOS99",))


async def test_a_payment_waits_for_a_test_of_the_terminal(place: UposPlace) -> None:
    place.order(op="26", seconds=0.5)
    terminal = UposTerminal(place.profile())
    testing = asyncio.create_task(terminal.diagnose("D1"))
    await asyncio.sleep(0)
    assert isinstance(await terminal.pay(ask()), Granted)
    assert isinstance(await testing, Health)


@pytest.mark.parametrize("cut", range(0, len(WHOLE) - 12, 3))
def test_no_beginning_of_a_result_is_taken_for_the_whole(cut: int) -> None:
    assert read_result(WHOLE[:cut].encode("koi8-r"), "koi8-r", money=True) is None


def test_what_the_files_say() -> None:
    whole = read_result(WHOLE.encode("koi8-r"), "koi8-r", money=True)
    assert whole is not None
    assert (whole.at, whole.rrn, whole.approval_code) == ("2026-11-22T14:03:11", "632614000001", "007919")
    assert read_result(b"2000,\x8e", "cp866", money=True) is not None
    assert read_result(b"200", "cp866", money=True) is None
    assert read_output(b"starting\nreturn:4134\n") == 4134
    assert read_output(None) is None
    assert read_slip("Карта 2201 3820 0000 0013\r\n\x1b@\r\n".encode("cp866"), "cp866") == ("Карта [number]", "@")


def test_the_journal_of_runs_is_synced_before_the_program_exists(place: UposPlace, tmp_path: Path) -> None:
    record = tmp_path / "calls"
    program = "import asyncio\n" + DIES.split("async def main", 1)[0].split("\n", 2)[2]
    program += "asyncio.run(UposTerminal(Profile.load(Path(sys.argv[1]) / 'upos.json', sale_id='k')).pay(ask()))"
    subprocess.run(
        ["strace", "-f", "-o", str(record), "-e", "trace=write,fdatasync,fsync,unlink,execve", sys.executable, "-c",
         "import sys\n" + program, str(place.folder)],
        cwd=ROOT, check=True, timeout=60,
    )  # fmt: skip
    calls = record.read_text().splitlines()
    begun = next(number for number, call in enumerate(calls) if "begun" in call and "write(" in call)
    synced = next(number for number, call in enumerate(calls) if number > begun and "fdatasync(" in call)
    started = next(number for number, call in enumerate(calls) if "execve(" in call and "sb_pilot" in call)
    assert begun < synced < started
