"""An emulated terminal in its own process, and how tests give it orders and read its ledger."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from payment.cashier import Cashier
from payment.events import Entry
from payment.nexo.profile import Profile
from payment.purchase import Purchase
from payment.record import Rhythm

ROOT = Path(__file__).parents[2]

#: The rules of payments.md 1.5 on a clock that runs about fifty times faster.
QUICK = Rhythm(
    expiry=timedelta(seconds=2.5),
    retry_after=timedelta(seconds=0.05),
    busy_retry_after=timedelta(seconds=0.05),
    first_status=timedelta(seconds=0.05),
    status_every=timedelta(seconds=0.1),
    status_at_most=timedelta(seconds=0.2),
    park_after=timedelta(seconds=5),
)


class EmulatedTerminal:
    """One emulator process; ``kill`` is kill -9, ``start`` again keeps folder and port."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder, self._more = folder, more
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "payment.emulators.terminal", "--folder", str(self.folder), "--scripted"]
        self._process = subprocess.Popen([*command, *self._more], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("ready "), line
        self.ready: dict[str, Any] = json.loads(line[6:])

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def order(self, **order: Any) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.ready['control_port']}/control"
        answer = requests.post(url, json=order, timeout=5)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def profile(self, **changes: Any) -> Profile:
        profile = Profile.load(self.folder / "terminal.json", sale_id="kiosk-1")
        quick: dict[str, Any] = {"payment_within": 4.0, "answer_within": 3.0, "connect_within": 5.0}
        return Profile(**{name: getattr(profile, name) for name in Profile.__slots__} | quick | changes)

    def ledger(self) -> list[dict[str, Any]]:
        file = self.folder / "ledger.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def charged(self) -> int:
        """Minor units taken from cards, less what was given back: the terminal's own truth."""
        return sum(line.get("charged", 0) for line in self.ledger())


@contextlib.contextmanager
def emulated_terminal(folder: Path, *more: str) -> Iterator[EmulatedTerminal]:
    terminal = EmulatedTerminal(folder, *more)
    try:
        yield terminal
    finally:
        terminal.kill()


class Listener:
    """What a cashier told its kiosk."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.entries: list[Entry] = []
        self.alarms: list[str] = []

    def changed(self, purchase: Purchase) -> None:
        if not self.states or self.states[-1] != purchase.state.value:
            self.states.append(purchase.state.value)

    def entry(self, entry: Entry) -> None:
        self.entries.append(entry)

    def alarm(self, code: str, _purchase_id: str) -> None:
        self.alarms.append(code)


async def until(cashier: Cashier, *states: str, within: float = 30.0) -> Purchase:
    """Wait until the last purchase is in one of these states."""

    def last() -> Purchase:
        return cashier.purchases()[-1]

    async with asyncio.timeout(within):
        await cashier.until(lambda _: last().state.value in states)
    return last()
