"""What lies on the disks of a house, read without any code of the product."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

_DEBTS = """
SELECT a.number, opening + coalesce((SELECT sum(amount) FROM invoices i WHERE i.account = a.number), 0)
    - coalesce((SELECT sum(amount) FROM payments p WHERE p.account = a.number), 0) AS debt
FROM accounts a WHERE supplier = 'elektro' AND debt > 10000 ORDER BY a.number LIMIT 40
"""


def rows(file: Path, query: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a query on an SQLite file."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(query, values)]
    finally:
        connection.close()


class Witness:
    """Reads the terminal's ledger, billing's book and the server's database of one house."""

    def __init__(self, data: Path) -> None:
        self.billing = data / "billing" / "billing.db"
        self.server = data / "server" / "infomat.db"
        self.terminal = data / "terminal" / "ledger.jsonl"
        self._debtors = iter(rows(self.billing, _DEBTS))

    def debtor(self) -> tuple[str, int]:
        """An account that owes something, another one each time: (number, kopecks)."""
        row = next(self._debtors)
        return row["number"], row["debt"]

    def charged(self) -> list[int]:
        """Kopecks of every charge of the terminal, in order."""
        lines = self.terminal.read_text().splitlines() if self.terminal.exists() else []
        events = [json.loads(line) for line in lines if line.strip()]
        return [e["charged"] for e in events if e.get("outcome") == "charged"]

    def posted(self, account: str) -> list[int]:
        """Kopecks of every payment our server posted to an account."""
        query = "SELECT p.amount FROM postings JOIN payments p ON p.id = postings.payment WHERE p.account = ?"
        return [row["amount"] for row in rows(self.billing, query, account)]

    def postings(self) -> int:
        """Kopecks posted altogether."""
        query = "SELECT coalesce(sum(p.amount), 0) AS s FROM postings JOIN payments p ON p.id = postings.payment"
        return int(rows(self.billing, query)[0]["s"])

    def tickets(self) -> list[dict[str, Any]]:
        """Every ticket, oldest first."""
        return rows(self.server, "SELECT * FROM tickets ORDER BY taken_at")

    def sessions(self) -> list[dict[str, Any]]:
        """Every conversation, oldest first."""
        return rows(self.server, "SELECT * FROM sessions ORDER BY started_at")
