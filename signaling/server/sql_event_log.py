"""Adapter: the event log in a database, by SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Engine, Table, and_, delete, insert, select, text, update
from sqlalchemy import Insert as Insertion
from sqlalchemy.dialects import sqlite

from signaling.server.database import reading
from signaling.server.event_log import (
    GENESIS,
    Change,
    DamagedDatabase,
    Entry,
    Expire,
    Insert,
    LogBroken,
    Put,
    StoredEntry,
    Update,
    Write,
    chained,
)
from signaling.server.tables import event_log, kept_replies, metadata


class SqlEventLog:
    """Entries and projections of an SQLAlchemy engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, changes: Sequence[Change]) -> None:
        """As the port says."""
        try:
            with self._engine.begin() as connection:
                self._append(connection, changes)
        except Exception as error:  # whatever it was: memory is ahead of the disk now
            raise LogBroken(f"the event log could not be written: {error}") from error

    def _append(self, connection: Connection, changes: Sequence[Change]) -> None:
        number, previous = _head(connection)
        rows = []
        for change in changes:
            for entry in change.entries:
                number += 1
                digest = chained(previous, number, change.at, entry)
                rows.append(
                    {
                        "number": number,
                        "at": change.at,
                        "kind": entry.kind,
                        "body": entry.body,
                        "previous": previous,
                        "hash": digest,
                    }
                )
                previous = digest
        if rows:
            connection.execute(insert(event_log), rows)
        replies = []
        for change in changes:
            for write in change.writes:
                if isinstance(write, Put) and write.table == kept_replies.name:
                    replies.append(dict(write.row))  # almost every change has one: written together
                else:
                    _perform(connection, write)
        if replies:
            connection.execute(_put(connection, kept_replies, list(replies[0])), replies)

    def read_all(self) -> Iterator[StoredEntry]:
        """As the port says."""
        previous, expected = GENESIS, 1
        with reading(self._engine).connect() as connection:
            for row in connection.execution_options(yield_per=1000).execute(
                select(event_log).order_by(event_log.c.number)
            ):
                entry = Entry(row.kind, row.body)
                if (
                    row.number != expected
                    or row.previous != previous
                    or row.hash != chained(previous, row.number, row.at, entry)
                ):
                    raise DamagedDatabase(
                        f"The event log is broken at entry {expected}: its hash does not follow from the entry before. "
                        "Nothing was changed. Restore the database from a backup."
                    )
                yield StoredEntry(row.number, row.at, row.kind, row.body)
                previous, expected = row.hash, expected + 1


def _head(connection: Connection) -> tuple[int, str]:
    """The last number and hash, with every other writer kept out until we commit."""
    if connection.dialect.name == "postgresql":  # SQLite: each transaction begins IMMEDIATE (database.py)
        connection.execute(text("LOCK TABLE event_log IN EXCLUSIVE MODE"))
    last = connection.execute(
        select(event_log.c.number, event_log.c.hash).order_by(event_log.c.number.desc()).limit(1)
    ).first()
    return (0, GENESIS) if last is None else (last.number, last.hash)


def _perform(connection: Connection, write: Write) -> None:
    table = metadata.tables[write.table]
    match write:
        case Insert(row=row):
            connection.execute(insert(table), [dict(row)])
        case Update(key=key, values=values):
            connection.execute(
                update(table).where(and_(*(table.c[name] == value for name, value in key.items()))).values(dict(values))
            )
        case Expire(column=column, before=before):
            connection.execute(delete(table).where(table.c[column] < before))
        case Put(row=row):
            connection.execute(_put(connection, table, list(row)), [dict(row)])


def _put(connection: Connection, table: Table, columns: list[str]) -> Insertion:
    """An insert that replaces these columns of a row that is there already."""
    keys = [column.name for column in table.primary_key]
    rest = [name for name in columns if name not in keys]
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # with its drivers a fifth of our start, and not everybody's

        for_postgresql = postgresql.insert(table)
        replaced = {name: for_postgresql.excluded[name] for name in rest}
        return for_postgresql.on_conflict_do_update(index_elements=keys, set_=replaced)
    for_sqlite = sqlite.insert(table)
    return for_sqlite.on_conflict_do_update(index_elements=keys, set_={one: for_sqlite.excluded[one] for one in rest})
