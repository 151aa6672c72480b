"""Wiring: ``infomat demo``. Starts the house; a person plays, or the visitor script walks and reports."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

from rich.console import Console

from infomat.demo.processes import Processes
from infomat.demo.screen import Screen, virtual_screen
from infomat.demo.stage import ACCOUNT, OPERATOR, PASSWORD, SUPERVISOR, House, new_house, raise_house

people = Console(highlight=False)


async def run_demo(folder: Path, report: Path, language: str, *, alone: bool, fresh: bool) -> int:
    """Exit code of the demo. Every process it started is ended, also on Ctrl-C."""
    began = time.monotonic()
    processes = Processes(folder.parent / "logs")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    walk = asyncio.create_task(_demo(processes, folder, report, language, began, stop, alone=alone, fresh=fresh))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({walk, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not walk.done():
            people.print("\nending everything...")
            walk.cancel()
            await asyncio.gather(walk, return_exceptions=True)
            return 130
        return walk.result()
    finally:
        stopped.cancel()
        await processes.stop_all()


async def _demo(
    processes: Processes,
    folder: Path,
    report: Path,
    language: str,
    began: float,
    stop: asyncio.Event,
    *,
    alone: bool,
    fresh: bool,
) -> int:
    if alone:
        _keep_inside(folder.parent / "private")
    screen = await virtual_screen(processes) if alone else Screen(os.environ["DISPLAY"])
    house = new_house(folder, processes, screen, language, fresh=fresh)
    house.windowed = not alone
    if alone:
        house.renew_books()
    await raise_house(house, lambda step: people.print(f"  [cyan]·[/] {step}"))
    people.print(f"  everything runs after {time.monotonic() - began:.1f} s")
    if not alone:
        _hints(house)
        await stop.wait()
        return 0
    from infomat.demo.visitor import Visitor

    page = await Visitor(house, report, began).walk()
    people.print(f"the visit is over; everything was ended. Report: {page}")
    return 0


def _keep_inside(folder: Path) -> None:
    """What other programs (openbox, espeak-ng, PulseAudio's client) note down goes into the demo's own folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH", "TMPDIR"):
        os.environ[name] = str(folder)


def _hints(house: House) -> None:
    people.print(
        f"""
[bold]Play with it:[/]
  kiosk      touch "Передать показания" or "Оплатить"; the demo account is [bold]{ACCOUNT}[/]
             (language: top right)
  terminal   when the kiosk asks for a card, press "tap" in the small window
  console    sign in as [bold]{OPERATOR}[/], password [bold]{PASSWORD}[/] (supervisor: {SUPERVISOR}, the same password)
             be available (F3), then touch "Поговорить со специалистом" on the kiosk and accept with Enter
  printer    pictures of slips and tickets come to {house.paper}
  data       {house.folder}   logs: {house.folder.parent / "logs"}

Ctrl-C ends everything.""",
        soft_wrap=True,
    )
