"""Wiring: what we add to a card payment beyond the terminal's own time, and what the journal costs on this disk.

Pairs on one emulated terminal (its own process, nexo over TLS, encrypted): the terminal asked by the bare driver, then
the same amount by the cashier: intent on disk, request, answer, outcome on disk. Evidence: ``payments.csv`` (pair, who,
ms) and ``syncs.csv`` (ms of each append and fdatasync of the cashier's journal, and how many a payment).
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import requests

from benchmarks.referee import payment_times
from ground.clock import SystemClock
from ground.disk import AppendFile, RealDisk
from ground.ids import new_id
from ground.money import Money
from payment.answers import Granted
from payment.basket import Line
from payment.cashier import Cashier
from payment.effects import SendPayment
from payment.moves import State
from payment.nexo.driver import NexoTerminal
from payment.nexo.profile import Profile
from payment.service_ids import new_service_id


class _TimedFile:
    """A file whose appends and syncs are timed."""

    def __init__(self, file: AppendFile, times: list[float]) -> None:
        self._file, self._times = file, times
        self._spent = 0.0

    def append(self, data: bytes) -> None:
        began = time.perf_counter()
        self._file.append(data)
        self._spent = time.perf_counter() - began

    def sync(self) -> None:
        began = time.perf_counter()
        self._file.sync()
        self._times.append(1000 * (self._spent + time.perf_counter() - began))
        self._spent = 0.0

    def close(self) -> None:
        self._file.close()


class _TimedDisk(RealDisk):
    """The real disk, with its journal's appends timed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.times: list[float] = []

    def open_append(self, name: str) -> AppendFile:
        return _TimedFile(super().open_append(name), self.times)


async def _pairs(folder: Path, ready: dict[str, int], count: int) -> tuple[list[tuple[int, str, float]], list[float]]:
    control = f"http://127.0.0.1:{ready['control_port']}/control"

    def approve_next() -> None:
        requests.post(control, json={"next": "approve"}, timeout=5).raise_for_status()

    profile = Profile.load(folder / "terminal" / "terminal.json", sale_id="bench-1")
    bare, disk, found = NexoTerminal(profile), _TimedDisk(folder / "agent"), list[tuple[int, str, float]]()
    cashier = Cashier(disk, NexoTerminal(profile), SystemClock())
    await cashier.open()
    disk.times.clear()
    for pair in range(count):
        money = Money(10_000 + pair, "RUB")
        await asyncio.to_thread(approve_next)
        began = time.perf_counter()
        answer = await bare.pay(SendPayment(new_service_id(), new_id(), datetime.now(UTC), money))
        found.append((pair, "terminal", 1000 * (time.perf_counter() - began)))
        assert isinstance(answer, Granted), answer
        await asyncio.to_thread(approve_next)
        purchase_id = new_id()
        began = time.perf_counter()
        cashier.begin(purchase_id, [Line(1, "", "account", "heat", money, Money(0, "RUB"))], "heat")
        await cashier.until(lambda one, wanted=purchase_id: one.purchase(wanted).state is State.APPROVED)  # type: ignore[misc]
        found.append((pair, "ours", 1000 * (time.perf_counter() - began)))
        cashier.acknowledged(purchase_id, cashier.purchase(purchase_id).seq)
    await cashier.close()
    return found, disk.times


def run(out: Path, args: list[str]) -> dict[str, object]:
    """Pay, then let the referee read the evidence."""
    parser = argparse.ArgumentParser(prog="./dev bench payment-time")
    parser.add_argument("--pairs", type=int, default=300)
    asked = parser.parse_args(args)
    with tempfile.TemporaryDirectory(dir=out) as made:
        folder = Path(made)
        command = [
            sys.executable,
            "-m",
            "payment.emulators.terminal",
            "--folder",
            str(folder / "terminal"),
            "--scripted",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as terminal:
            assert terminal.stdout is not None
            try:
                ready = json.loads(terminal.stdout.readline().removeprefix("ready "))
                payments, syncs = asyncio.run(_pairs(folder, ready, asked.pairs))
            finally:
                terminal.kill()
    for name, heads, rows in (
        ("payments.csv", ("pair", "who", "ms"), payments),
        ("syncs.csv", ("ms",), [(ms,) for ms in syncs]),
    ):
        with (out / name).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(heads)
            writer.writerows(rows)
    return payment_times.figures(out)
