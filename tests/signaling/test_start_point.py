"""A start from where the queue was kept knows what a start from the whole log knows, and never more than the log."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infomat.cli import app
from signaling.server import start_point as module
from signaling.server.database import open_database
from signaling.server.event_log import DamagedDatabase
from signaling.server.front_office import FrontOffice
from signaling.server.queue_runner import new_dispatcher
from signaling.server.read_ahead import read_ahead
from signaling.server.records import Records
from signaling.server.restore import restore
from signaling.server.sql_event_log import SqlEventLog
from signaling.server.start_point import FILE, keep_start_point, point_file, start_point
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
    good = point_file(folder).read_bytes()
    for torn in (b"", b"{}\n", good[:-1], good.replace(b'"number": ', b'"number": 9', 1), good[:-9] + b"x" + good[-8:]):
        point_file(folder).write_bytes(torn)
        assert started(folder, from_point=True) == everything
    point_file(folder).write_bytes(good)
    monkeypatch.setattr(module, "_program", lambda: "another release")
    assert started(folder, from_point=True) == everything
    point_file(folder).write_bytes(good)
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
    point_file(folder).unlink()
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    front = recorded_day.started(engine, recorded_day.BEGIN)
    front.chain.head = "0" * 64
    assert not keep_start_point(folder, front, SqlEventLog(engine))
    assert not point_file(folder).exists()
    engine.dispose()


def test_a_release_that_read_ahead_starts_from_there_and_so_does_the_one_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = started(folder, from_point=False)
    before = started(folder, from_point=True)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_program", lambda: "the next release")
        assert started(folder, from_point=True) == everything
        assert read_ahead(folder, str(folder)) == everything[0]
        assert started(folder, from_point=True) == (0, everything[1])
        assert read_ahead(folder, f"sqlite:///{folder / 'infomat.db'}") == 0
    assert started(folder, from_point=True) == before


def test_points_of_long_gone_releases_are_cleared_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point_file(folder).unlink()
    for release in "12345":
        monkeypatch.setattr(module, "_program", lambda named=release: named * 16)
        read_ahead(folder, str(folder))
        os.utime(point_file(folder), (int(release), int(release)))  # a clock too coarse for us
    assert sorted(one.name for one in folder.glob(f"{FILE}*")) == [f"{FILE}-{one * 16}" for one in "345"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_what_root_read_ahead_belongs_to_the_server(folder: Path) -> None:
    os.chown(folder, 65534, 65534)
    read_ahead(folder, str(folder))
    kept = point_file(folder).stat()
    assert (kept.st_uid, kept.st_gid, kept.st_mode & 0o777) == (65534, 65534, 0o600)


async def test_the_log_is_read_ahead_beside_a_running_server(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        kiosk = await server.kiosk()
        ticket = await v.take(kiosk, await v.begin(kiosk))
        told = CliRunner().invoke(app, ["queue", "read-ahead", "--folder", str(tmp_path / "data")])
        assert (told.exit_code, "entries read" in told.stdout) == (0, True), told.output
        later = await v.take(kiosk, await v.begin(kiosk))
        await server.kill_and_restart()
        await kiosk.again()
        assert kiosk.snapshot.tickets[-1].proof == later.proof != ticket.proof
        assert b"start_point_unused" not in server.errors


async def test_a_server_that_is_asked_to_end_begins_where_it_was(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data") as server:
        kiosk = await server.kiosk()
        ticket = await v.take(kiosk, await v.begin(kiosk))
        await server.end(signal.SIGTERM)
        assert point_file(tmp_path / "data").stat().st_mode & 0o077 == 0
        await server.start()
        await kiosk.again()
        assert [(one.number, one.proof) for one in kiosk.snapshot.tickets] == [(ticket.number, ticket.proof)]
        assert b"start_point_unused" not in server.errors
