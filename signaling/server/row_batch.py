"""Rules: the writes of one transaction made few: of each row only its last values, and rows alike together.

Nobody sees the inside of a transaction, so what is written twice in it is written once. Tables are independent of
each other (there are no foreign keys); within a table nothing overtakes what it could depend on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Literal

from signaling.server.event_log import Expire, Insert, Put, Update, Write

Verb = Literal["insert", "put", "update"]


@dataclass(frozen=True, slots=True)
class Alike:
    """Rows of a table with the same columns, each of another key, that one statement may write."""

    verb: Verb
    table: str
    columns: tuple[str, ...]
    rows: list[Mapping[str, Any]]


class _Table:
    """What waits to be written to one table."""

    def __init__(self, name: str, keys: tuple[str, ...]) -> None:
        self.name = name
        self._names, self._key_of = set(keys), itemgetter(*keys)
        self._rows: dict[Any, tuple[Verb, dict[str, Any]]] = {}

    def add(self, verb: Verb, values: dict[str, Any]) -> list[Alike]:
        """What had to be written before this write could be taken."""
        key = self._key_of(values)
        row = self._rows.get(key)
        if row is None:
            self._rows[key] = verb, values
            return []
        if verb == "put" and row[0] != "update":  # the same as one write of both
            row[1].update(values)
            return []
        before = self.flush()
        self._rows[key] = verb, values
        return before

    def update(self, key: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
        """Take a write of other columns than those of the whole key, the same as one write of it and what was there;
        False: it is of rows that only the database can find."""
        if key.keys() != self._names or not values.keys().isdisjoint(key):
            return False
        found = self._key_of(key)
        row = self._rows.get(found)
        if row is None:
            self._rows[found] = "update", {**key, **values}
        else:
            row[1].update(values)
        return True

    def flush(self) -> list[Alike]:
        """All of it, rows alike together."""
        groups: dict[tuple[Verb, tuple[str, ...]], list[Mapping[str, Any]]] = {}
        for verb, values in self._rows.values():
            groups.setdefault((verb, tuple(values)), []).append(values)
        self._rows = {}
        return [Alike(verb, self.name, columns, rows) for (verb, columns), rows in groups.items()]


def batched(writes: Iterable[Write], keys: Mapping[str, tuple[str, ...]]) -> Iterator[Alike | Update | Expire]:
    """What to do instead of all these writes, in this order.

    ``keys``: the primary key of each table whose rows may be regrouped; one with another unique column may not, since
    its rows can stand in each other's way.
    """
    tables: dict[str, _Table] = {}
    for write in writes:
        table = tables.get(write.table)
        if table is None:
            own = keys.get(write.table)
            if own is None:
                yield _alone(write)
                continue
            table = tables[write.table] = _Table(write.table, own)
        if isinstance(write, Update):  # nearly all of them
            if not table.update(write.key, write.values):
                yield from table.flush()
                yield write
        elif isinstance(write, Expire):
            yield from table.flush()
            yield write
        else:
            yield from table.add("insert" if isinstance(write, Insert) else "put", dict(write.row))
    for table in tables.values():
        yield from table.flush()


def _alone(write: Write) -> Alike | Update | Expire:
    match write:
        case Insert(table=table, row=row):
            return Alike("insert", table, tuple(row), [row])
        case Put(table=table, row=row):
            return Alike("put", table, tuple(row), [row])
        case _:
            return write
