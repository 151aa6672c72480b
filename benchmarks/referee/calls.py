"""Adapter: figures of calls from CSV evidence (see benchmarks/call.py for what each file holds)."""

from __future__ import annotations

import csv
import itertools
import math
from pathlib import Path


def figures(folder: Path) -> dict[str, object]:
    """All figures of one run; times in milliseconds, CPU in percent of one core, memory in MiB."""
    found: dict[str, object] = {}
    for end in ("kiosk", "operator"):
        frames = [(float(r["shown_ms"]), int(r["drawn_ms"])) for r in _rows(folder / f"frames-{end}.csv")]
        if len(frames) > 1:
            shown = [at for at, _ in frames]
            gaps = sorted(b - a for a, b in itertools.pairwise(shown))
            usual = sum(gaps) / len(gaps)
            late = [at - drawn for at, drawn in frames]
            found[f"{end}_fps"] = round(1000 * (len(frames) - 1) / (shown[-1] - shown[0]), 1)
            found[f"{end}_picture_p50_ms"] = round(quantile(late, 0.5))
            found[f"{end}_picture_p95_ms"] = round(quantile(late, 0.95))
            # W3C webrtc-stats, freezeCount
            found[f"{end}_freezes"] = sum(gap > max(3 * usual, usual + 150) for gap in gaps)
    setups = _rows(folder / "setup.csv")
    found["calls"] = len({row["call"] for row in setups})
    for what in ("first_frame", "first_sound"):
        for end in ("kiosk", "operator"):
            values = [float(r["ms"]) for r in setups if r["what"] == what and r["end"] == end]
            found[f"{end}_{what}_p50_ms"] = round(quantile(values, 0.5))
            found[f"{end}_{what}_p95_ms"] = round(quantile(values, 0.95))
    for row in _rows(folder / "load.csv"):
        name = f"{row['process']}_engine_{row['when']}"
        found[f"{name}_cpu_percent"] = round(100 * float(row["cpu_s"]) / float(row["wall_s"]), 1)
        found[f"{name}_rss_mib"] = round(float(row["rss_mib"]))
    return found


def quantile(values: list[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))
