"""Why somebody was called, from where the queue was kept that day: the same as from the whole log, and as strict."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infomat.cli import app
from signaling.server import start_point as module
from signaling.server.database import open_database
from signaling.server.event_log import DamagedDatabase
from signaling.server.lately import Lately, lately_at
from signaling.server.queue_evidence import evidence
from signaling.server.queue_proof import called_before, verify
from signaling.server.queue_runner import DEFAULT_SETTINGS
from signaling.server.sql_event_log import SqlEventLog
from signaling.server.start_point import DAYS, keep_start_point, points_of_days
from tests.signaling import recorded_day
from tests.signaling.proved_day import chain_anew

TURNS = 70  # a day


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's folder after four days; somebody who came on each still waits on the next."""
    folder = tmp_path_factory.mktemp("server")
    recorded_day.prepared(folder)
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    day, log = recorded_day.Day(engine, 11), SqlEventLog(engine)
    for _ in range(4):
        asyncio.run(day.run(TURNS // 2))
        assert keep_start_point(folder, day.front, log)
        day.line = recorded_day.line_of(engine)
        asyncio.run(day.run(TURNS // 2))
        assert keep_start_point(folder, day.front, log)  # the day has its point
        day.line, day.now = recorded_day.line_of(engine), day.now + timedelta(days=1)
    engine.dispose()
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy, to do with as one likes."""
    return Path(shutil.copytree(whole, tmp_path / "server"))


def everything(folder: Path) -> dict[str, list[object]]:
    """Ticket id, and number for the newest that has it -> who was called before, by the whole log."""
    with evidence(str(folder)) as found:
        verdict = verify(found, DEFAULT_SETTINGS)
        assert verdict.fault is None
    told: dict[str, list[object]] = {}
    with sqlite3.connect(folder / "infomat.db") as connection:
        tickets = [one for (one,) in connection.execute("SELECT id FROM tickets")]
    for ticket in tickets:
        with evidence(str(folder)) as found:
            told[ticket] = list(called_before(found.rows, DEFAULT_SETTINGS, ticket))
    return told | {number: told[ticket] for number, ticket in verdict.numbers.items()}


def asked(folder: Path, ticket: str) -> Lately | None:
    return lately_at(str(folder), ticket)


def test_it_tells_what_the_whole_log_tells_of_every_ticket_it_knows(folder: Path) -> None:
    all_of_it = everything(folder)
    found = {ticket: told for ticket in all_of_it if (told := asked(folder, ticket)) is not None}
    assert {ticket: list(told.before) for ticket, told in found.items()} == {one: all_of_it[one] for one in found}
    assert len(found) > len(all_of_it) / 2
    assert any(told.before for told in found.values())
    assert len({told.since for told in found.values()}) == 4  # each from the day at which it was not known yet


def test_who_came_before_the_first_point_is_asked_of_the_whole_log(folder: Path) -> None:
    assert asked(folder, "t1") is None
    assert asked(folder, "Z-999") is None


def test_a_step_that_does_not_follow_is_named_as_the_whole_log_names_it(folder: Path) -> None:
    with sqlite3.connect(folder / "infomat.db") as connection:
        connection.execute(
            """UPDATE event_log SET body = replace(body, '"told":"', '"told":"f') WHERE number =
            (SELECT max(number) FROM event_log WHERE kind = 'queue')"""
        )
    chain_anew(folder / "infomat.db")
    told = asked(folder, "t1")
    with evidence(str(folder)) as found:
        fault = verify(found, DEFAULT_SETTINGS).fault
    assert told is not None
    assert fault is not None
    assert told.fault == fault


def test_a_chain_broken_since_is_found(folder: Path) -> None:
    with sqlite3.connect(folder / "infomat.db") as connection:
        connection.execute("UPDATE event_log SET body = '{}' WHERE number = (SELECT max(number) - 1 FROM event_log)")
    with pytest.raises(DamagedDatabase):
        asked(folder, "t1")


def test_points_of_another_program_or_torn_ones_are_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = points_of_days(folder)[0]
    with sqlite3.connect(folder / "infomat.db") as connection:
        (ticket,) = connection.execute("SELECT id FROM tickets ORDER BY taken_at DESC").fetchone()
    told = asked(folder, ticket)
    assert told is not None
    newest.write_bytes(newest.read_bytes()[:-1])
    earlier = asked(folder, ticket)
    assert earlier is not None
    assert (earlier.before, earlier.since < told.since) == (told.before, True)
    monkeypatch.setattr(module, "_program", lambda: "another release")
    assert asked(folder, ticket) is None


def test_two_weeks_are_kept(folder: Path) -> None:
    days = folder / DAYS
    for number in range(1, 20):
        (days / f"2025-01-{number:02}-{'0' * 16}").touch()
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    day = recorded_day.Day(engine, 12)
    day.now += timedelta(days=30)
    asyncio.run(day.run(10))
    assert keep_start_point(folder, day.front, SqlEventLog(engine))
    engine.dispose()
    assert len(list(days.iterdir())) == 14
    assert points_of_days(folder)[0].name.startswith(f"{day.now:%Y-%m-%d}")


def test_the_command_says_from_where_on_the_log_was_verified(folder: Path) -> None:
    with sqlite3.connect(folder / "infomat.db") as connection:
        (ticket,) = connection.execute("SELECT id FROM tickets ORDER BY taken_at DESC").fetchone()
    quick = CliRunner().invoke(app, ["queue", "why", ticket, "--log", str(folder)])
    slow = CliRunner().invoke(app, ["queue", "why", ticket, "--log", str(folder), "--whole"])
    assert (quick.exit_code, slow.exit_code) == (0, 0)
    assert quick.stdout.startswith(slow.stdout)
    assert "The log holds from entry" in quick.stdout.removeprefix(slow.stdout)
