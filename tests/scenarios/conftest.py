"""One house of real processes for each module of scenarios, on a virtual screen of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from infomat.demo.actors import Clerk, Customer
from infomat.demo.finger import Finger
from infomat.demo.processes import Processes
from infomat.demo.screen import virtual_screen
from infomat.demo.stage import House, new_house, raise_house
from tests.scenarios.witness import Witness


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Everything runs; the operator's console waits for the sign-in, the kiosk shows its attract screen."""
    folder: Path = tmp_path_factory.mktemp("house")
    processes = Processes(folder / "logs")
    try:
        screen = await virtual_screen(processes)
        house = new_house(folder / "data", processes, screen)
        house.reader = False
        await raise_house(house, lambda _step: None, terminal_window=False)
        yield house
    finally:
        await processes.stop_all()


@pytest.fixture(scope="module")
def customer(house: House) -> Customer:
    """Somebody at the kiosk."""
    return Customer(Finger(house.screen, house.kiosk_probe))


@pytest.fixture(scope="module")
def clerk(house: House) -> Clerk:
    """The operator at the console."""
    return Clerk(Finger(house.screen, house.console_probe))


@pytest.fixture(scope="module")
def witness(house: House) -> Witness:
    """Reads what lies on the disks."""
    return Witness(house.folder)
