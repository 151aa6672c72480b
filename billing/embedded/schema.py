"""Adapter: the tables of the embedded billing system, and how its file is opened.

Amounts are integer minor units of the account's currency. Days are ISO dates, moments ISO UTC, periods
``2026-11``: texts that sort by time. What follows from other rows is never stored: what an account owes is
opening + invoices - payments, what was used is the difference of two readings.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from billing.errors import BillingError

TABLES = """
CREATE TABLE accounts (
    number TEXT PRIMARY KEY, supplier TEXT NOT NULL, currency TEXT NOT NULL, tariff TEXT NOT NULL,
    surname TEXT NOT NULL, given TEXT NOT NULL, patronymic TEXT NOT NULL, surname_first INTEGER NOT NULL,
    region TEXT NOT NULL, town TEXT NOT NULL, street TEXT NOT NULL, house TEXT NOT NULL, flat TEXT NOT NULL,
    card_uid TEXT UNIQUE, opening INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE meters (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, service TEXT NOT NULL, model TEXT NOT NULL, serial TEXT NOT NULL,
    unit TEXT NOT NULL, digits INTEGER NOT NULL, most_per_hour TEXT NOT NULL, verified_until TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE zones (
    meter TEXT NOT NULL, zone TEXT NOT NULL, price INTEGER NOT NULL, PRIMARY KEY (meter, zone)
) WITHOUT ROWID;
CREATE TABLE readings (
    meter TEXT NOT NULL, zone TEXT NOT NULL, period TEXT NOT NULL, value INTEGER NOT NULL,
    taken_at TEXT NOT NULL, channel TEXT NOT NULL, author TEXT NOT NULL, PRIMARY KEY (meter, zone, period)
) WITHOUT ROWID;
CREATE TABLE reading_log (
    id INTEGER PRIMARY KEY, meter TEXT NOT NULL, zone TEXT NOT NULL, period TEXT NOT NULL, value INTEGER NOT NULL,
    taken_at TEXT NOT NULL, received_at TEXT NOT NULL, channel TEXT NOT NULL, author TEXT NOT NULL,
    confirmed TEXT NOT NULL, stands INTEGER NOT NULL
);
CREATE TABLE invoices (
    number TEXT PRIMARY KEY, account TEXT NOT NULL, period TEXT NOT NULL, amount INTEGER NOT NULL,
    issued_on TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE payments (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, amount INTEGER NOT NULL, paid_at TEXT NOT NULL,
    channel TEXT NOT NULL, reference TEXT NOT NULL
);
CREATE TABLE postings (
    idempotency_key TEXT PRIMARY KEY, payment INTEGER NOT NULL UNIQUE REFERENCES payments (id),
    content TEXT NOT NULL, answer TEXT NOT NULL
) WITHOUT ROWID;
"""
INDEXES = """
CREATE INDEX meters_of_account ON meters (account);
CREATE INDEX invoices_of_account ON invoices (account, period);
CREATE INDEX payments_of_account ON payments (account, paid_at);
"""


def open_book(path: Path) -> sqlite3.Connection:
    """The book, durable on every commit: WAL with ``synchronous=FULL``. One connection, one owner.

    Raises BillingError ``billing.book_damaged`` when the file is not a whole book (checked in about 0.1 s).
    """
    try:
        book = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        book.row_factory = sqlite3.Row
        book.execute("PRAGMA journal_mode=WAL")
        book.execute("PRAGMA synchronous=FULL")
        book.execute("PRAGMA foreign_keys=ON")
        found = str(book.execute("PRAGMA quick_check(1)").fetchone()[0])
        book.execute("SELECT 1 FROM postings LIMIT 1").fetchone()
    except sqlite3.DatabaseError as error:
        raise BillingError(f"{path.name} is damaged: {error}", code="billing.book_damaged") from error
    if found != "ok":
        raise BillingError(f"{path.name} is damaged: {found}", code="billing.book_damaged")
    return book
