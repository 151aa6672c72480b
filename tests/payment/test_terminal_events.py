"""What a cashier makes of what a terminal tells by itself: it looks, and it believes no memory after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from ground.clock import SystemClock
from ground.disk import RealDisk
from payment.cashier import Cashier
from payment.drivers import terminal_of
from payment.nexo.driver import NexoTerminal
from payment.upos.driver import UposTerminal
from tests.payment.emulated import QUICK, EmulatedTerminal, Listener, emulated_terminal, until
from tests.payment.purchases import bill
from tests.payment.upos_place import UposPlace


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedTerminal]:
    with emulated_terminal(tmp_path_factory.mktemp("terminal"), "--plain", "--make", "westpay") as terminal:
        yield terminal


@pytest.fixture
def told() -> Listener:
    return Listener()


@pytest.fixture
async def cashier(tmp_path: Path, terminal: EmulatedTerminal, told: Listener) -> AsyncIterator[Cashier]:
    driver = NexoTerminal(terminal.profile())
    cashier = Cashier(RealDisk(tmp_path), driver, SystemClock(), on_alarm=told.alarm, rhythm=QUICK)
    await cashier.open()
    await cashier.diagnose()  # tells the terminal where we listen
    yield cashier
    await cashier.close()


async def order(terminal: EmulatedTerminal, **what: Any) -> dict[str, Any]:
    return await asyncio.to_thread(lambda: terminal.order(**what))


@pytest.mark.conformance(12)
async def test_out_of_order_makes_us_look_and_stops_payments_until_it_is_well(
    cashier: Cashier, terminal: EmulatedTerminal, told: Listener
) -> None:
    await order(terminal, event="OutOfOrder")  # it says so, and is not: a look decides
    await order(terminal, event="NoSuchEvent")
    assert cashier.available
    await order(terminal, faults=["CardReaderOKFlag"])
    await order(terminal, event="OutOfOrder", maintenance=True)
    async with asyncio.timeout(20):
        await cashier.until(lambda c: not c.available)
    assert cashier.unfit
    assert told.alarms == ["payment.terminal_wants_maintenance"]
    await order(terminal, faults=[])
    await order(terminal, event="EndMaintenance")
    async with asyncio.timeout(20):
        await cashier.until(lambda c: c.available)


@pytest.mark.conformance(9, 12)
async def test_a_restart_that_was_told_makes_not_found_worth_nothing(
    cashier: Cashier, terminal: EmulatedTerminal
) -> None:
    await order(terminal, next="drop_before_body")
    cashier.begin("p1", bill(), "electricity")
    await until(cashier, "unknown")
    await order(terminal, event="Initialised")  # too quick for us to have seen its port closed
    purchase = await until(cashier, "parked", "not_charged")
    assert (purchase.state, purchase.terminal_restarted) == ("parked", True)
    cashier.clarified("p1", charged=False, note="registry")


async def test_events_that_cannot_be_heard_do_not_stop_payments(tmp_path: Path, terminal: EmulatedTerminal) -> None:
    taken = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    driver = NexoTerminal(terminal.profile(events_port=port))
    cashier = Cashier(RealDisk(tmp_path), driver, SystemClock(), rhythm=QUICK)
    await cashier.open()
    assert cashier.available
    await cashier.close()
    taken.close()


def test_the_driver_is_a_matter_of_the_profile(tmp_path: Path, terminal: EmulatedTerminal) -> None:
    place = UposPlace(tmp_path / "upos")
    assert isinstance(terminal_of(place.folder / "upos.json", sale_id="kiosk-1"), UposTerminal)
    assert isinstance(terminal_of(terminal.folder / "terminal.json", sale_id="kiosk-1"), NexoTerminal)
    other = tmp_path / "other.json"
    other.write_text('{"driver": "abacus"}')
    with pytest.raises(ValueError, match="abacus"):
        terminal_of(other, sale_id="kiosk-1")
