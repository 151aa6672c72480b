"""``infomat payment``: a real terminal's purchases, a real database, the bank's own file."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from ground.clock import SystemClock
from ground.disk import RealDisk
from ground.ids import new_id
from ground.money import Money
from infomat.cli import app
from kiosk.agent.day_end import DayEnd
from payment.book import receive_all
from payment.cashier import Cashier
from payment.nexo.driver import NexoTerminal
from signaling.protocol.commands import TerminalDayClosed
from signaling.server import purchase_rows
from signaling.server.database import open_database
from signaling.server.difference_tasks import waiting
from signaling.server.event_log import Change, Put
from signaling.server.read_only import reading
from signaling.server.sql_event_log import SqlEventLog
from tests.payment.emulated import QUICK, EmulatedTerminal, Listener, emulated_terminal, until
from tests.payment.purchases import bill

IDS = (new_id(), new_id())


def payment(*args: object) -> Result:
    """The command line, in this process."""
    told = CliRunner().invoke(app, ["payment", *map(str, args)], env={"COLUMNS": "200"})
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``terminal`` (and the bank behind it) and ``server``: two purchases, the terminal's day closed."""
    folder = tmp_path_factory.mktemp("day")
    with emulated_terminal(folder / "terminal") as terminal:
        await _a_day(folder, terminal)
    return folder


async def _a_day(folder: Path, terminal: EmulatedTerminal) -> None:
    told, days = Listener(), list[TerminalDayClosed]()
    disk = RealDisk(folder / "agent")
    cashier = Cashier(
        disk, NexoTerminal(terminal.profile()), SystemClock(), on_change=told.changed, on_entry=told.entry, rhythm=QUICK
    )
    await cashier.open()

    async def close_day() -> tuple[str, object]:
        return cashier.poi_id, await cashier.close_day()

    end = DayEnd(disk, SystemClock(), datetime.min.time(), lambda: cashier.available, close_day, days.append)  # type: ignore[arg-type]
    assert await end.look()  # a new kiosk has nothing to close
    assert not days
    await _close(disk, end, days)
    for number, purchase_id in enumerate(IDS):
        await asyncio.to_thread(lambda: terminal.order(next="approve"))
        cashier.begin(purchase_id, bill(Money(10_000 + number, "RUB")), "heat")
        await until(cashier, "approved")
    await _close(disk, end, days)
    await cashier.close()
    log = SqlEventLog(open_database(f"sqlite:///{folder / 'server' / 'infomat.db'}"))
    change = Change(datetime.now(UTC))
    for purchase_id in IDS:
        entries = [one for one in told.entries if one.purchase_id == purchase_id]
        page, _ = receive_all(None, "kiosk-1", entries)
        assert page is not None
        purchase_rows.write(change, None, page)
    for one in days:
        row = {"poi_id": one.poi_id, "reconciliation_id": one.reconciliation_id, "kiosk_id": "kiosk-1"}
        totals = [total.model_dump(mode="json") for total in one.totals]
        change.writes.append(Put("terminal_days", {**row, "closed_at": one.closed_at, "totals": totals}))
    log.append([change])


async def _close(disk: RealDisk, end: DayEnd, days: list[TerminalDayClosed]) -> None:
    yesterday = datetime.now(UTC).astimezone().date() - timedelta(days=1)
    before = len(days)
    disk.replace("day_closed", yesterday.isoformat().encode())
    assert await end.look()
    assert await end.look()  # once a day
    assert len(days) == before + 1


def registry(day: Path, spoil: str = "") -> Path:
    """The bank's file of today, Moscow."""
    from payment.emulators.bank import BankBook

    bank = BankBook(RealDisk(day / "terminal" / "bank"))
    return day / "terminal" / "bank" / bank.send_registry(bank.movements[0].day, spoil)


def test_the_bank_the_terminal_and_the_book_agree(day: Path, tmp_path: Path) -> None:
    told = payment("reconcile", "--registry", registry(day), "--book", day / "server", "--language", "en")
    assert told.exit_code == 0, told.stdout
    assert "Matched: 2" in told.stdout
    assert "as in our book" in told.stdout
    with reading(str(day / "server")) as connection:
        assert waiting(connection) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("double", "Twice: 1"),
        ("other_amount", "Another amount: 1"),
        ("foreign", "The bank has it, we have not: 1"),
        ("missing", "We have it, the bank has not: 1"),
    ],
)
def test_a_difference_is_found_and_becomes_a_task_once(day: Path, spoil: str, said: str) -> None:
    file = registry(day, spoil)
    args = ("reconcile", "--registry", file, "--book", day / "server", "--language", "en")
    first, again = payment(*args), payment(*args)
    assert said in first.stdout
    if spoil == "missing":  # the bank may send it tomorrow: nobody has to look yet
        assert first.exit_code == 0
        return
    assert first.exit_code == again.exit_code == 1
    assert "1 new task" in first.stdout
    assert "0 new tasks" in again.stdout
    (number,) = [line.split()[0] for line in payment("tasks", "--book", day / "server").stdout.splitlines()]
    assert payment("tasks", "--settle", number, "--book", day / "server").exit_code == 2
    settled = payment("tasks", "--settle", number, "--note", "returned by the bank", "--book", day / "server")
    assert (settled.exit_code, settled.stdout) == (0, "")
    assert payment(*args).stdout == again.stdout


def test_a_life_is_told_by_what_the_customer_holds(day: Path) -> None:
    end = IDS[0].replace("-", "")[-8:].upper()
    told = payment("show", f"{end[:4]}-{end[4:]}", "--book", day / "server")
    assert told.exit_code == 0
    assert "the terminal charged 100.00 RUB  -> charged; the server settles its lines" in told.stdout
    assert "account-1" not in told.stdout
    assert payment("show", "0000-0000", "--book", day / "server").exit_code == 1


def test_reports_are_written_where_they_are_asked_for(day: Path, tmp_path: Path) -> None:
    outs = [tmp_path / f"r.{ending}" for ending in ("csv", "xlsx", "html")]
    more = [part for out in outs for part in ("--out", out)]
    payment("reconcile", "--registry", registry(day), "--book", day / "server", "--no-tasks", *more)
    assert all(out.stat().st_size > 300 for out in outs)
