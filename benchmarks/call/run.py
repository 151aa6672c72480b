"""Wiring: ``./dev bench call``: links x clients, one after the other, never two at a time; evidence for the referee."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.call import evidence, quick
from benchmarks.call.browser import BrowserEnd
from benchmarks.call.ends import MediaEnd, Meter, Sounds, resident, wall
from benchmarks.call.film import film, in_memory, speech
from benchmarks.call.links import LINKS, LinkKind
from benchmarks.call.namespaces import bytes_sent, interfaces, namespaces
from benchmarks.call.ours import OurEnd
from benchmarks.call.windows import House, Pair
from benchmarks.referee import calls

CLIENTS: dict[str, Callable[..., MediaEnd]] = {"ours": OurEnd, "chromium": BrowserEnd}
ROLES = ("kiosk", "operator")
SPARE = 2  # more calls that are tried when the last, which is to be measured, did not come about
PAUSE = 0.1  # seconds between two calls
TAIL = 3.0  # seconds the ends of the last call may take to fall silent
SETTLE = 3.0  # seconds of the last call before anything is measured: rates find their place
CPU_SECONDS = 5.0
BEFORE_CUT, AFTER_CUT = 4.0, 9.0


class NoCall(Exception):
    """No call came about that could be measured."""


async def _one(
    out: Path, link: str, client: str, asked: argparse.Namespace, house: House, work: Path, seen: Path
) -> None:
    kind, names = LINKS[link], tuple(f"call{os.getpid()}-{role}" for role in ROLES)
    _fresh(out)
    with namespaces(*names):
        emulated = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.call.link", *names, *kind.arguments, stdout=subprocess.PIPE
        )
        assert emulated.stdout is not None
        try:
            await emulated.stdout.readline()
            for name in names:
                assert interfaces(name) == ["lo", "wan0"], "there must be no way around the link"
            ends: list[MediaEnd] = [
                CLIENTS[client](role, name, seen, await speech(role, work), out / "taps" / role)
                for role, name in zip(ROLES, names, strict=True)
            ]
            await _calls(out, kind, ends, names, asked, house, emulated)
        finally:
            emulated.terminate()
            counted = await emulated.stdout.read()
            await emulated.wait()
    evidence.note(out / "link.json", {"link": link, "client": client} | json.loads(counted))
    if client == "ours":
        shutil.rmtree(out / "taps")  # what counts of it is in the WAVs


def _fresh(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


async def _calls(
    out: Path, kind: LinkKind, ends: list[MediaEnd], names: tuple[str, ...], asked: argparse.Namespace, house: House,
    emulated: asyncio.subprocess.Process,
) -> None:  # fmt: skip
    pair = await house.pair(*ends)
    accepts: list[tuple[float, list[tuple[float | None, float | None]]]] = []
    before: list[tuple[int, str, int]] = []
    memory: list[tuple[int, str, str]] = []
    span = (0.0, 0.0)
    try:
        for number in range(asked.calls + SPARE):
            sent = await _quiet(names)
            ticket = await pair.ring()
            before += [
                (number, end.role, bytes_sent(name) - already)
                for end, name, already in zip(ends, names, sent, strict=True)
            ]
            at = await pair.accept(ticket)
            came = await pair.connected()
            await asyncio.sleep(0.3)  # a cushion of sound is played a little after it came
            accepts.append((at, [(end.firsts.picture, end.firsts.sound) for end in ends]))
            if came and number + 1 >= asked.calls:
                break  # this one is measured
            await pair.hang_up()
            await asyncio.sleep(PAUSE)
            memory += [(number, end.role, f"{resident(end.pids()):.1f}") for end in ends]
        else:
            raise NoCall(f"the last {SPARE + 1} calls over {out} did not come about")
        await asyncio.sleep(SETTLE)
        span = await _measured(out, kind, pair, asked.seconds, emulated)
        await _load(out, ends)
    finally:
        for end in ends:
            await end.close(out, span)
        await pair.close()
    rows = []
    next_accepts = [at for at, _ in accepts[1:]] + [span[0]]
    for number, ((at, firsts), until) in enumerate(zip(accepts, next_accepts, strict=True)):
        for end, (picture, sound) in zip(ends, firsts, strict=True):
            if isinstance(end, OurEnd):
                sound = end.first_sound(at, until)
            for what, when in (("first_frame", picture), ("first_sound", sound)):
                rows.append((number, end.role, what, "" if when is None else f"{when - at:.1f}"))
    evidence.rows(out / "before.csv", ("call", "end", "bytes"), before)
    evidence.rows(out / "memory.csv", ("call", "end", "rss_mib"), memory)
    evidence.rows(out / "setup.csv", ("call", "end", "what", "ms"), rows)


async def _quiet(names: tuple[str, ...]) -> list[int]:
    """Wait until the last call's tail has passed, at most ``TAIL`` seconds; what each namespace has sent until then."""
    sent, ends = [-1] * len(names), wall() + TAIL * 1000
    while sent != (now := [bytes_sent(name) for name in names]) and wall() < ends:
        sent = now
        await asyncio.sleep(0.1)
    return now


