"""Adapter: the book of record read from a server's database, for those who hold it against others' books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, String, func, select

from ground.money import Money
from payment.book import Page
from payment.reconciliation import Counted, TerminalClosing
from signaling.server import tables as t
from signaling.server.purchase_rows import page_of


def pages(connection: Connection, ending: str = "") -> Iterator[Page]:
    """Every page of the book, oldest first, whose purchase's id without hyphens ends in this."""
    names = select(t.purchases.c.id).where(
        func.replace(t.purchases.c.id, "-", "", type_=String).endswith(ending, autoescape=True)
    )
    rows = connection.execute(select(t.purchases).where(t.purchases.c.id.in_(names)).order_by(t.purchases.c.id)).all()
    tables = (t.purchase_entries, t.purchase_lines, t.refunds, t.fiscal_documents)
    entries, lines, refunds, documents = (_by_purchase(connection, table, names) for table in tables)
    for row in rows:
        told = sorted(entries[row.id], key=lambda entry: int(entry.seq))
        ordered = sorted(documents[row.id], key=lambda one: (str(one.kind), str(one.id)))
        yield page_of(row, told, lines[row.id], refunds[row.id], ordered)


def _by_purchase(connection: Connection, table: Any, names: Select[Any]) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(select(table).where(table.c.purchase_id.in_(names))):
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
