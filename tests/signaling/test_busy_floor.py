"""Kiosks and operators at work while their server is killed again and again: nobody is lost, nobody is served twice."""

from __future__ import annotations

import sqlite3
import statistics
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from signaling.server.queue_evidence import evidence
from signaling.server.queue_proof import verify
from signaling.server.queue_runner import DEFAULT_SETTINGS
from tests.signaling.busy_floor import ONCE, Floor, Moment
from tests.signaling.client import ServerProcess


async def busy_day(
    folder: Path, kills: list[Moment], *, kiosks: int, operators: int, contacts: int, talk_s: float
) -> Floor:
    """A day on a floor, and what must be true of it after any day."""
    async with ServerProcess(folder) as server:
        floor = Floor(server, seed=20, talk_s=talk_s)
        await floor.open(kiosks, operators)
        await floor.day(contacts, kills)
    assert floor.kills == len(kills)
    check_what_was_told(floor, contacts)
    check_what_is_kept(floor, folder)
    return floor


def check_what_was_told(floor: Floor, contacts: int) -> None:
    """By those who heard it."""
    record = floor.record
    assert record.contacts == len(record.confirmed) >= contacts
    never = [number for ticket, (number, _) in record.confirmed.items() if not record.served[ticket]]
    assert never == []
    twice = {ticket: told for ticket, told in record.served.items() if len(told) != 1}
    assert twice == {}
    assert record.served.keys() == record.confirmed.keys()
    assert record.kept > 0, "nobody had a ticket when the server was killed"
    assert [bot.errors for bot in floor.bots if bot.errors] == []
    logged = floor.server.errors.decode().splitlines()
    wrong = ('"level": "error"', '"level": "critical"')
    assert [line for line in logged if not line.startswith("{") or any(level in line for level in wrong)] == []


def check_what_is_kept(floor: Floor, folder: Path) -> None:
    """In the tables and in the log, which proves the queue."""
    record = floor.record
    tickets = rows(folder, "SELECT id, state, number FROM tickets")
    assert {state for _, state, _ in tickets} == {"closed"}
    assert {ticket: number for ticket, _, number in tickets} == {
        ticket: number for ticket, (number, _) in record.confirmed.items()
    }
    told = sorted((ticket, *one) for ticket, all_of_it in record.served.items() for one in all_of_it)
    assert sorted(rows(folder, "SELECT ticket_id, operator_id, id FROM sessions")) == told
    assert rows(folder, "SELECT count(*) FROM sessions WHERE state != 'ended' OR result != 'resolved'") == [(0,)]
    assert rows(folder, "SELECT count(*) FROM event_log WHERE kind = 'session.opened'") == [(len(told),)]
    assert rows(folder, "SELECT count(*) FROM visits WHERE ended_at IS NULL") == [(0,)]
    with evidence(str(folder)) as found:
        verdict = verify(found, DEFAULT_SETTINGS, [proof for _, proof in record.confirmed.values()])
    assert verdict.fault is None
    # each was called once, and once more where a kill took an offer from an operator
    assert len(told) <= verdict.assignments <= len(told) + floor.kills * len(floor.operators)


def rows(folder: Path, statement: str) -> list[Any]:
    """Of the database, after the server."""
    with closing(sqlite3.connect(folder / "infomat.db")) as database:
        return database.execute(statement).fetchall()


async def test_nobody_is_lost_and_nobody_served_twice_when_the_server_is_killed_on_a_busy_floor(tmp_path: Path) -> None:
    kills = [Moment.ANY, Moment.UNHEARD, Moment.DISK_STUCK]
    floor = await busy_day(tmp_path / "data", kills, kiosks=10, operators=6, contacts=60, talk_s=0.4)
    assert all(floor.record.same_again[kind] for kind in ONCE)
    assert all(floor.record.sent_again[kind] for kind in ONCE)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_ninety_kiosks_and_sixty_operators_outlive_ten_kills(tmp_path: Path) -> None:
    kills = list(Moment) * 2
    floor = await busy_day(tmp_path / "data", kills, kiosks=93, operators=60, contacts=1500, talk_s=4.0)
    assert all(floor.record.same_again[kind] >= 2 for kind in ONCE)
    record, away = floor.record, floor.away
    print(
        f"{record.contacts} contacts, {floor.kills} kills; {sum(record.sent_again.values())} commands sent again, "
        f"{sum(record.excused.values())} lawfully refused; everybody back after p50 {statistics.median(away):.1f} s, "
        f"max {max(away):.1f} s"
    )
