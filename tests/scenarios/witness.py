"""What lies on the disks of a house, read without any code of the product."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any


def rows(file: Path, query: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a query on an SQLite file."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(query, values)]
    finally:
        connection.close()


def ledger(folder: Path) -> list[dict[str, Any]]:
    """The card terminal's own truth."""
    file = folder / "ledger.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()] if file.exists() else []
