"""Adapter: the book of record read from a server's database, for those who hold it against others' books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from ground.money import Money
from payment.book import Page
from payment.reconciliation import Counted, TerminalClosing
from signaling.server import tables as t
from signaling.server.purchase_rows import page_of


def pages(connection: Connection, since: datetime | None = None) -> Iterator[Page]:
    """Every page of the book, oldest first; only those that changed after ``since``, if given."""
    wanted = select(t.purchases).order_by(t.purchases.c.id)
    if since is not None:
        wanted = wanted.where(t.purchases.c.changed_at >= since)
    rows = connection.execute(wanted).all()
    tables = (t.purchase_entries, t.purchase_lines, t.refunds, t.fiscal_documents)
    entries, lines, refunds, documents = (_by_purchase(connection, table) for table in tables)
    for row in rows:
        told = sorted(entries[row.id], key=lambda entry: int(entry.seq))
        ordered = sorted(documents[row.id], key=lambda one: (str(one.kind), str(one.id)))
        yield page_of(row, told, lines[row.id], refunds[row.id], ordered)


def _by_purchase(connection: Connection, table: Any) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(select(table)):
        found[row.purchase_id].append(row)
    return found


def terminal_days(connection: Connection) -> list[TerminalClosing]:
    """Every closing of a terminal's day that kiosks have told of, oldest first."""
    rows = connection.execute(select(t.terminal_days).order_by(t.terminal_days.c.closed_at))
    found = []
    for row in rows:
        counted = [
            Counted(total["kind"], Money(total["amount"]["minor"], total["amount"]["currency"])) for total in row.totals
        ]
        found.append(TerminalClosing(row.poi_id, row.closed_at, tuple(counted)))
    return found
