"""Adapter: what every referee needs of raw evidence: rows of a CSV file, lines of JSON, and quantiles."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def csv_rows(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by their headings."""
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def json_lines(file: Path) -> list[dict[str, Any]]:
    """The objects of a file with one JSON object in each line."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed (nearest rank); infinite when there is none."""
    ordered = sorted(values) or [math.inf]
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
