"""The event log: a chain that shows damage, one transaction for entries and projections, a database that is checked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from signaling.protocol.events import LineTold
from signaling.server import commit_line, examination
from signaling.server.commit_line import CommitLine
from signaling.server.database import open_database
from signaling.server.event_log import Change, DamagedDatabase, Insert, LogBroken, Put, Update
from signaling.server.sql_event_log import SqlEventLog

NOW = datetime(2026, 11, 21, 9, 30, 0, 123456, tzinfo=UTC)


def url(folder: Path) -> str:
    """A database in a folder."""
    return f"sqlite:///{folder / 'infomat.db'}"


def note(number: int) -> Change:
    """A change with an entry and a row."""
    change = Change(NOW)
    change.log("test", number=number)
    row = {"session_id": str(number), "operator_id": "o", "text": "t", "saved_at": NOW}
    change.writes.append(Put("notes", row))
    return change


def test_what_was_appended_is_read_again_in_order_by_another_process_of_the_same_file(tmp_path: Path) -> None:
    log = SqlEventLog(open_database(url(tmp_path)))
    log.append([note(1), note(2)])
    log.append([note(3)])
    read = list(SqlEventLog(open_database(url(tmp_path))).read_all())
    assert [(one.number, one.at, one.kind, one.body) for one in read] == [
        (number, NOW, "test", f'{{"number":{number}}}') for number in (1, 2, 3)
    ]


def test_what_was_made_ready_follows_what_somebody_else_wrote_since(tmp_path: Path) -> None:
    log, beside = (SqlEventLog(open_database(url(tmp_path))) for _ in range(2))
    log.append([note(1)])
    write = log.ready([note(3), note(4)])
    beside.append([note(2)])
    write()
    log.append([note(5)])
    assert [one.body for one in log.read_all()] == [f'{{"number":{number}}}' for number in range(1, 6)]


def test_an_entry_changed_in_the_file_breaks_the_chain(tmp_path: Path) -> None:
    engine = open_database(url(tmp_path))
    log = SqlEventLog(engine)
    log.append([note(1), note(2), note(3)])
    with engine.begin() as connection:
        connection.execute(text("UPDATE event_log SET body = '{}' WHERE number = 2"))
    with pytest.raises(DamagedDatabase, match="entry 2"):
        list(log.read_all())


def test_an_entry_taken_out_breaks_the_chain(tmp_path: Path) -> None:
    engine = open_database(url(tmp_path))
    log = SqlEventLog(engine)
    log.append([note(1), note(2), note(3)])
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM event_log WHERE number = 2"))
    with pytest.raises(DamagedDatabase, match="entry 2"):
        list(log.read_all())


def test_entries_and_rows_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    engine = open_database(url(tmp_path))
    log = SqlEventLog(engine)
    bad = note(2)
    bad.writes.append(Insert("notes", {"session_id": None}))
    with pytest.raises(LogBroken):
        log.append([note(1), bad])
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM notes")).scalar_one() == 0
    assert list(log.read_all()) == []


def test_an_update_changes_the_row_it_names_and_no_other(tmp_path: Path) -> None:
    engine = open_database(url(tmp_path))
    change = Change(NOW)
    change.writes.append(Update("notes", {"session_id": "1"}, {"text": "new"}))
    SqlEventLog(engine).append([note(1), note(2), change])
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT session_id, text FROM notes ORDER BY 1")).all()
    assert [tuple(row) for row in rows] == [("1", "new"), ("2", "t")]


def test_sqlite_runs_so_that_what_is_committed_is_on_the_medium(tmp_path: Path) -> None:
    with open_database(url(tmp_path)).connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL


@pytest.mark.parametrize("damage", [b"this is no database at all" * 200, b""])
def test_a_damaged_database_is_refused_with_what_to_do_and_left_as_it_is(tmp_path: Path, damage: bytes) -> None:
    engine = open_database(url(tmp_path))
    SqlEventLog(engine).append([note(1)])
    engine.dispose()
    file = tmp_path / "infomat.db"
    for extra in ("-wal", "-shm"):
        (tmp_path / f"infomat.db{extra}").unlink(missing_ok=True)
    file.write_bytes(damage)
    with pytest.raises(DamagedDatabase, match="backup"):
        list(SqlEventLog(open_database(url(tmp_path))).read_all())
    assert file.read_bytes() == damage


def torn_in_the_middle(folder: Path) -> tuple[Path, bytes]:
    """A database with a page that is none, and what it was before."""
    engine = open_database(url(folder))
    SqlEventLog(engine).append([note(number) for number in range(2000)])
    engine.dispose()
    file = folder / "infomat.db"
    before = file.read_bytes()
    content = bytearray(before)
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    file.write_bytes(content)
    return file, before


async def test_a_large_file_is_looked_through_beside_the_server_and_found_damaged_keeps_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "_AT_ONCE", 1000)
    file, whole = torn_in_the_middle(tmp_path)
    open_database(url(tmp_path)).dispose()  # a start does not wait for all of it
    found = examination.Examination(file)
    await found.run()
    assert found.damaged
    with pytest.raises(DamagedDatabase, match="backup"):
        open_database(url(tmp_path))
    file.write_bytes(whole)
    for _ in range(2):
        open_database(url(tmp_path)).dispose()  # looked through before the start, as the last look said so
        found = examination.Examination(file)
        await found.run()
        assert not found.damaged


def test_a_page_overwritten_in_the_middle_is_found_at_start(tmp_path: Path) -> None:
    torn_in_the_middle(tmp_path)
    with pytest.raises(DamagedDatabase):
        list(SqlEventLog(open_database(url(tmp_path))).read_all())


def test_a_database_that_was_there_and_is_missing_is_not_begun_anew(tmp_path: Path) -> None:
    open_database(url(tmp_path)).dispose()
    (tmp_path / "infomat.db").unlink()
    with pytest.raises(DamagedDatabase, match="missing"):
        open_database(url(tmp_path))
    assert not (tmp_path / "infomat.db").exists()


class SlowLog:
    """Holds each transaction until it is let go, and remembers what was in it."""

    def __init__(self) -> None:
        self.batches: list[list[Change]] = []
        self.gate = asyncio.Event()
        self.fails = False
        self._loop = asyncio.get_running_loop()

    def ready(self, changes: Sequence[Change]) -> Callable[[], None]:
        def write() -> None:
            asyncio.run_coroutine_threadsafe(self.gate.wait(), self._loop).result()
            if self.fails:
                raise LogBroken("the disk is full")
            self.batches.append(list(changes))

        return write

    def read_all(self) -> None:
        raise NotImplementedError


async def test_what_comes_while_one_transaction_runs_becomes_the_next_and_is_told_only_then_in_order() -> None:
    log, told = SlowLog(), []
    line = CommitLine(log, told.append, lambda _error: None)  # type: ignore[arg-type]
    writer = asyncio.create_task(line.run())
    first = line.submit(note(0))
    await asyncio.sleep(0)  # the writer takes the first alone
    silent = Change(NOW)
    silent.tell("k", LineTold(waiting=0, operators=0, wait=None))
    rest = [line.submit(change) for change in (note(1), silent, note(2))]
    await asyncio.sleep(0)
    assert told == []
    assert not first.done()
    log.gate.set()
    await asyncio.gather(first, *rest)
    assert [len(batch) for batch in log.batches] == [1, 2]
    assert [change.entries[0].body if change.entries else "silent" for change in told] == [
        '{"number":0}',
        '{"number":1}',
        "silent",
        '{"number":2}',
    ]
    writer.cancel()


async def test_nothing_is_told_when_it_could_not_be_written() -> None:
    log, told, broken = SlowLog(), [], []
    log.fails = True
    log.gate.set()
    line = CommitLine(log, told.append, broken.append)  # type: ignore[arg-type]
    writer = asyncio.create_task(line.run())
    with pytest.raises(LogBroken):
        await line.submit(note(1))
    await writer
    assert told == []
    assert len(broken) == 1


async def test_after_many_changes_the_log_is_tidied_beside_the_writer_and_a_fault_of_it_harms_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commit_line, "_TIDY_AFTER", 3)
    log, told, tidied = SlowLog(), [], []

    def tidy() -> None:
        tidied.append(len(log.batches))
        raise OSError("the disk is full")

    log.tidy = tidy  # type: ignore[attr-defined]
    log.gate.set()
    line = CommitLine(log, told.append, lambda _error: None)  # type: ignore[arg-type]
    writer = asyncio.create_task(line.run())
    for number in range(8):
        await line.submit(note(number))
        while number in (2, 5) and line._tidying is not None:
            await asyncio.sleep(0)
    assert tidied == [3, 6]
    assert len(told) == 8
    writer.cancel()


def test_what_is_tidied_lies_in_the_database_itself(tmp_path: Path) -> None:
    engine = open_database(url(tmp_path))
    log, file = SqlEventLog(engine), tmp_path / "infomat.db"
    log.append([note(number) for number in range(300)])
    before = file.stat().st_size
    log.tidy()
    assert file.stat().st_size > before
    log.append([note(300)])
    assert len(list(log.read_all())) == 301
