"""The agent that ``test_upos_kills`` kills: it resolves what it finds and begins one more payment."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ground.clock import SystemClock
from ground.disk import RealDisk
from payment.cashier import Cashier
from payment.emulators.bank import BankBook
from payment.moves import State
from payment.upos.driver import UposTerminal
from payment.upos.profile import Profile
from tests.payment.emulated import QUICK
from tests.payment.purchases import bill


def surplus(cashier: Cashier, terminal: UposTerminal, folder: Path) -> int:
    """What the bank has and no run of ours told of, less what was clarified before: what its registry would show."""
    bank = BankBook(RealDisk(folder / "bank")).movements
    told = {run.result.rrn for run in terminal._runs.runs.values() if run.result and run.result.rrn}
    clarified = [p for p in cashier.purchases() if p.state is State.APPROVED and p.slip is None]
    return len([one for one in bank if one.rrn not in told]) - len(clarified)


async def settled(cashier: Cashier, terminal: UposTerminal, folder: Path) -> None:
    """Nothing is open any more: the terminal's word, and for what it cannot tell the registry."""
    while not cashier.available:
        await cashier.until(lambda c: all(not p.is_open or p.state is State.PARKED for p in c.purchases()))
        for purchase in cashier.purchases():
            if purchase.state is State.PARKED:
                charged = surplus(cashier, terminal, folder) == 1
                cashier.clarified(purchase.purchase_id, charged=charged, note="registry")


async def agent(upos: Path, data: Path, name: str) -> None:
    """An agent that resolves what it finds and begins one more payment."""
    terminal = UposTerminal(Profile.load(upos / "upos.json", sale_id="kiosk-1"))
    cashier = Cashier(RealDisk(data), terminal, SystemClock(), rhythm=QUICK)
    await cashier.open()
    print("ready", flush=True)
    await settled(cashier, terminal, upos)
    cashier.begin(name, bill(), "electricity")
    await asyncio.sleep(60)
