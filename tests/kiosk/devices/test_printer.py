"""Every way to print, by one contract; and what an ESC/POS printer does to us when it misbehaves."""

from __future__ import annotations

import asyncio
import errno
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ground.signing import SigningKey
from kiosk.agent.config import KioskConfig
from kiosk.agent.printer_trial import try_printer
from kiosk.devices.escpos import status
from kiosk.devices.escpos.driver import EscPosPrinter
from kiosk.devices.escpos.model import Model
from kiosk.devices.escpos.wires import open_wire
from kiosk.devices.printer import Outcome, Printer, PrinterState
from kiosk.devices.printers import PrinterChoice, printer_of
from kiosk.devices.terminal_printer import TerminalPrinter
from kiosk.slips.paper import Document, Text
from kiosk.slips.trial_page import LETTERS
from payment.answers import Health
from payment.nexo.driver import NexoTerminal
from tests.kiosk.devices.emulated_printer import EmulatedPrinter
from tests.kiosk.front_desk import kiosk_folder
from tests.kiosk.slips import samples
from tests.payment.emulated import EmulatedTerminal, emulated_terminal

_S = PrinterState
MODEL = Model("TM-T88V", 48, {"CP866": 17, "CP775": 33})
RECEIPT = samples.slip("receipt", "ru")


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedPrinter]:
    printer = EmulatedPrinter(tmp_path_factory.mktemp("printer"), "--no-pictures")
    yield printer
    printer.kill()


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedTerminal]:
    with emulated_terminal(tmp_path_factory.mktemp("terminal")) as one:
        yield one


def quick(address: str, **more: float) -> EscPosPrinter:
    return EscPosPrinter(partial(open_wire, address), lambda: MODEL, **{"answer_s": 0.25, "within": 3.0, **more})


@dataclass
class Desk:
    """A printer, how to take its paper away, and what it has printed so far."""

    printer: Printer
    paper: Callable[[bool], object]
    lines: Callable[[], list[str]]


def _escpos(emulated: EmulatedPrinter, address: str) -> Desk:
    emulated.well()
    return Desk(
        quick(address),
        lambda there: emulated.order(paper=None if there else 0),
        lambda: "\n".join(sheet["text"] for sheet in emulated.sheets() if sheet["whole"]).splitlines(),
    )


def _terminal(terminal: EmulatedTerminal) -> Desk:
    driver = NexoTerminal(terminal.profile())
    numbers = iter(range(1000))

    async def print_lines(lines: Any) -> bool:
        return await driver.print_lines(f"P{next(numbers)}", lines)

    async def printer_status() -> str:
        answer = await driver.diagnose(f"D{next(numbers)}")
        return answer.printer_status if isinstance(answer, Health) else ""

    return Desk(
        TerminalPrinter(print_lines, printer_status, 48),
        lambda there: terminal.order(printer="OK" if there else "NoPaper"),
        lambda: terminal.order()["printed"],
    )


@pytest.fixture(params=["network", "device", "terminal"])
def desk(request: pytest.FixtureRequest, emulated: EmulatedPrinter, terminal: EmulatedTerminal) -> Desk:
    if request.param == "terminal":
        return _terminal(terminal)
    return _escpos(emulated, emulated.address if request.param == "network" else emulated.device)


async def test_what_is_printed_is_confirmed_and_on_paper(desk: Desk) -> None:
    desk.paper(True)
    assert await desk.printer.status() is _S.READY
    outcome = await desk.printer.print(RECEIPT)
    assert outcome == Outcome("printed", _S.READY)
    told = "\n".join(desk.lines())
    for expected in ("7F3A-91BC", "3 462,46 руб.", "9999078902003412", "Оплата принята"):
        assert expected in told


async def test_without_paper_nothing_comes_out_and_it_is_said(desk: Desk) -> None:
    desk.paper(False)
    before = desk.lines()
    assert await desk.printer.status() is _S.NO_PAPER
    outcome = await desk.printer.print(RECEIPT)
    assert (outcome.verdict, outcome.state) == ("not_printed", _S.NO_PAPER)
    desk.paper(True)
    assert desk.lines() == before, "the next roll does not bring the last person's slip"
    assert (await desk.printer.print(RECEIPT)).verdict == "printed"


@pytest.mark.conformance(22)
@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({}, _S.READY),
        ({"paper": 3}, _S.PAPER_LOW),
        ({"paper": 0}, _S.NO_PAPER),
        ({"cover": True}, _S.COVER_OPEN),
        ({"cutter": True}, _S.CUTTER),
        ({"hot": True}, _S.BROKEN),
        ({"silent": True}, _S.SILENT),
    ],
)
async def test_each_fault_is_told_by_its_name(
    emulated: EmulatedPrinter, fault: dict[str, Any], state: PrinterState
) -> None:
    emulated.well()
    emulated.order(**fault)
    assert await quick(emulated.address).status() is state


async def test_paper_that_ends_in_the_middle_leaves_nothing_for_the_next_person(emulated: EmulatedPrinter) -> None:
    emulated.well()
    emulated.order(paper=9)
    outcome = await quick(emulated.address).print(RECEIPT)
    assert outcome == Outcome("not_printed", _S.NO_PAPER, begun=True)
    assert emulated.order()["waiting"] == 0
    emulated.order(paper=None)
    half = emulated.sheets()[-1]
    assert (half["whole"], len(half["rows"])) == (False, 9)
    assert (await quick(emulated.address).print(RECEIPT)).verdict == "printed"


