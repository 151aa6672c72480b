"""Adapter: what every referee needs of raw evidence: rows of a CSV file, and quantiles."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path


def csv_rows(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by their headings."""
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed (nearest rank); infinite when there is none."""
    ordered = sorted(values) or [math.inf]
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
