"""Adapter: many rows by one statement.

One call into the driver for many rows instead of one for each: SQLite then works for all of them without Python's
lock, beside the loop that serves clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table

from signaling.server.row_batch import Alike, Verb
from signaling.server.tables import Moment

#: Rows a statement: few sizes, so that drivers keep the statements prepared. Twelve columns of the largest are far
#: below what a statement may hold (32,766 values in SQLite).
_SIZES = (512, 64, 8, 1)

Processor = Callable[[Any], Any]


class Statement:
    """How rows with these columns are written to a table."""

    def __init__(self, dialect: Dialect, verb: Verb, table: Table, columns: tuple[str, ...]) -> None:
        self._dialect, self._verb, self._table = dialect, verb, table
        self._given = [table.c[name] for name in columns]
        self._texts: dict[int, str] = {}

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the rows; each has another primary key."""
        columns = [(one.name, _processor(one, self._dialect)) for one in self._given]
        for part in _parts(rows):
            values: list[Any] = []
            for row in part:
                for name, process in columns:
                    value = row[name]
                    values.append(value if process is None else process(value))
            connection.exec_driver_sql(self._text(len(part)), tuple(values))

    def _text(self, count: int) -> str:
        text = self._texts.get(count)
        if text is None:
            row = "(" + ", ".join([self._mark] * len(self._given)) + ")"
            text = self._texts[count] = self._form.replace("%ROWS%", ", ".join([row] * count))
        return text

    @cached_property
    def _mark(self) -> str:
        return "?" if self._dialect.paramstyle == "qmark" else "%s"

    @cached_property
    def _form(self) -> str:
        quote = self._dialect.identifier_preparer.quote
        table, keys = quote(self._table.name), [quote(one.name) for one in self._table.primary_key]
        names = [quote(one.name) for one in self._given]
        rest = [quote(one.name) for one in self._given if not one.primary_key]
        if self._verb == "update":
            sets = [f"{quote(one.name)} = {self._value(one)}" for one in self._given if not one.primary_key]
            same = [f"{table}.{quote(one.name)} = {self._value(one)}" for one in self._table.primary_key]
            return (
                f"WITH new_values ({', '.join(names)}) AS (VALUES %ROWS%) "
                f"UPDATE {table} SET {', '.join(sets)} FROM new_values WHERE {' AND '.join(same)}"
            )
        insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES %ROWS%"
        if self._verb == "insert":
            return insert
        sets = [f"{one} = excluded.{one}" for one in rest]
        conflict = f"DO UPDATE SET {', '.join(sets)}" if sets else "DO NOTHING"
        return f"{insert} ON CONFLICT ({', '.join(keys)}) {conflict}"

    def _value(self, column: Column[Any]) -> str:
        """SQLite takes values as they are; PostgreSQL wants to be told what type a list of values has."""
        value = f"new_values.{self._dialect.identifier_preparer.quote(column.name)}"
        if self._dialect.name == "sqlite":
            return value
        return f"CAST({value} AS {column.type.compile(dialect=self._dialect)})"


class BulkRows:
    """Writes rows alike, and remembers how."""

    def __init__(self, dialect: Dialect, tables: Mapping[str, Table]) -> None:
        self._dialect, self._tables = dialect, tables
        self._statements: dict[tuple[Verb, str, tuple[str, ...]], Statement] = {}

    def write(self, connection: Connection, alike: Alike) -> None:
        """Write them, in the transaction that is under way."""
        shape = alike.verb, alike.table, alike.columns
        statement = self._statements.get(shape)
        if statement is None:
            table = self._tables[alike.table]
            statement = self._statements[shape] = Statement(self._dialect, alike.verb, table, alike.columns)
        statement.write(connection, alike.rows)


def _parts(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    begun = 0
    for size in _SIZES:
        while len(rows) - begun >= size:
            yield rows[begun : begun + size]
            begun += size


def _processor(column: Column[Any], dialect: Dialect) -> Processor | None:
    processor: Processor | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if processor is not None and isinstance(column.type, Moment):
        return lru_cache(maxsize=64)(processor)  # what one change writes has one moment
    return processor
