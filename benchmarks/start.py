"""Wiring: a kiosk is started and visits follow each other on a virtual screen, as raw evidence for the referee.

Billing, the server and the kiosk run; a finger touches. Evidence, in milliseconds of one clock:
``starts.csv`` (round, what, ms): started, picture (pixels of the screen change), touchable (the attract screen has its
button), touched, answered (the menu is there);
``changes.csv`` (round, what, ms): finished (the last touch of a visit), attract (the next visit's screen), gone (no
process of that number any more);
``load.csv`` (round, load): what the kernel says of the machine at the begin of each round.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import mss
import psutil

from benchmarks.referee import starts
from infomat.demo.actors import Customer
from infomat.demo.finger import Finger
from infomat.demo.processes import Processes
from infomat.demo.screen import KIOSK, Screen, virtual_screen
from infomat.demo.stage import House, add_people, enrol_kiosk, furnish, new_house

_LOOK_S = 0.01
_READY_S = 60
_SPOT = {"left": KIOSK[2] // 2, "top": KIOSK[3] // 2, "width": 8, "height": 8}


class Evidence:
    """What happened when, kept as it happens and written at the end."""

    def __init__(self) -> None:
        self.starts: list[tuple[int, str, float]] = []
        self.changes: list[tuple[int, str, float]] = []
        self.loads: list[tuple[int, float]] = []

    def write(self, out: Path) -> None:
        """As CSV."""
        for name, heads, rows in (
            ("starts", ("round", "what", "ms"), self.starts),
            ("changes", ("round", "what", "ms"), self.changes),
            ("load", ("round", "load"), self.loads),
        ):
            with (out / f"{name}.csv").open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(heads)
                writer.writerows(rows)


async def _measure(out: Path, rounds: int, visits: int) -> None:
    evidence = Evidence()
    with tempfile.TemporaryDirectory(prefix="infomat-start-") as folder:
        processes = Processes(out / "logs")
        try:
            screen = await virtual_screen(processes)
            house = new_house(Path(folder), processes, screen)
            house.reader = False
            await house.billing()
            await house.server()
            await add_people(house)
            await enrol_kiosk(house)
            await furnish(house)
            await _warm_up(house)
            for number in range(rounds):
                evidence.loads.append((number, os.getloadavg()[0]))
                await _start(house, screen, number, evidence)
                for visit in range(visits):
                    await _change(house, number * visits + visit, evidence)
                await house.processes.stop(house.people["kiosk"])
        finally:
            await processes.stop_all()
    evidence.write(out)


async def _warm_up(house: House) -> None:
    """The very first start of a machine's life compiles the screens; a kiosk starts every morning."""
    await house.kiosk()
    await house.processes.stop(house.people["kiosk"])


async def _start(house: House, screen: Screen, number: int, evidence: Evidence) -> None:
    finger = Finger(screen, house.kiosk_probe)
    with mss.mss(display=screen.display) as camera:
        before = bytes(camera.grab(_SPOT).bgra)

        async def picture() -> None:
            while bytes(camera.grab(_SPOT).bgra) == before:  # the screen tells nobody that it changed
                await asyncio.sleep(_LOOK_S)
            evidence.starts.append((number, "picture", _ms()))

        async def touchable() -> None:
            await finger.wait(lambda s: (s.item("start") or {}).get("enabled", False), "the attract screen", _READY_S)
            evidence.starts.append((number, "touchable", _ms()))

        evidence.starts.append((number, "started", _ms()))
        async with asyncio.timeout(_READY_S), asyncio.TaskGroup() as at_once:
            at_once.create_task(house.kiosk())
            at_once.create_task(picture())
            at_once.create_task(touchable())
    touched = await finger.touch("start")
    evidence.starts.append((number, "touched", touched * 1000))
    await Customer(finger).on("menu")
    evidence.starts.append((number, "answered", _ms()))


async def _change(house: House, number: int, evidence: Evidence) -> None:
    """A visit from the menu to its end, and the next one's attract screen; leaves the next one at the menu."""
    finger = Finger(house.screen, house.kiosk_probe)
    customer = Customer(finger)
    await _until(lambda: _spare_is_warm(house))  # nobody is done with a visit sooner than that
    old = await finger.see()
    await finger.touch("finish")
    await customer.on("goodbye")
    finished = await finger.touch("finish")
    evidence.changes.append((number, "finished", finished * 1000))

    async def attract() -> None:
        await customer.sees(lambda s: s.state.get("step") == "attract" and s.pid != old.pid, "the next visit's screen")
        evidence.changes.append((number, "attract", _ms()))

    async def gone() -> None:
        await _until(lambda: not psutil.pid_exists(old.pid))
        evidence.changes.append((number, "gone", _ms()))

    await asyncio.gather(attract(), gone())
    await customer.begin()


def _spare_is_warm(house: House) -> bool:
    """Whether a second visit process and its media engine run."""
    below = psutil.Process(house.people["kiosk"].pid).children(recursive=True)
    commands = [" ".join(process.cmdline()) for process in below if process.is_running()]
    return all(sum(name in command for command in commands) == 2 for name in ("kiosk.visit", "media.engine"))


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_READY_S):
        while not condition():
            await asyncio.sleep(_LOOK_S)


def _ms() -> float:
    return time.monotonic() * 1000


def run(out: Path, args: list[str]) -> dict[str, object]:
    """Start and change, then let the referee read the evidence."""
    parser = argparse.ArgumentParser(prog="./dev bench start")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--visits", type=int, default=4, help="changes of visits after each start")
    asked = parser.parse_args(args)
    asyncio.run(_measure(out, asked.starts, asked.visits))
    return starts.figures(out)
