"""Adapter: figures of the queue from raw evidence (see benchmarks/queue_line.py and queue_postgres.py)."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.referee.evidence import quantile

CONNECTIONS = (1, 8, 32)

_Row = tuple[int, int, int]


def figures(folder: Path) -> dict[str, object]:
    """All figures of one run; what there is no evidence for is left out."""
    found: dict[str, object] = {}
    memory = _rows(folder / "memory.csv")
    spent = sum(done - begun for begun, done, _ in memory) / 1e9  # the benchmark's own work is between the events
    assigned = [(done - begun) / 1e6 for begun, done, offers in memory if offers]
    found["events"] = len(memory)
    found["events_per_s"] = round(len(memory) / spent)
    found["assignments"] = sum(offers for _, _, offers in memory)
    found["assignments_per_s"] = round(sum(offers for _, _, offers in memory) / spent)
    found |= _times("assign", assigned)
    rounds = {int(file.stem.split("-")[1]): _rows(file) for file in sorted(folder.glob("durable-[0-9]*.csv"))}
    durable = {number: _a_second(rows, lambda row: row[2]) for number, rows in rounds.items()}
    found["durable_events_per_s"] = round(median(_a_second(rows, lambda _row: 1) for rows in rounds.values()))
    found["durable_assignments_per_s"] = round(median(durable.values()))
    found["durable_rounds"] = [round(one) for one in durable.values()]
    told = [(done - begun) / 1e6 for rows in rounds.values() for begun, done, offers in rows if offers]
    found |= _times("durable_assign", told)
    paced = _rows(folder / "durable-paced.csv")
    found |= _times("durable_paced_assign", [(done - begun) / 1e6 for begun, done, offers in paced if offers])
    found |= _growth(folder)
    found |= _synced(folder)
    found |= _postgres(folder, "work", "", durable) | _postgres(folder, "claim", "claim_only_", durable)
    slower = [_on_slower_disk(one) for one in sorted(folder.glob("slower-*"), key=_more_ms)]
    return found | ({"slower_disks": slower} if slower else {})


def _more_ms(folder: Path) -> float:
    return float(folder.name.removeprefix("slower-"))


def _on_slower_disk(folder: Path) -> dict[str, object]:
    """The one round on a disk whose syncs took longer."""
    durable = {1: _a_second(_rows(folder / "durable-1.csv"), lambda row: row[2])}
    theirs = {name: value for name, value in _postgres(folder, "work", "", durable).items() if "rounds" not in name}
    return _synced(folder) | {"durable_assignments_per_s": round(durable[1])} | theirs


def _synced(folder: Path) -> dict[str, object]:
    """What the disk needed for a page."""
    if not (folder / "sync.csv").exists():
        return {}
    took = [int(line) / 1e6 for line in (folder / "sync.csv").read_text().split()[1:]]
    return {"sync_p50_ms": round(quantile(took, 0.5), 3), "sync_p99_ms": round(quantile(took, 0.99), 3)}


def _growth(folder: Path) -> dict[str, object]:
    """Mean cost of an event in microseconds for each length of the line, and how it grows."""
    costs: dict[int, float] = {}
    for file in folder.glob("growth-*.csv"):
        rows = _rows(file)
        costs[int(file.stem.removeprefix("growth-"))] = sum(done - begun for begun, done, _ in rows) / len(rows) / 1000
    found: dict[str, object] = {f"event_us_{waiting}": round(costs[waiting], 1) for waiting in sorted(costs)}
    if 100 in costs and 100_000 in costs:
        found["cost_growth_100_to_100000"] = round(costs[100_000] / costs[100], 2)
    return found


def _a_second(rows: list[_Row], count: Callable[[_Row], int]) -> float:
    wall = (max(done for _, done, _ in rows) - min(begun for begun, _, _ in rows)) / 1e9
    return sum(map(count, rows)) / wall


def _postgres(folder: Path, kind: str, prefix: str, durable: dict[int, float]) -> dict[str, object]:
    """Assignments a second for each number of connections, and how many times as many ours makes in the same round.

    The middle of all rounds; ``_rounds``: each of them. The best is the best of each round.
    """
    found: dict[str, object] = {}
    rates: dict[int, dict[int, float]] = {number: {} for number in durable}
    for connections in CONNECTIONS:
        took: list[float] = []
        for number, of_round in rates.items():
            log = folder / f"postgres-{kind}-{connections}-{number}.log"
            if log.exists():
                of_round[connections], micros = _claims(log)
                took += micros
        if took:
            found[f"postgres_{prefix}{connections}"] = round(median(one[connections] for one in rates.values()))
            found[f"postgres_{prefix}{connections}_p99_ms"] = round(quantile(took, 0.99) / 1000, 3)
    if any(rates.values()):
        best = {number: max(of_round.values()) for number, of_round in rates.items()}
        found[f"postgres_{prefix}best"] = round(median(best.values()))
        for name, theirs in (("1", {number: of_round[1] for number, of_round in rates.items()}), ("best", best)):
            ratios = [round(durable[number] / one, 2) for number, one in theirs.items()]
            found[f"durable_ratio_{prefix}{name}"] = round(median(ratios), 2)
            found[f"durable_ratio_{prefix}{name}_rounds"] = ratios
    return found


def _claims(log: Path) -> tuple[float, list[float]]:
    """(customers offered a second, microseconds of every script) of one run."""
    begun, ended, took = math.inf, 0.0, list[float]()
    for line in log.read_text().splitlines():
        _, _, micros, _, second, micro = line.split()
        end = int(second) + int(micro) / 1e6
        begun, ended = min(begun, end - int(micros) / 1e6), max(ended, end)
        took.append(int(micros))
    claimed = int(log.with_name(f"{log.stem}-claimed.txt").read_text())
    return claimed / (ended - begun), took  # who found nobody to claim has not assigned


def _times(name: str, values: list[float]) -> dict[str, object]:
    return {
        f"{name}_p50_ms": round(quantile(values, 0.5), 3),
        f"{name}_p99_ms": round(quantile(values, 0.99), 3),
        f"{name}_max_ms": round(max(values), 3),
    }


def _rows(file: Path) -> list[_Row]:
    """(begun ns, done ns, offers) of every event."""
    with file.open(newline="") as text:
        return [(int(row["begun_ns"]), int(row["done_ns"]), int(row["offers"])) for row in csv.DictReader(text)]
