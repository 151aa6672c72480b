"""Adapter: figures of a kiosk's starts and changes of visits from CSV evidence (see benchmarks/start.py).

A start is over when the screen shows something and a touch would be answered; a change of visits when the next
person's screen is there and the process of the one before is gone.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from benchmarks.referee.evidence import csv_rows, quantile


def figures(folder: Path) -> dict[str, object]:
    """All figures of one run; milliseconds, load as the kernel tells it (1 minute)."""
    starts, changes = _rounds(folder / "starts.csv"), _rounds(folder / "changes.csv")
    found: dict[str, object] = {"starts": len(starts), "changes": len(changes)}
    spans = {
        "start_to_first_picture": [r["picture"] - r["started"] for r in starts],
        "start_to_interactive": [max(r["picture"], r["touchable"]) - r["started"] for r in starts],
        "touch_to_menu": [r["answered"] - r["touched"] for r in starts],
        "change_to_attract": [r["attract"] - r["finished"] for r in changes],
        "change_to_old_gone": [r["gone"] - r["finished"] for r in changes],
        "change": [max(r["attract"], r["gone"]) - r["finished"] for r in changes],
    }
    for name, values in spans.items():
        if values:
            found[f"{name}_p50_ms"] = round(quantile(values, 0.5))
            found[f"{name}_max_ms"] = round(max(values))
    loads = [float(row["load"]) for row in csv_rows(folder / "load.csv")]
    found["load_min"], found["load_max"] = round(min(loads), 2), round(max(loads), 2)
    return found


def _rounds(file: Path) -> list[dict[str, float]]:
    """What happened when, by round. A round that lacks something is a KeyError later: none is left out quietly."""
    rounds: dict[str, dict[str, float]] = defaultdict(dict)
    for row in csv_rows(file):
        if row["what"] in rounds[row["round"]]:
            raise ValueError(f"{file.name}: round {row['round']} tells '{row['what']}' twice")
        rounds[row["round"]][row["what"]] = float(row["ms"])
    return list(rounds.values())
