"""Adapter: every ticket of a log's years, in a file that is gone with its user: memory stays the same however many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

_CACHE_KIB = 8_192


class TakenTickets:
    """A set of ids, of which ``add`` and ``in`` are needed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, ticket_id: str) -> None:
        """Remember it."""
        self._connection.execute("INSERT OR IGNORE INTO taken VALUES (?)", (ticket_id,))

    def __contains__(self, ticket_id: object) -> bool:
        """Whether it was added."""
        return self._connection.execute("SELECT 1 FROM taken WHERE id = ?", (ticket_id,)).fetchone() is not None


@contextmanager
def taken_tickets() -> Iterator[TakenTickets]:
    """None so far; SQLite's file without a name lies where the system has room for such (TMPDIR)."""
    with closing(sqlite3.connect("")) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute("CREATE TABLE taken (id TEXT PRIMARY KEY) WITHOUT ROWID")
        yield TakenTickets(connection)
