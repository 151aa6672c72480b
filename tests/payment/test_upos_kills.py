"""``kill -9`` of the agent at any moment of payments at a UPOS terminal; then the bank's book judges."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ground.clock import SystemClock
from ground.disk import RealDisk
from payment.cashier import Cashier
from payment.emulators.bank import BankBook
from payment.moves import State
from payment.upos.driver import UposTerminal
from tests.payment.emulated import QUICK, ROOT
from tests.payment.purchases import BILL
from tests.payment.upos_agent import settled, surplus
from tests.payment.upos_place import UposPlace

pytestmark = pytest.mark.conformance(9, 13)

AGENT = """
import asyncio, sys
from pathlib import Path
from tests.payment.upos_agent import agent

asyncio.run(agent(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
"""


def one_life(place: UposPlace, folder: Path, name: str, seconds: float) -> None:
    """One life of an agent, ended by kill -9."""
    command = [sys.executable, "-c", AGENT, str(place.folder), str(folder), name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as agent:
        assert agent.stdout is not None
        assert b"ready\n" in iter(agent.stdout.readline, b"")  # after what it logs of the payments it found
        time.sleep(seconds)  # the moment of its death is the point
        agent.kill()


@pytest.mark.parametrize("lives", [4, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
async def test_whenever_the_agent_dies_what_the_bank_has_is_what_we_have(tmp_path: Path, lives: int) -> None:
    chance, place = random.Random(lives), UposPlace(tmp_path / "upos")
    for number in range(lives):
        place.order(**chance.choice([{}, {"seconds": 0.2}, {"after": 0.2}, {"fault": "crash_after"}, {"code": 4451}]))
        await asyncio.to_thread(one_life, place, tmp_path / "agent", f"p{number}", chance.uniform(0.0, 0.7))
    terminal = UposTerminal(place.profile())
    cashier = Cashier(RealDisk(tmp_path / "agent"), terminal, SystemClock(), rhythm=QUICK)
    await cashier.open()
    async with asyncio.timeout(60):
        await settled(cashier, terminal, place.folder)
    bank = BankBook(RealDisk(place.folder / "bank")).movements
    approved = [purchase for purchase in cashier.purchases() if purchase.state is State.APPROVED]
    assert sum(one.minor for one in bank) == len(approved) * BILL.minor
    assert surplus(cashier, terminal, place.folder) == 0
    runs = [run for run in terminal._runs.runs.values() if run.category == "Payment"]
    assert len(runs) >= place.begun() >= len(bank)
    assert len(runs) == len({run.service_id for run in runs}) > 1
    await cashier.close()
