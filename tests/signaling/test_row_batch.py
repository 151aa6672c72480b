"""Writes made few leave the same rows as each of them by itself, and fail where one of them would fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from signaling.server.database import open_database
from signaling.server.event_log import Change, Expire, Insert, LogBroken, Put, Update, Write
from signaling.server.row_batch import Alike, batched
from signaling.server.sql_event_log import SqlEventLog
from signaling.server.tables import kept_replies, metadata, notes

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
KEYS = {"notes": ("session_id",)}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One database for all."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('rows') / 'infomat.db'}")
    yield engine
    engine.dispose()


def note(session: str, text: str) -> dict[str, object]:
    """A row."""
    return {"session_id": session, "operator_id": "o", "text": text, "saved_at": NOW}


SESSIONS, TEXTS = st.sampled_from("abc"), st.text(max_size=3)
WRITES = st.one_of(
    st.builds(lambda one, text: Put("notes", note(one, text)), SESSIONS, TEXTS),
    st.builds(lambda one, text: Insert("notes", note(one, text)), SESSIONS, TEXTS),
    st.builds(lambda one, text: Update("notes", {"session_id": one}, {"text": text}), SESSIONS, TEXTS),
    st.builds(lambda one, late: Update("notes", {"session_id": one}, {"saved_at": NOW + timedelta(late)}), SESSIONS,
              st.integers(0, 9)),
    st.builds(lambda text: Update("notes", {"operator_id": "o"}, {"text": text}), TEXTS),
    st.builds(lambda late: Expire("notes", "saved_at", NOW + timedelta(late)), st.integers(0, 9)),
)  # fmt: skip


def left_by(engine: Engine, transactions: list[list[Write]]) -> list[tuple[object, ...]] | None:
    """The rows afterwards, or None when one could not be written."""
    with engine.begin() as connection:
        connection.execute(notes.delete())
    log = SqlEventLog(engine)
    try:
        for writes in transactions:
            log.append([Change(NOW, writes=list(writes))])
    except LogBroken:
        return None
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(notes).order_by(notes.c.session_id))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WRITES, max_size=8))
def test_one_transaction_leaves_what_a_transaction_for_each_write_leaves(engine: Engine, writes: list[Write]) -> None:
    assert left_by(engine, [writes]) == left_by(engine, [[one] for one in writes])


def test_a_row_written_often_is_written_once_and_rows_alike_go_together() -> None:
    writes: list[Write] = [Insert("notes", note(str(number), "")) for number in range(5)]
    writes += [Update("notes", {"session_id": str(number % 5)}, {"text": str(number)}) for number in range(50)]
    (one,) = batched(writes, KEYS)
    assert isinstance(one, Alike)
    assert [row["text"] for row in one.rows] == ["45", "46", "47", "48", "49"]


def test_more_rows_than_a_statement_takes_are_all_written(engine: Engine) -> None:
    rows = left_by(engine, [[Put("notes", note(f"{number:05}", str(number))) for number in range(1234)]])
    assert rows is not None
    assert [row[2] for row in rows] == [str(number) for number in range(1234)]


def test_no_table_has_a_default_which_the_statements_would_leave_out() -> None:
    assert not [str(column) for table in metadata.tables.values() for column in table.c if column.default is not None]


def test_a_key_of_two_columns_is_one_key(engine: Engine) -> None:
    def reply(command: str, text: str) -> Put:
        key = {"identity": "k", "command_id": command}
        return Put("kept_replies", {**key, "content": "c", "reply": text, "at": NOW})

    SqlEventLog(engine).append([Change(NOW, writes=[reply("1", "a"), reply("2", "b"), reply("1", "c")])])
    with engine.connect() as connection:
        rows = connection.execute(select(kept_replies.c.command_id, kept_replies.c.reply).order_by("command_id"))
        assert [tuple(row) for row in rows] == [("1", "c"), ("2", "b")]


def test_every_update_by_a_key_looks_it_up_in_an_index(engine: Engine) -> None:
    with engine.connect() as connection:
        for table in metadata.tables.values():
            key = [column.name for column in table.primary_key]
            text = (
                f"EXPLAIN QUERY PLAN WITH new_values ({', '.join(key)}) AS (VALUES ({', '.join('1' * len(key))})) "
                f"UPDATE {table.name} SET {table.columns.keys()[-1]} = 1 FROM new_values WHERE "
                + " AND ".join(f"{table.name}.{one} = new_values.{one}" for one in key)
            )
            plan = [row[3] for row in connection.exec_driver_sql(text)]
            assert any(f"SEARCH {table.name} USING" in step for step in plan), (table.name, plan)
