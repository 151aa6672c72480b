"""Adapter: figures of payments' times from CSV evidence (see benchmarks/payment_time.py)."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from benchmarks.referee.evidence import csv_rows, quantile


def figures(folder: Path) -> dict[str, object]:
    """Milliseconds. ``added``: within each pair, ours less the terminal's own."""
    pairs: dict[str, dict[str, float]] = defaultdict(dict)
    for row in csv_rows(folder / "payments.csv"):
        pairs[row["pair"]][row["who"]] = float(row["ms"])
    whole = [pair for pair in pairs.values() if len(pair) == 2]
    syncs = [float(row["ms"]) for row in csv_rows(folder / "syncs.csv")]
    found: dict[str, object] = {"pairs": len(whole)}
    for name, values in (
        ("terminal", [pair["terminal"] for pair in whole]),
        ("ours", [pair["ours"] for pair in whole]),
        ("added", [pair["ours"] - pair["terminal"] for pair in whole]),
        ("journal_entry", syncs),
    ):
        for share in (0.5, 0.99):
            found[f"{name}_p{round(100 * share)}_ms"] = round(quantile(values, share), 2)
    found["journal_entries_a_payment"] = round(len(syncs) / max(1, len(whole)), 1)
    return found
