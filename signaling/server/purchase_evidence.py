"""Adapter: the book of record read from a server's database, for those who hold it against others' books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, and_, func, or_, select

from ground.ids import last_id_of
from ground.money import Money
from payment.book import Page
from payment.book_part import BookPart
from payment.reconciliation import Counted, TerminalClosing
from signaling.server import tables as t
from signaling.server.purchase_rows import page_of

_AT_ONCE = 500  # pages in memory
_VERSION_AT = 15  # where a UUID's text says its version (RFC 9562 section 4), counted from 1


def pages_ending(connection: Connection, ending: str) -> Iterator[Page]:
    """Pages whose purchase's id without hyphens ends in this."""
    plain = func.replace(t.purchases.c.id, "-", "", type_=String)
    found = select(t.purchases.c.id).where(plain.endswith(ending, autoescape=True)).order_by(t.purchases.c.id)
    return _pages(connection, [str(row.id) for row in connection.execute(found)])


def pages_of(connection: Connection, part: BookPart) -> Iterator[Page]:
    """Pages of this part of the book, oldest first; never more than some hundreds in memory at once.

    A UUIDv7 tells when its purchase was begun; one with another id is taken for any time.
    """
    c = t.purchases.c
    by_time = or_(c.id <= last_id_of(part.until), func.substr(c.id, _VERSION_AT, 1) != "7")
    found = select(c.id).where(and_(c.changed_at >= part.since, by_time))
    wanted = {str(row.id) for row in connection.execute(found)}
    return _pages(connection, sorted(wanted | part.named))


def _pages(connection: Connection, ids: Sequence[str]) -> Iterator[Page]:
    """The pages there are of these purchases."""
    tables = (t.purchase_entries, t.purchase_lines, t.refunds, t.fiscal_documents)
    for begun in range(0, len(ids), _AT_ONCE):
        some = ids[begun : begun + _AT_ONCE]
        rows = connection.execute(
            select(t.purchases).where(t.purchases.c.id.in_(some)).order_by(t.purchases.c.id)
        ).all()
        entries, lines, refunds, documents = (_by_purchase(connection, table, some) for table in tables)
        for row in rows:
            told = sorted(entries[row.id], key=lambda entry: int(entry.seq))
            ordered = sorted(documents[row.id], key=lambda one: (str(one.kind), str(one.id)))
            yield page_of(row, told, lines[row.id], refunds[row.id], ordered)


def _by_purchase(connection: Connection, table: Any, ids: Sequence[str]) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(select(table).where(table.c.purchase_id.in_(ids))):
        found[row.purchase_id].append(row)
    return found


def terminal_days(connection: Connection, since: datetime) -> list[TerminalClosing]:
    """What terminals told when they closed a day since then, and each one's last closing before, oldest first."""
    c = t.terminal_days.c
    last = select(c.poi_id, func.max(c.closed_at).label("at")).where(c.closed_at < since).group_by(c.poi_id).subquery()
    before = t.terminal_days.join(last, and_(c.poi_id == last.c.poi_id, c.closed_at == last.c.at))
    rows = [
        *connection.execute(select(t.terminal_days).select_from(before)),
        *connection.execute(select(t.terminal_days).where(c.closed_at >= since)),
    ]
    return [_closing(row) for row in sorted(rows, key=lambda row: row.closed_at)]


def _closing(row: Any) -> TerminalClosing:
    counted = (
        Counted(total["kind"], Money(total["amount"]["minor"], total["amount"]["currency"])) for total in row.totals
    )
    return TerminalClosing(row.poi_id, row.closed_at, tuple(counted))