async def test_a_long_job_that_stops_is_noticed_while_waiting_for_the_word(emulated: EmulatedPrinter) -> None:
    emulated.well()
    emulated.order(paper=400)
    long = Document("en", tuple(Text(f"row {number}") for number in range(2000)))
    assert await quick(emulated.address).print(long) == Outcome("not_printed", _S.NO_PAPER)
    assert emulated.order()["waiting"] == 0


async def test_a_printer_that_never_answers_prints_and_is_not_believed(emulated: EmulatedPrinter) -> None:
    emulated.well()
    emulated.order(silent=True)
    count = emulated.order()["sheets"]
    assert await quick(emulated.address).print(RECEIPT) == Outcome("unsure", _S.SILENT)
    async with asyncio.timeout(5):
        while emulated.order()["sheets"] == count:
            await asyncio.sleep(0.02)


async def test_half_a_job_is_not_printed(emulated: EmulatedPrinter) -> None:
    emulated.well()
    emulated.order(hang_up_after=400)
    outcome = await quick(emulated.address).print(RECEIPT)
    assert (outcome.verdict, outcome.state, outcome.begun) == ("not_printed", _S.UNREACHABLE, True)
    emulated.well()
    assert emulated.sheets()[-1]["whole"] is False


async def test_a_dead_printer_is_unreachable_and_well_again_when_it_is_back(tmp_path: Path) -> None:
    emulated = EmulatedPrinter(tmp_path, "--no-pictures")
    printer = quick(emulated.address)
    emulated.kill()
    assert await printer.status() is _S.UNREACHABLE
    assert await printer.print(RECEIPT) == Outcome("not_printed", _S.UNREACHABLE, begun=False)
    emulated.start()
    assert (await printer.print(RECEIPT)).verdict == "printed"
    emulated.kill()
    assert await quick(str(tmp_path / "no-device")).status() is _S.UNREACHABLE


async def test_a_line_unplugged_while_it_is_set_up_is_unreachable(
    emulated: EmulatedPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise termios.error(errno.EIO, "Input/output error")

    monkeypatch.setattr(termios, "tcgetattr", gone)
    assert await quick(emulated.device).status() is _S.UNREACHABLE


def test_answers_are_told_apart_and_silence_is_never_well() -> None:
    assert status.state_of({}) is _S.SILENT
    assert status.state_of({1: 0x12, 2: 0x12, 3: 0x12}) is _S.SILENT
    assert status.state_of(dict.fromkeys(status.QUESTIONS, 0x12)) is _S.READY
    assert status.state_of({1: 0x1A, 2: 0x12, 3: 0x12, 4: 0x12}) is _S.BROKEN
    assert status.state_of({1: 0x12, 2: 0x16, 3: 0x12, 4: 0x12}) is _S.COVER_OPEN
    assert status.state_of({1: 0x12, 2: 0x12, 3: 0x12, 4: 0x1E}) is _S.PAPER_LOW
    assert status.state_of({1: 0x12, 2: 0x12, 3: 0x12, 4: 0x72}) is _S.NO_PAPER
    assert status.state_of({4: 0xFF}) is _S.SILENT, "a byte that is no answer says nothing"
    for answer in range(256):
        assert not (status.is_told_at_once(answer) and status.is_confirmation(answer))


def test_whoever_puts_a_printer_up_sees_every_letter_of_ours_and_is_told_how_it_went(
    emulated: EmulatedPrinter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulated.well()
    choice = PrinterChoice(driver="escpos", address=emulated.address, columns=48, tables={"CP866": 17})
    config = kiosk_folder(tmp_path, 1, SigningKey(), printer=choice)
    config.save()
    assert KioskConfig.load(tmp_path) == config
    assert try_printer(tmp_path) == 0
    assert capsys.readouterr().out == "printed: the printer is ready\n"
    told = "".join(emulated.sheets()[-1]["text"].split())
    for letters in LETTERS.values():
        assert "".join(letters.split()) in told
    emulated.order(cover=True)
    assert try_printer(tmp_path) == 1
    assert "cover_open" in capsys.readouterr().out
    kiosk_folder(tmp_path, 1, SigningKey(), printer=choice.model_copy(update={"model": "unheard of"})).save()
    assert try_printer(tmp_path) == 2
    assert "TM-T88V" in capsys.readouterr().out
    emulated.well()


def test_a_choice_is_checked_where_it_is_written() -> None:
    async def never(*_: object) -> Any:
        raise AssertionError

    assert printer_of(PrinterChoice(), never, never) is None
    assert isinstance(printer_of(PrinterChoice(driver="terminal"), never, never), TerminalPrinter)
    chosen = PrinterChoice(driver="escpos", address="tcp://10.0.0.9:9100", columns=42)
    assert isinstance(printer_of(chosen, never, never), EscPosPrinter)
    for wrong in (
        {"driver": "escpos"},
        {"driver": "escpos", "address": "10.0.0.9"},
        {"driver": "laser"},
        {"needed_to_pay": True},
        {"columns": 7},
        {"tables": {"CP866": 900}},
    ):
        with pytest.raises(ValueError):
            PrinterChoice.model_validate(wrong)
