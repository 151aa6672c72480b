"""Adapter: the emulated terminal's own ledger, one synced JSON line for each thing that happened to money."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from ground.clock import Clock
from ground.disk import Disk

NAME = "ledger.jsonl"


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the terminal knows of one request. ``outcome`` is None while it runs."""

    category: str
    sale_id: str
    service_id: str
    poi_transaction: str
    at: str
    amount: int = 0  # minor units asked
    currency: str = ""
    outcome: str | None = None  # charged, reversed or a nexo ErrorCondition
    charged: int = 0  # minor units
    text: str = ""
    partial: bool = False
    order: str = ""  # the sale transaction's id
    card: str = ""  # masked
    brand: str = ""
    approval: str = ""
    rrn: str = ""  # the acquirer's number

    @property
    def key(self) -> tuple[str, str, str]:
        """What a TransactionStatus names it by."""
        return self.category, self.sale_id, self.service_id


class Ledger:
    """Append-only; a torn last line is dropped when it is read again."""

    def __init__(self, disk: Disk, clock: Clock) -> None:
        self._disk, self._clock = disk, clock
        self.transactions: dict[tuple[str, str, str], Transaction] = {}
        self.closed: dict[str, list[tuple[str, str, str]]] = {}  # POIReconciliationID -> what ended in that period
        self._ended: list[tuple[str, str, str]] = []
        whole = (disk.read(NAME) or b"").rpartition(b"\n")[0]
        for line in whole.splitlines():
            self._apply(json.loads(line))
        if disk.read(NAME) is not None:
            disk.truncate(NAME, len(whole) + 1 if whole else 0)
        self._file = disk.open_append(NAME)

    def begin(self, transaction: Transaction) -> None:
        """A request was taken up."""
        self._write(
            {
                "event": "begun",
                "category": transaction.category,
                "sale_id": transaction.sale_id,
                "service_id": transaction.service_id,
                "poi_transaction": transaction.poi_transaction,
                "amount": transaction.amount,
                "currency": transaction.currency,
                "order": transaction.order,
            }
        )

    def end(self, transaction: Transaction, outcome: str, **more: Any) -> Transaction:
        """It ended; durable before anybody is told."""
        self._write(
            {
                "event": "ended",
                "category": transaction.category,
                "sale_id": transaction.sale_id,
                "service_id": transaction.service_id,
                "outcome": outcome,
                **more,
            }
        )
        return self.transactions[transaction.key]

    @property
    def period(self) -> str:
        """The POIReconciliationID of the period that is open."""
        return f"{len(self.closed) + 1:06d}"

    def close_period(self) -> str:
        """The day's end; the id of the period that it closes."""
        closed = self.period
        self._write({"event": "reconciled", "id": closed})
        return closed

    def ended_in(self, period: str) -> list[Transaction] | None:
        """What ended in a period, the open one among them; None when there was none of this id."""
        keys = self._ended if period == self.period else self.closed.get(period)
        return None if keys is None else [self.transactions[key] for key in keys]

    def end_what_was_cut_off(self) -> None:
        """The power was lost in the middle: the card was never charged."""
        for transaction in list(self.transactions.values()):
            if transaction.outcome is None:
                self.end(transaction, "Aborted", text="power lost")

    def by_poi_transaction(self, name: str) -> Transaction | None:
        """The payment the terminal once gave this name."""
        return next(
            (t for t in self.transactions.values() if t.poi_transaction == name and t.category == "Payment"), None
        )

    def left(self, name: str) -> int:
        """Minor units that the card holder has not got back of the payment of this name."""
        paid = self.by_poi_transaction(name)
        undone = (t for t in self.transactions.values() if t.category == "Reversal" and t.outcome == "reversed")
        return (paid.charged if paid else 0) + sum(t.charged for t in undone if t.text == name)

    def _write(self, line: dict[str, Any]) -> None:
        line["at"] = self._clock.now().isoformat()
        self._file.append(json.dumps(line).encode() + b"\n")
        self._file.sync()
        self._apply(line)

    def _apply(self, line: dict[str, Any]) -> None:
        if line["event"] == "reconciled":
            self.closed[line["id"]], self._ended = self._ended, []
            return
        key = (line["category"], line["sale_id"], line["service_id"])
        if line["event"] == "begun":
            self.transactions[key] = Transaction(
                *key, line["poi_transaction"], line["at"], line["amount"], line["currency"], order=line.get("order", "")
            )
        else:
            self._ended.append(key)
            self.transactions[key] = replace(
                self.transactions[key],
                outcome=line["outcome"],
                charged=line.get("charged", 0),
                text=line.get("text", ""),
                partial=line.get("partial", False),
                **{name: line.get(name, "") for name in ("card", "brand", "approval", "rrn")},
            )
