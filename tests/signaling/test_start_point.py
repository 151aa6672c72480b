"""A start from where the queue was kept knows what a start from the whole log knows, and never more than the log."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from signaling.server import start_point as module
from signaling.server.database import open_database
from signaling.server.event_log import DamagedDatabase
from signaling.server.front_office import FrontOffice
from signaling.server.queue_runner import new_dispatcher
from signaling.server.records import Records
from signaling.server.restore import restore
from signaling.server.sql_event_log import SqlEventLog
from signaling.server.start_point import FILE, keep_start_point, start_point
from tests.signaling import recorded_day
from tests.signaling import visit as v
from tests.signaling.client import ServerProcess


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's folder: a day, with a point in the middle of it."""
    folder = tmp_path_factory.mktemp("server")
    recorded_day.prepared(folder)
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    day = recorded_day.Day(engine, 5)
    asyncio.run(day.run(60))
    log = SqlEventLog(engine)
    assert keep_start_point(folder, day.front, log)
    day.line = recorded_day.line_of(engine)
    asyncio.run(day.run(20))
    engine.dispose()
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy, to do with as one likes."""
    return Path(shutil.copytree(whole, tmp_path / "server"))


def started(folder: Path, *, from_point: bool) -> tuple[int, dict[str, object]]:
    """(entries read, what is known) of a start."""
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    try:
        log, front = SqlEventLog(engine), FrontOffice(new_dispatcher())
        point = start_point(folder, log) if from_point else None
        now = recorded_day.BEGIN + timedelta(hours=1)
        count = restore(front, log, Records(engine), recorded_day.GRACE, now, point)
        return count, {**recorded_day.known(front), "version": front.settings_version, "steps": front.chain.number}
    finally:
        engine.dispose()


def test_a_start_from_the_point_knows_the_same_and_reads_only_what_came_after(folder: Path) -> None:
    (all_read, everything), (read, known) = started(folder, from_point=False), started(folder, from_point=True)
    assert known == everything
    assert 0 < read < all_read / 2


def test_a_point_that_does_not_fit_the_log_or_the_program_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = started(folder, from_point=False)
    good = (folder / FILE).read_bytes()
    for torn in (b"", b"{}\n", good[:-1], good.replace(b'"number": ', b'"number": 9', 1), good[:-9] + b"x" + good[-8:]):
        (folder / FILE).write_bytes(torn)
        assert started(folder, from_point=True) == everything
    (folder / FILE).write_bytes(good)
    monkeypatch.setattr(module, "_program", lambda: "another release")
    assert started(folder, from_point=True) == everything


def test_a_log_put_back_from_an_older_backup_is_read_from_its_beginning(folder: Path) -> None:
    with sqlite3.connect(folder / "infomat.db") as connection:
        connection.execute("DELETE FROM event_log WHERE number > 20")
    assert started(folder, from_point=True)[0] == 20


def test_a_chain_broken_after_the_point_still_stops_the_start(folder: Path) -> None:
    with sqlite3.connect(folder / "infomat.db") as connection:
        connection.execute("UPDATE event_log SET body = '{}' WHERE number = (SELECT max(number) - 1 FROM event_log)")
    with pytest.raises(DamagedDatabase):
        started(folder, from_point=True)


def test_nothing_is_kept_while_a_step_is_on_its_way_to_the_log(folder: Path) -> None:
    (folder / FILE).unlink()
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    front = recorded_day.started(engine, recorded_day.BEGIN)
    front.chain.head = "0" * 64
    assert not keep_start_point(folder, front, SqlEventLog(engine))
    assert not (folder / FILE).exists()
    engine.dispose()


async def test_a_server_that_is_asked_to_end_begins_where_it_was(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        kiosk = await server.kiosk()
        ticket = await v.take(kiosk, await v.begin(kiosk))
        await server.end(signal.SIGTERM)
        assert (tmp_path / "data" / FILE).stat().st_mode & 0o077 == 0
        await server.start()
        await kiosk.again()
        assert [(one.number, one.proof) for one in kiosk.snapshot.tickets] == [(ticket.number, ticket.proof)]
        assert b"start_point_unused" not in server.errors
