"""Adapter: differences of reconciliations in the server's tables, where every desk sees them: each once, for ever.

A reconciliation writes beside the running server: what is known is looked up in the same transaction that adds what
is new and closes what agrees now, with every other writer kept out until it is durable.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from ground.errors import InfomatError
from ground.ids import new_id
from ground.money import Money
from payment import differences as df
from payment.differences import Difference, DifferenceState
from payment.reconciliation import Advice, Reconciliation
from signaling.server import tables as t
from signaling.server.event_log import Change, Insert, Update
from signaling.server.sql_event_log import SqlEventLog

_WAITS = t.differences.c.state.in_((DifferenceState.OPEN.value, DifferenceState.TAKEN.value))  # found by the index
_MOST_RESOLVED = 50
#: Who the audit names for the command line, and for what a reconciliation closes by itself.
COMMAND_LINE = "command_line"


class NoDifference(InfomatError):
    """No difference that waits has this number."""

    code = "payment.no_difference"


#: A difference, and when it last changed.
Kept = tuple[Difference, datetime]


def waiting(connection: Connection) -> list[Kept]:
    """What nobody has resolved, oldest first."""
    order = (t.differences.c.found_at, t.differences.c.day, t.differences.c.id)
    return [_of(row) for row in connection.execute(select(t.differences).where(_WAITS).order_by(*order))]


def resolved(connection: Connection, since: datetime) -> list[Kept]:
    """What was resolved since then, the newest first, not more than fifty."""
    found = select(t.differences).where(~_WAITS, t.differences.c.changed_at >= since)
    newest = found.order_by(t.differences.c.changed_at.desc()).limit(_MOST_RESOLVED)
    return [_of(row) for row in connection.execute(newest)]


def by_id(connection: Connection, difference_id: str) -> Kept | None:
    """One of them."""
    row = connection.execute(select(t.differences).where(t.differences.c.id == difference_id)).first()
    return None if row is None else _of(row)


def mark(connection: Connection) -> tuple[int, Any]:
    """Another value whenever any difference has changed or is new."""
    row = connection.execute(select(func.count(), func.max(t.differences.c.changed_at))).one()
    return int(row[0]), row[1]


def keep(log: SqlEventLog, found: Reconciliation) -> tuple[int, int]:
    """Make tasks of what is new, and close what agrees now; durable on return. How many that were."""
    counts = (0, 0)

    def change_of(connection: Connection) -> Change:
        nonlocal counts
        change = Change(datetime.now(UTC))
        told = df.differences_of(found, change.at)
        known = _known(connection, [one.id for one in told])
        new = [one for one in told if one.id not in known]
        agreed = df.agreeing([one for one, _ in waiting(connection)], found)
        for one in new:
            change.writes.append(Insert("differences", _row(one, change.at)))
            change.log("difference.found", difference=one.id, what=one.what, purchase=one.purchase_id)
        for one in agreed:
            write_move(change, one, df.step(one, df.Agreed(change.at)), None)
        counts = len(new), len(agreed)
        return change

    log.append_made(change_of)
    return counts


def settle(log: SqlEventLog, difference_id: str, by: str, note: str) -> None:
    """At the command line: it is seen to, whoever had it; durable on return, and audited. Raises NoDifference."""

    def change_of(connection: Connection) -> Change:
        change, found = Change(datetime.now(UTC)), by_id(connection, difference_id)
        if found is None or found[0].state is DifferenceState.RESOLVED:
            raise NoDifference(f"no difference that waits has the number {difference_id}")
        one = found[0]
        take = df.Take if one.state is DifferenceState.OPEN else df.TakeOver
        mine = df.step(one, take(by, change.at))
        write_move(change, one, df.step(mine, df.Resolve(by, change.at, note)), None)
        row = {"id": new_id(), "at": change.at, "actor": by[:64], "role": COMMAND_LINE, "act": "difference.resolve"}
        detail = {"difference": one.id}
        change.writes.append(Insert("audit", {**row, "session_id": None, "visit_id": None, "detail": detail}))
        change.log("audit", id=row["id"], actor=COMMAND_LINE, act="difference.resolve", session=None)
        return change

    log.append_made(change_of)


def write_move(change: Change, before: Difference, after: Difference, seen: datetime | None) -> None:
    """The row after a move; with ``seen``, only if it has not changed since then (another process may have)."""
    values = {
        "state": after.state.value,
        "taken_by": after.taken_by,
        "taken_at": after.taken_at,
        "resolved_by": after.resolved_by,
        "resolved_at": after.resolved_at,
        "note": after.note,
        "changed_at": change.at,
    }
    key: dict[str, Any] = {"id": before.id} if seen is None else {"id": before.id, "changed_at": seen}
    change.writes.append(Update("differences", key, values))
    change.log("difference.moved", difference=after.id, state=after.state.value)


def _known(connection: Connection, ids: Sequence[str]) -> set[str]:
    found = set[str]()
    for begun in range(0, len(ids), 500):
        some = t.differences.c.id.in_(ids[begun : begun + 500])
        found |= {str(row.id) for row in connection.execute(select(t.differences.c.id).where(some))}
    return found


def _row(one: Difference, at: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "found_at": one.found_at,
        "what": one.what,
        "advice": one.advice.value,
        "day": one.day.isoformat(),
        "kind": one.kind,
        "purchase_id": one.purchase_id,
        "ours": [one.ours.minor, one.ours.currency] if one.ours else None,
        "bank": [one.bank.minor, one.bank.currency] if one.bank else None,
        "terminal": one.terminal,
        "rrn": one.rrn,
        "approval": one.approval,
        "state": one.state.value,
        "taken_by": one.taken_by,
        "taken_at": one.taken_at,
        "resolved_by": one.resolved_by,
        "resolved_at": one.resolved_at,
        "note": one.note,
        "changed_at": at,
    }


def _of(row: Row[Any]) -> Kept:
    one = Difference(
        row.id,
        row.found_at,
        row.what,
        Advice(row.advice),
        date.fromisoformat(row.day),
        row.kind,
        row.purchase_id,
        Money(*row.ours) if row.ours else None,
        Money(*row.bank) if row.bank else None,
        row.terminal,
        row.rrn,
        row.approval,
        DifferenceState(row.state),
        row.taken_by,
        row.taken_at,
        row.resolved_by,
        row.resolved_at,
        row.note,
    )
    return one, row.changed_at
