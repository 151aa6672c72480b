"""What the server relies on, of every driver of the event log. A driver's test class inherits ``EventLogContract`` and
gives the fixture ``log`` (on an empty store) and ``beside``: another driver on the same store, as of another process.

Of the tables that are written together with the entries, ``notes`` stands for all; the fixture ``saved`` reads its
texts, by session.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from signaling.server.event_log import GENESIS, Change, Entry, EventLog, Insert, LogBroken, Put, Update, chained

NOW = datetime(2026, 11, 21, 9, 30, 0, 123456, tzinfo=UTC)


def change(*bodies: str, kind: str = "test", seconds: int = 0, row: str = "") -> Change:
    """Entries of a moment, and a row if it is named."""
    made = Change(NOW + timedelta(seconds=seconds), [Entry(kind, body) for body in bodies])
    if row:
        told = {"session_id": row, "operator_id": "o", "text": f"of {row}", "saved_at": NOW}
        made.writes.append(Put("notes", told))
    return made


def append(log: EventLog, *changes: Change) -> None:
    """In one transaction."""
    log.ready(changes)()


def bodies(log: EventLog, after: tuple[int, str] = (0, GENESIS)) -> list[str]:
    return [one.body for one in log.read_all(after)]


class EventLogContract:
    """The tests; the fixtures come from the driver's own test class."""

    def test_an_empty_log_ends_before_its_first_entry(self, log: EventLog) -> None:
        assert (log.end(), log.newest(), log.newest("test"), bodies(log)) == ((0, GENESIS), None, None, [])
        assert log.hash_of(1) is None

    def test_entries_are_read_as_they_were_written_in_one_chain(self, log: EventLog, beside: EventLog) -> None:
        append(log, change('{"a":"ё \\\\" \\u2028"}', "[]"), change("2", seconds=1))
        append(log, change("3", kind="other", seconds=2))
        read = list(beside.read_all())
        assert [(one.number, one.kind, one.body) for one in read] == [
            (1, "test", '{"a":"ё \\\\" \\u2028"}'), (2, "test", "[]"), (3, "test", "2"), (4, "other", "3"),
        ]  # fmt: skip
        assert [one.at - NOW for one in read] == [timedelta(seconds=second) for second in (0, 0, 1, 2)]
        assert all(one.at.utcoffset() == timedelta(0) for one in read)
        last = GENESIS
        for one in read:
            last = chained(last, one.number, one.at, Entry(one.kind, one.body))
            assert log.hash_of(one.number) == last
        assert log.end() == beside.end() == (4, last)
        newest, of_kind = log.newest(), log.newest("test")
        assert newest is not None
        assert of_kind is not None
        assert (newest.number, of_kind.number, log.newest("none")) == (4, 3, None)

    def test_a_reader_goes_on_from_where_it_was(self, log: EventLog) -> None:
        append(log, change("1", "2"))
        end = log.end()
        assert bodies(log, end) == []
        append(log, change("3"))
        assert bodies(log, end) == ["3"]

    def test_what_was_made_ready_follows_what_somebody_else_wrote_since(self, log: EventLog, beside: EventLog) -> None:
        append(log, change("1"))
        write = log.ready([change("3"), change("4")])
        append(beside, change("2"))
        write()
        append(log, change("5"))
        assert bodies(beside) == ["1", "2", "3", "4", "5"]

    def test_rows_are_written_with_their_entries_by_any_thread_and_the_last_one_stands(
        self, log: EventLog, saved: Callable[[], list[str]]
    ) -> None:
        later = Update("notes", {"session_id": "a"}, {"text": "changed"})
        changes = [change("1", row="a"), change("2", row="b"), change("3", row="b")]
        changes[-1].writes.append(later)
        writing = threading.Thread(target=log.ready(changes))
        writing.start()
        writing.join()
        assert (saved(), bodies(log)) == (["changed", "of b"], ["1", "2", "3"])
        append(log, Change(NOW, writes=[Update("notes", {"session_id": "b"}, {"text": "row alone"})]))
        assert (saved(), log.end()[0]) == (["changed", "row alone"], 3)

    def test_what_cannot_be_written_whole_is_not_written_at_all(
        self, log: EventLog, beside: EventLog, saved: Callable[[], list[str]]
    ) -> None:
        append(log, change("1", row="a"))
        bad = change("2", row="c")
        bad.writes.append(Insert("notes", {"session_id": "a", "operator_id": "o", "text": "twice", "saved_at": NOW}))
        with pytest.raises(LogBroken):
            append(log, change("fine", row="b"), bad)
        assert (bodies(beside), saved()) == (["1"], ["of a"])

    def test_tidying_changes_nothing(self, log: EventLog, saved: Callable[[], list[str]]) -> None:
        append(log, change("1", row="a"))
        before = log.end()
        log.tidy()
        assert (log.end(), bodies(log), saved()) == (before, ["1"], ["of a"])
