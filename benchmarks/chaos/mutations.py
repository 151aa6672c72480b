"""Wiring: takes one thing away after another and looks whether the chaos run finds it. Nothing is changed on disk.

Each row of the table of moves is tried on seeds that are known to reach it, until the figures say that something is
wrong or ``_PATIENCE`` seeds have not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import payment.purchase
from benchmarks.payment_chaos import measure
from payment.moves import MOVES, State

Row = tuple[State, type]
_PATIENCE = 60  # seeds that reach a row
_SYNCS = ("append", "open", "server")
_KEYS = ("posting", "purchase", "document")
_MUST_BE_ZERO = (
    "open", "doubled", "lost", "unearned", "false_not_paid", "stopped", "stranded",
    "documents_doubled", "documents_missing", "documents_unearned", "documents_differ", "documents_untold",
)  # fmt: skip


def faults(figures: dict[str, Any]) -> str:
    """What is wrong, in words; "" for nothing."""
    wrong = [f"{name} {figures[name]}" for name in _MUST_BE_ZERO if figures[name]]
    if figures["charged"] != figures["posted"]:
        wrong.append(f"charged {figures['charged']} posted {figures['posted']}")
    return ", ".join(wrong)


def hunt(out: Path, seeds: range, kind: str | None) -> dict[str, Any]:
    """Every mutation of this kind, or all; the table is printed and kept in ``mutations.csv``."""
    folder, out = out, out / "mutated"
    lines: list[tuple[str, str, int, str]] = []
    if kind in (None, "fdatasync"):
        lines += [_hunted(out, seeds, f"fdatasync:{name}") for name in _SYNCS]
    if kind in (None, "idempotency"):
        lines += [_hunted(out, seeds, f"idempotency:{name}") for name in _KEYS]
    if kind in (None, "row"):
        lines += list(_rows(out, seeds))
    with (folder / "mutations.csv").open("w") as file:
        csv.writer(file).writerows([("removed", "found", "seeds", "by"), *lines])
    print(f"{'removed':64} {'found':12} {'seeds':>5}  by")
    for removed, found, tried, by in lines:
        print(f"{removed:64} {found:12} {tried:5}  {by}")
    return {
        "mutations": len(lines),
        "found": sum(found == "found" for _, found, _, _ in lines),
        "not_found": [removed for removed, found, _, _ in lines if found == "NOT FOUND"],
        "not_reached": [removed for removed, found, _, _ in lines if found == "not reached"],
    }


def _hunted(out: Path, seeds: range, without: str) -> tuple[str, str, int, str]:
    """Ten seeds at a time until it is found."""
    for first in range(seeds.start, seeds.stop, 10):
        some = range(first, min(first + 10, seeds.stop))
        if by := faults(measure(out, some, without)):
            return without, "found", some.stop - seeds.start, by
    return without, "NOT FOUND", len(seeds), ""


def _rows(out: Path, seeds: range) -> Iterator[tuple[str, str, int, str]]:
    reached = _reached(out, seeds)
    for row in list(MOVES):
        name = f"row {row[0].name} {row[1].__name__}"
        if row not in reached:
            yield name, "not reached", len(seeds), ""
            continue
        yield _row(out, row, name, reached[row][:_PATIENCE])


def _row(out: Path, row: Row, name: str, seeds: list[int]) -> tuple[str, str, int, str]:
    target = MOVES.pop(row)
    try:
        for tried, seed in enumerate(seeds, 1):
            try:
                by = faults(measure(out, range(seed, seed + 1), "row"))
            except Exception as error:  # it came out of the till itself: no process would survive that
                by = type(error).__name__
            if by:
                return name, "found", tried, by
    finally:
        MOVES[row] = target
    return name, "NOT FOUND", len(seeds), ""


def _reached(out: Path, seeds: range) -> dict[Row, list[int]]:
    """The seeds in which each row is used, as the rows are looked up."""
    reached: dict[Row, list[int]] = {}
    for seed in seeds:
        with _looking() as used:
            measure(out, range(seed, seed + 1), "row")
        for row in used:
            reached.setdefault(row, []).append(seed)
    return reached


class _Looked(dict[Row, State]):
    """The table, remembering what was asked of it."""

    def __init__(self) -> None:
        super().__init__(MOVES)
        self.used: set[Row] = set()

    def get(self, row: Any, default: Any = None) -> Any:
        if row in self:
            self.used.add(row)
        return super().get(row, default)


@contextmanager
def _looking() -> Iterator[set[Row]]:
    table = _Looked()
    kept = payment.purchase.MOVES
    payment.purchase.MOVES = table
    try:
        yield table.used
    finally:
        payment.purchase.MOVES = kept
