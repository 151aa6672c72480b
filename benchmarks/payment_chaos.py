"""Wiring: card payments while everything fails, in ``--seeds`` runs; the referee judges by what they left behind.

Evidence in ``bench-out/payment-chaos/``: see ``benchmarks/referee/payments.py``, and ``kills.csv`` (run, process).
``--remove fdatasync|idempotency|row`` takes one of them away after another, ``--mutations`` all: the run must find it.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import logging
import sqlite3
from pathlib import Path
from typing import Any

import structlog

from benchmarks.chaos.terminal import KEY, POI
from benchmarks.chaos.virtual_time import VirtualLoop
from benchmarks.chaos.visits import LINES_MOST, account_of
from benchmarks.chaos.world import ROLES, World
from benchmarks.referee import payments as referee
from billing.embedded.schema import INDEXES, TABLES

_PURCHASES, _WHERE_ROWS_ARE_MISSED = 4, 8  # in one run: a row is met the sooner the more is going on


def run(out: Path, args: list[str]) -> dict[str, Any]:
    """One benchmark; also what ``--mutations`` found, as a table on the way."""
    parser = argparse.ArgumentParser(prog="./dev bench payment-chaos")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--remove", choices=["fdatasync", "idempotency", "row"])
    parser.add_argument("--mutations", action="store_true", help="all three kinds")
    asked = parser.parse_args(args)
    seeds = range(asked.first, asked.first + asked.seeds)
    if asked.remove or asked.mutations:
        from benchmarks.chaos.mutations import hunt

        return hunt(out, seeds, asked.remove)
    return measure(out, seeds)


def measure(out: Path, seeds: range, without: str = "") -> dict[str, Any]:
    """The figures of these seeds; the evidence is left in ``out``."""
    with Evidence(out, seeds) as evidence:
        for seed in seeds:
            evidence.keep(seed, one_run(seed, out, evidence.billing, without))
    totals = evidence.kills
    return {"runs": len(seeds), "kills": totals, "power_cuts": evidence.power_cuts, **referee.figures(out)}


def one_run(seed: int, out: Path, billing: sqlite3.Connection, without: str = "") -> World:
    """One seed in its own world and time."""
    loop, logs = VirtualLoop(), structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.set_event_loop(loop)
    try:
        world = World(seed, loop, _profile(out), billing, without)
        loop.run_until_complete(world.run(_WHERE_ROWS_ARE_MISSED if without == "row" else _PURCHASES))
        return world
    finally:
        _end_everything(loop)
        asyncio.set_event_loop(None)
        loop.close()
        structlog.configure(**logs)


def _end_everything(loop: VirtualLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


def _profile(out: Path) -> Path:
    file = out / "terminal.json"
    if not file.exists():
        key = {"passphrase": KEY.passphrase, "key_identifier": KEY.identifier, "key_version": KEY.version}
        file.write_text(json.dumps({"host": "terminal", "port": 8443, "poi_id": POI, "ca_file": "ca.pem", **key}))
    return file


class Evidence:
    """The files the referee reads, written run by run."""

    def __init__(self, out: Path, seeds: range) -> None:
        out.mkdir(parents=True, exist_ok=True)
        for name in ("billing.db", "billing.db-journal"):
            (out / name).unlink(missing_ok=True)
        self.billing = sqlite3.connect(out / "billing.db", isolation_level=None)
        self.billing.row_factory = sqlite3.Row
        self.billing.executescript("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;" + TABLES + INDEXES)
        visits = [account_of(seed, number) for seed in seeds for number in range(_WHERE_ROWS_ARE_MISSED)]
        rows = [f"{visit}{place}" for visit in visits for place in range(LINES_MOST)]
        self.billing.executemany(
            "INSERT INTO accounts VALUES (?, 'elektro', 'RUB', '', '', '', '', 0, '', '', '', '', '', NULL, 0)",
            [(number,) for number in rows],
        )
        self.kills, self.power_cuts = dict.fromkeys(ROLES, 0), 0
        names = ("ledger", "book", "book_lines", "refunds", "book_entries", "screens", "fiscal", "runs", "untruths")
        self._files = {name: (out / f"{name}.jsonl").open("w") for name in names}
        self._bank_file, self._kill_file = (out / "bank.csv").open("w"), (out / "kills.csv").open("w")
        self._bank = csv.DictWriter(self._bank_file, ["run", "at", "reference", "minor"])
        self._deaths = csv.writer(self._kill_file)
        self._bank.writeheader()
        self._deaths.writerow(["run", *ROLES, "power_cuts"])

    def keep(self, seed: int, world: World) -> None:
        """What one run left behind."""
        self._write("ledger", seed, world.terminal.lines())
        self._write("screens", seed, world.screens)
        self._write("book", seed, list(world.server.store.rows.values()))
        self._write("book_lines", seed, list(world.server.store.lines.values()))
        self._write("refunds", seed, list(world.server.store.orders.values()))
        self._write("book_entries", seed, [row for rows in world.server.store.entries.values() for row in rows])
        self._write("fiscal", seed, world.register.held())
        self._write("untruths", seed, world.untruths)
        self._write("runs", seed, [{"fiscal_duty": world.register.duty}])
        for row in world.terminal.bank_rows():
            self._bank.writerow({"run": seed, **row})
        self._deaths.writerow([seed, *world.kills.values(), world.power_cuts])
        for role, times in world.kills.items():
            self.kills[role] += times
        self.power_cuts += world.power_cuts

    def _write(self, name: str, seed: int, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            self._files[name].write(json.dumps({"run": seed, **line}, ensure_ascii=False) + "\n")

    def __enter__(self) -> Evidence:
        return self

    def __exit__(self, *_: object) -> None:
        for file in (*self._files.values(), self._bank_file, self._kill_file):
            file.close()
        self.billing.close()