async def _measured(
    out: Path, kind: LinkKind, pair: Pair, seconds: float, emulated: asyncio.subprocess.Process
) -> tuple[float, float]:
    """The measured time of the last call; returns its span (wall_ms)."""
    before = [(await end.counted())[1] for end in pair.ends]
    began, events = wall(), []
    if kind.cut_s:
        await asyncio.sleep(BEFORE_CUT)
        emulated.send_signal(signal.SIGUSR1)
        events.append(("cut", wall()))
        await asyncio.sleep(kind.cut_s)
        emulated.send_signal(signal.SIGUSR2)
        events.append(("joined", wall()))
        await asyncio.sleep(AFTER_CUT)
    else:
        await asyncio.sleep(seconds)
    ended = wall()
    after = [(await end.counted())[1] for end in pair.ends]
    evidence.rows(out / "cut.csv", ("what", "wall_ms"), [("began", began), *events, ("ended", ended)])
    evidence.rows(
        out / "sound.csv",
        ("end", "decoded", "fec", "concealed"),
        [(end.role, *_less(b, a)) for end, b, a in zip(pair.ends, before, after, strict=True)],
    )
    return began, ended


def _less(before: Sounds, after: Sounds) -> tuple[float, float, float]:
    return after.decoded - before.decoded, after.fec - before.fec, after.concealed - before.concealed


async def _load(out: Path, ends: list[MediaEnd]) -> None:
    """CPU and memory of a running call of which nothing is recorded."""
    for end in ends:
        await end.tap(False)
    await asyncio.sleep(0.5)
    meters, frames = [Meter(end.pids()) for end in ends], [(await end.counted())[0] for end in ends]
    for meter in meters:
        meter.begin()
    await asyncio.sleep(CPU_SECONDS)
    found = []
    for end, meter, before in zip(ends, meters, frames, strict=True):
        seconds, loads = meter.end()
        shown = (await end.counted())[0] - before
        found += [
            (
                end.role,
                load.process,
                f"{load.cpu_s:.3f}",
                f"{seconds:.3f}",
                f"{load.rss_mib:.1f}",
                f"{load.pss_mib:.1f}",
                shown,
            )
            for load in loads
        ]
    evidence.rows(out / "load.csv", ("end", "process", "cpu_s", "wall_s", "rss_mib", "pss_mib", "frames"), found)


async def _compare(out: Path, asked: argparse.Namespace, told: Console) -> None:
    work = out / "work"
    work.mkdir(parents=True, exist_ok=True)
    _fresh(work / "house")
    house = House(work / "house")
    with in_memory(film(work / "film.y4m")) as seen:
        await house.start()
        try:
            for link in asked.links:
                for client in asked.clients:
                    told.print(f"{link}: {client}")
                    await _one(out / link / client, link, client, asked, house, work, seen)
        finally:
            await house.close()


def run(out: Path, args: list[str]) -> dict[str, object]:
    """Make the calls, then let the referee read the evidence."""
    parser = argparse.ArgumentParser(prog="./dev bench call")
    parser.add_argument("--links", nargs="+", choices=list(LINKS), default=list(LINKS))
    parser.add_argument("--clients", nargs="+", choices=list(CLIENTS), default=list(CLIENTS))
    parser.add_argument("--calls", type=int, default=30, help="of each link and client; the last is measured")
    parser.add_argument("--seconds", type=float, default=20, help="measured of the last call")
    parser.add_argument("--quick", action="store_true", help="two of our engines on this machine's loopback, no link")
    asked = parser.parse_args(args)
    if asked.quick:
        return quick.measured(out, asked.calls, asked.seconds)
    if os.geteuid() != 0:
        raise SystemExit("Run as root: a measured call needs network namespaces (or with --quick, without a link).")
    told = Console()
    with (out / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit("Another run measures calls now: wait for it, two would measure each other.") from None
        asyncio.run(_compare(out, asked, told))
    figures = calls.comparison(out, asked.links, asked.clients)
    table = Table(title="calls")
    table.add_column("figure")
    for one in figures["calls"]:
        table.add_column(f"{one['link']}\n{one['client']}", justify="right")
    for name in calls.FIGURES:
        table.add_row(name, *(str(one[name]) for one in figures["calls"]))
    told.print(table)
    told.print("\n".join(["targets missed:", *figures["missed"]] if figures["missed"] else ["every target is met"]))
    return figures
