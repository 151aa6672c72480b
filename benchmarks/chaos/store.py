"""Adapter: the tables of the chaos run's server: what its log on a simulated disk says."""

from __future__ import annotations

import json
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from ground.simulated_disk import SimulatedDisk
from payment.documents import SENDING
from payment.lines import WORKED_AT
from payment.moves import State

LOG = "server.log"


class Store:
    """The tables, read back from the log; the part of ``Records`` that the book asks."""

    def __init__(self, disk: SimulatedDisk) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.lines: dict[tuple[str, int], dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.entries: dict[str, list[dict[str, Any]]] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        data = disk.read(LOG) or b""
        whole = data.rpartition(b"\n")[0]
        if data:
            disk.truncate(LOG, len(whole) + 1 if whole else 0)
        for line in whole.splitlines():
            self.apply(json.loads(line))

    def apply(self, writes: list[Any]) -> None:
        """One change."""
        for table, key, row in writes:
            match table:
                case "purchase_entries":
                    self.entries.setdefault(row["purchase_id"], []).append(row)
                case "purchase_lines":
                    self.lines[row["purchase_id"], row["number"]] = row
                case "refunds":
                    self.orders[row["id"]] = row
                case "fiscal_documents":
                    self.documents[row["id"]] = row
                case _ if key is None:
                    self.rows[row["id"]] = row
                case _:
                    self.rows[key["id"]].update(row)

    def purchase(self, purchase_id: str) -> Any:
        """A purchase's row."""
        row = self.rows.get(purchase_id)
        return None if row is None else SimpleNamespace(**row)

    def purchase_entries(self, purchase_id: str) -> list[Any]:
        """Its entries in order."""
        rows = sorted(self.entries.get(purchase_id, []), key=lambda row: int(row["seq"]))
        return [SimpleNamespace(**row) for row in rows]

    def purchase_lines(self, purchase_id: str) -> list[Any]:
        """Where the money of its lines is."""
        return [_row(row) for (owner, _), row in self.lines.items() if owner == purchase_id]

    def refunds(self, purchase_id: str) -> list[Any]:
        """Its refunds."""
        return [_row(row) for row in self.orders.values() if row["purchase_id"] == purchase_id]

    def purchases_worked_at(self) -> list[str]:
        """Those with a line that the outbox works at."""
        return list(dict.fromkeys(row["purchase_id"] for row in self.lines.values() if row["state"] in WORKED_AT))

    def fiscal_documents(self, purchase_id: str) -> list[Any]:
        """Its fiscal documents, the sale's first."""
        own = [row for row in self.documents.values() if row["purchase_id"] == purchase_id]
        return [_row(row) for row in sorted(own, key=lambda row: (row["kind"], row["id"]))]

    def purchases_to_document(self) -> list[str]:
        """Those with a document that is not issued yet."""
        due = (row["purchase_id"] for row in self.documents.values() if row["state"] in SENDING)
        return list(dict.fromkeys(due))

    def purchases_to_tell(self, kiosk_id: str) -> list[str]:
        """Those of which the kiosk may still have to hear something."""
        settled = [row["id"] for row in self.rows.values() if row["state"] == State.APPROVED and row["posted_at"]]
        refunds = [row["purchase_id"] for row in self.orders.values() if row["state"] == "ordered"]
        clarified = [row["id"] for row in self.rows.values() if row["clarification"]]
        issued = [row["purchase_id"] for row in self.documents.values() if row["state"] == "issued"]
        return list(dict.fromkeys([*settled, *refunds, *clarified, *issued]))


def _row(row: dict[str, Any]) -> Any:
    moments = {name: datetime.fromisoformat(row[name]) for name in row if name.endswith("_at") and row[name]}
    return SimpleNamespace(**{**row, **moments})
