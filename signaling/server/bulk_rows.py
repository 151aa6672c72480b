"""Adapter: many rows by one statement.

One call into the driver for many rows instead of one for each: SQLite then works for all of them without Python's
lock, beside the loop that serves clients. Statements are made where the rows are, and run where the driver is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Dialect, Table

from signaling.server.row_batch import Alike, Verb
from signaling.server.tables import Moment, moment_text

#: Rows a statement: few sizes, so that drivers keep the statements prepared. Twelve columns of the largest are far
#: below what a statement may hold (32,766 values in SQLite).
_SIZES = tuple(1 << power for power in range(10))

Processor = Callable[[Any], Any]
#: A statement and its values, for the driver's own cursor.
Call = tuple[str, list[Any]]


class Statement:
    """How rows with these columns are written to a table."""

    def __init__(self, dialect: Dialect, verb: Verb, table: Table, columns: tuple[str, ...]) -> None:
        self._dialect, self._verb, self._table = dialect, verb, table
        self._given = [table.c[name] for name in columns]
        self._texts: dict[int, str] = {}

    def of(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Call]:
        """What writes the rows; each has another primary key."""
        of_row, width = self._of_row, len(self._given)
        values: list[Any] = []
        for row in rows:
            values += of_row(row)
        for place, process in self._processed:
            values[place::width] = map(process, values[place::width])
        return self.of_values(values)

    def of_values(self, values: list[Any]) -> Iterator[Call]:
        """What writes rows given as one list of all their values, as the driver wants them."""
        width, begun = len(self._given), 0
        if self._padded and self._verb != "update" and None in values[self._filled :: width]:
            raise ValueError(f"a row of {self._table.name} without its {self._given[self._filled].name}")
        for rows, size in _sizes(len(values) // width, padded=self._padded):
            part = values[begun : begun + rows * width]
            part += [None] * ((size - rows) * width)
            yield self._text(size), part
            begun += rows * width

    @cached_property
    def _padded(self) -> bool:
        """Whether a statement may be given rows of nothing, which it leaves out, so that there are few statements.

        Between two of them Python's lock has to be had again, and each time the loop may keep it for a while. Not for
        PostgreSQL, which would have to be told what type nothing has.
        """
        return self._dialect.name == "sqlite"

    @cached_property
    def _of_row(self) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        if len(self._given) > 1:
            return itemgetter(*[one.name for one in self._given])
        (only,) = self._given
        return lambda row: (row[only.name],)

    @cached_property
    def _processed(self) -> list[tuple[int, Processor]]:
        """Which values the driver does not take as they are."""
        found = [(place, _processor(one, self._dialect)) for place, one in enumerate(self._given)]
        return [(place, process) for place, process in found if process is not None]

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
        rows = "VALUES %ROWS%"
        if self._padded:
            rows = f"SELECT * FROM (VALUES %ROWS%) WHERE column{self._filled + 1} IS NOT NULL"
        insert = f"INSERT INTO {table} ({', '.join(names)}) {rows}"
        if self._verb == "insert":
            return insert
        sets = [f"{one} = excluded.{one}" for one in rest]
        conflict = f"DO UPDATE SET {', '.join(sets)}" if sets else "DO NOTHING"
        return f"{insert} ON CONFLICT ({', '.join(keys)}) {conflict}"

    @cached_property
    def _filled(self) -> int:
        """The place of a column that no row leaves empty."""
        return next(place for place, one in enumerate(self._given) if not one.nullable)

    def _value(self, column: Column[Any]) -> str:
        """SQLite takes values as they are; PostgreSQL wants to be told what type a list of values has."""
        value = f"new_values.{self._dialect.identifier_preparer.quote(column.name)}"
        if self._dialect.name == "sqlite":
            return value
        return f"CAST({value} AS {column.type.compile(dialect=self._dialect)})"


class BulkRows:
    """Makes statements that write rows alike, and remembers how."""

    def __init__(self, dialect: Dialect, tables: Mapping[str, Table]) -> None:
        self._dialect, self._tables = dialect, tables
        self._statements: dict[tuple[Verb, str, tuple[str, ...]], Statement] = {}

    def of(self, alike: Alike) -> Iterator[Call]:
        """What writes them."""
        return self.statement(alike.verb, alike.table, alike.columns).of(alike.rows)

    def statement(self, verb: Verb, table: str, columns: tuple[str, ...]) -> Statement:
        """How rows with these columns are written."""
        shape = verb, table, columns
        statement = self._statements.get(shape)
        if statement is None:
            statement = self._statements[shape] = Statement(self._dialect, verb, self._tables[table], columns)
        return statement


def _sizes(count: int, *, padded: bool) -> Iterator[tuple[int, int]]:
    """(rows, size) of each statement; only a padded one holds fewer rows than its size."""
    while count:
        at_most = _SIZES[-1] if count >= _SIZES[-1] else next(size for size in _SIZES if size >= count)
        size = at_most if padded or at_most <= count else at_most // 2
        rows = min(size, count)
        yield rows, size
        count -= rows


def _processor(column: Column[Any], dialect: Dialect) -> Processor | None:
    if isinstance(column.type, Moment):
        return _moment
    processor: Processor | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return processor


def _moment(value: datetime | None) -> str | None:
    return None if value is None else moment_text(value)
