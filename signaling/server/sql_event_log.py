"""Adapter: the event log in a database, by SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from ground.logs import fault
from signaling.server.bulk_rows import BulkRows, Call
from signaling.server.database import move_to_places, reading
from signaling.server.event_log import (
    GENESIS,
    Change,
    DamagedDatabase,
    Entry,
    Expire,
    LogBroken,
    StoredEntry,
    Update,
    chained,
    chained_at,
)
from signaling.server.row_batch import Alike, batched
from signaling.server.tables import event_log, metadata, moment_text

#: The primary key of each table whose rows may be written in groups: those without another unique column.
_KEYS = {
    table.name: tuple(column.name for column in table.primary_key)
    for table in metadata.tables.values()
    if not any(column.unique for column in table.columns)
}


_WIDTH = len(event_log.columns)


@dataclass(frozen=True, slots=True)
class _Transaction:
    """What is written at once: made in the loop, so that the thread that writes hardly needs Python's lock."""

    entries: list[tuple[str, Entry]]
    #: number and hash of the entry that ``rows``, those of the entries, follow
    after: tuple[int, str]
    rows: list[Any]
    writes: list[Call | Update | Expire]


class SqlEventLog:
    """Entries and projections of an SQLAlchemy engine.

    ``session``: of the one server of a PostgreSQL: it is written in that and no other, for it holds the lock.
    """

    def __init__(self, engine: Engine, session: Connection | None = None) -> None:
        self._engine, self._bulk = engine, BulkRows(engine.dialect, metadata.tables)
        self._session, self._failed = session, False
        self._entries = self._bulk.statement("insert", event_log.name, tuple(one.name for one in event_log.columns))
        #: number and hash of the entry written last, as far as we know
        self._last = (0, GENESIS)

    def ready(self, changes: Sequence[Change]) -> Callable[[], None]:
        """As the port says."""
        try:
            transaction = self._made(changes)
        except Exception as error:  # whatever it was: memory is ahead of the disk now
            raise LogBroken(f"the event log cannot hold what happened: {_why(error)}") from error

        def write() -> None:
            try:
                with self._writing() as connection:
                    self._run(connection, transaction)
            except Exception as error:
                raise LogBroken(f"the event log could not be written: {_why(error)}") from error

        return write

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._session is None:
            with self._engine.begin() as connection:
                yield connection
            return
        if self._failed or self._session.invalidated:  # SQLAlchemy would connect again, without the lock
            raise LogBroken("the session that holds the lock has ended")
        try:
            with self._session.begin():
                yield self._session
        except BaseException:
            self._failed = True
            raise

    def alive(self) -> None:
        """As the port says."""
        if self._session is None:
            return
        try:
            with self._writing() as connection:
                connection.execute(text("SELECT 1"))
        except Exception as error:
            raise LogBroken(f"the database has gone: {_why(error)}") from error

    def append(self, changes: Sequence[Change]) -> None:
        """Write the changes now; durable on return. Raises LogBroken."""
        self.ready(changes)()

    def append_made(self, make: Callable[[Connection], Change]) -> None:
        """Append what ``make`` makes of what it reads, with every other writer kept out from its first look on.

        For those who write beside the running server. An error of ``make`` is raised as it is, and nothing is written.
        """
        with self._engine.begin() as connection:
            _head(connection)
            self._run(connection, self._made([make(connection)]))

    def _made(self, changes: Sequence[Change]) -> _Transaction:
        entries = [(moment_text(change.at), entry) for change in changes for entry in change.entries]
        writes: list[Call | Update | Expire] = []
        for one in batched((write for change in changes for write in change.writes), _KEYS):
            if isinstance(one, Alike):
                writes += self._bulk.of(one)
            else:
                writes.append(one)
        return _Transaction(entries, self._last, _rows_after(self._last, entries), writes)

    def _run(self, connection: Connection, made: _Transaction) -> None:
        head = _head(connection)
        rows = made.rows if head == made.after else _rows_after(head, made.entries)  # somebody wrote beside us
        cursor = connection.connection.cursor()  # the driver's own: SQLAlchemy's takes longer than SQLite
        for call in self._entries.of_values(rows):
            cursor.execute(*call)
        for one in made.writes:
            if isinstance(one, tuple):
                cursor.execute(*one)
            else:
                _perform(connection, one)
        cursor.close()
        self._last = (rows[-_WIDTH], rows[-1]) if rows else head

    def tidy(self) -> None:
        """As the port says."""
        move_to_places(self._engine)

    def newest(self, kind: str | None = None) -> StoredEntry | None:
        """As the port says."""
        query = select(event_log).order_by(event_log.c.number.desc()).limit(1)
        with reading(self._engine).connect() as connection:
            row = connection.execute(query if kind is None else query.where(event_log.c.kind == kind)).first()
        return None if row is None else StoredEntry(row.number, row.at, row.kind, row.body)

    def end(self) -> tuple[int, str]:
        """As the port says."""
        with reading(self._engine).connect() as connection:
            return _end(connection)

    def hash_of(self, number: int) -> str | None:
        """As the port says."""
        query = select(event_log.c.hash).where(event_log.c.number == number)
        with reading(self._engine).connect() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def read_all(self, after: tuple[int, str] = (0, GENESIS)) -> Iterator[StoredEntry]:
        """As the port says."""
        expected, previous = after[0] + 1, after[1]
        with reading(self._engine).connect() as connection:
            for row in connection.execution_options(yield_per=1000).execute(
                select(event_log).where(event_log.c.number > after[0]).order_by(event_log.c.number)
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


def _why(error: Exception) -> str:
    """A database's own first line, or where it broke: what follows in an error may quote the rows."""
    said = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    of_a_driver = any(one.__name__ == "Error" for one in type(said).__mro__)  # by PEP 249 each driver has one
    return str(said).partition("\n")[0] if of_a_driver else fault(said)


def _rows_after(end: tuple[int, str], entries: Iterable[tuple[str, Entry]]) -> list[Any]:
    """All values of the entries' rows, one after the other."""
    number, previous = end
    values: list[Any] = []
    for at, entry in entries:
        number += 1
        digest = chained_at(previous, number, at, entry)
        values += (number, at, entry.kind, entry.body, previous, digest)
        previous = digest
    return values


def _head(connection: Connection) -> tuple[int, str]:
    """The last number and hash, with every other writer kept out until we commit."""
    if connection.dialect.name == "postgresql":  # SQLite: each transaction begins IMMEDIATE (database.py)
        connection.execute(text("LOCK TABLE event_log IN EXCLUSIVE MODE"))
    return _end(connection)


def _end(connection: Connection) -> tuple[int, str]:
    last = connection.exec_driver_sql("SELECT number, hash FROM event_log ORDER BY number DESC LIMIT 1").first()
    return (0, GENESIS) if last is None else (last.number, last.hash)


def _perform(connection: Connection, write: Update | Expire) -> None:
    table = metadata.tables[write.table]
    match write:
        case Update(key=key, values=values):
            same = and_(*(table.c[name] == value for name, value in key.items()))
            connection.execute(update(table).where(same).values(dict(values)))
        case Expire(column=column, before=before):
            connection.execute(delete(table).where(table.c[column] < before))
