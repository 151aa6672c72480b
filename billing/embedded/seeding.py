"""Adapter: makes the book once, in a draft that takes its name only when it is whole, and reuses it ever after."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import datetime
from pathlib import Path

from billing.embedded.demo import DEMO_ACCOUNTS, add_demo
from billing.embedded.population import Row, populate
from billing.embedded.schema import INDEXES, TABLES
from ground.disk import RealDisk
from ground.money import Money

BOOK_FILE = "billing.db"
DEMO_FILE = "demo_accounts.json"
_DRAFT = "billing.db.draft"


def seeded_book(folder: Path, seed: int, accounts: int, now: datetime) -> Path:
    """The path of the folder's book; made from ``seed`` when there is none yet (about three seconds for 5,000).

    ``accounts`` counts the demo accounts in, which are always there.
    """
    path = folder / BOOK_FILE
    if path.exists():
        return path
    draft = folder / _DRAFT
    draft.unlink(missing_ok=True)
    rows = populate(seed, max(0, accounts - len(DEMO_ACCOUNTS)), now)
    add_demo(rows, seed, now)
    book = sqlite3.connect(draft, isolation_level=None)
    book.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + TABLES)
    book.execute("BEGIN")
    _insert(book, "accounts", rows.accounts)
    _insert(book, "meters", rows.meters)
    _insert(book, "zones", rows.zones)
    _insert(book, "readings", rows.readings)
    _insert(book, "invoices", rows.invoices)
    _insert(book, "payments (account, amount, paid_at, channel, reference)", rows.payments)
    book.execute("COMMIT")
    book.executescript(INDEXES)
    book.close()
    disk = RealDisk(folder)
    disk.replace(DEMO_FILE, json.dumps(demo_accounts(), ensure_ascii=False, indent=2).encode())
    with draft.open("rb+") as written:
        os.fsync(written.fileno())
    draft.chmod(0o600)
    draft.replace(path)
    return path


def demo_accounts() -> list[dict[str, object]]:
    """What ``demo_accounts.json`` tells a person who wants to try: numbers, cards, last values."""
    return [
        {
            "what": account.what,
            "number": account.number,
            "supplier": account.supplier,
            "holder": account.holder.full,
            "address": account.address.line,
            "card_uid": account.card_uid,
            "debt": str(Money(account.debt, "EUR" if account.supplier == "gaze" else "RUB")),
            "meters": [
                {
                    "id": meter.id,
                    "model": meter.model,
                    "digits": meter.digits,
                    "last": {
                        register.zone.value: f"{register.last_value:0{meter.digits}d}" for register in meter.registers
                    },
                }
                for meter in account.meters
            ],
        }
        for account in DEMO_ACCOUNTS
    ]


def _insert(book: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        book.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
