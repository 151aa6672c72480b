"""Adapter: figures of the queue from raw evidence (see benchmarks/queue_line.py and queue_postgres.py)."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from benchmarks.referee.evidence import quantile

CONNECTIONS = (1, 8, 32)


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
    rows = _rows(folder / "durable.csv")
    wall = (max(done for _, done, _ in rows) - min(begun for begun, _, _ in rows)) / 1e9
    durable = sum(offers for _, _, offers in rows) / wall
    found["durable_events_per_s"] = round(len(rows) / wall)
    found["durable_assignments_per_s"] = round(durable)
    found |= _times("durable_assign", [(done - begun) / 1e6 for begun, done, offers in rows if offers])
    paced = _rows(folder / "durable-paced.csv")
    found |= _times("durable_paced_assign", [(done - begun) / 1e6 for begun, done, offers in paced if offers])
    found |= _growth(folder)
    if (folder / "sync.csv").exists():
        synced = [int(line) / 1e6 for line in (folder / "sync.csv").read_text().split()[1:]]
        found |= {"sync_p50_ms": round(quantile(synced, 0.5), 3), "sync_p99_ms": round(quantile(synced, 0.99), 3)}
    return found | _postgres(folder, "work", "", durable) | _postgres(folder, "claim", "claim_only_", durable)


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


def _postgres(folder: Path, kind: str, prefix: str, durable: float) -> dict[str, object]:
    """Assignments a second for each number of connections, and how many times as many ours makes."""
    found: dict[str, object] = {}
    rates = {}
    for connections in CONNECTIONS:
        file = folder / f"postgres-{kind}-{connections}.log"
        if not file.exists():
            continue
        begun, ended = math.inf, 0.0
        took = []
        for line in file.read_text().splitlines():
            _, _, micros, _, second, micro = line.split()
            end = int(second) + int(micro) / 1e6
            begun, ended = min(begun, end - int(micros) / 1e6), max(ended, end)
            took.append(int(micros) / 1000)
        claimed = int((folder / f"postgres-{kind}-{connections}-claimed.txt").read_text())
        rates[connections] = claimed / (ended - begun)  # who found nobody to claim has not assigned
        found[f"postgres_{prefix}{connections}"] = round(rates[connections])
        found[f"postgres_{prefix}{connections}_p99_ms"] = round(quantile(took, 0.99), 3)
    if rates:
        best = max(rates.values())
        found[f"postgres_{prefix}best"] = round(best)
        found[f"durable_ratio_{prefix}1"] = round(durable / rates[1], 2)
        found[f"durable_ratio_{prefix}best"] = round(durable / best, 2)
    return found


def _times(name: str, values: list[float]) -> dict[str, object]:
    return {
        f"{name}_p50_ms": round(quantile(values, 0.5), 3),
        f"{name}_p99_ms": round(quantile(values, 0.99), 3),
        f"{name}_max_ms": round(max(values), 3),
    }


def _rows(file: Path) -> list[tuple[int, int, int]]:
    """(begun ns, done ns, offers) of every event."""
    with file.open(newline="") as text:
        return [(int(row["begun_ns"]), int(row["done_ns"]), int(row["offers"])) for row in csv.DictReader(text)]
