"""The server's database on a real PostgreSQL: the same rows, the same proof, faults found by its URL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from office.roster import SignOut
from signaling.server.administration import add_staff
from signaling.server.config import ServerConfig
from signaling.server.database import open_database
from signaling.server.event_log import DamagedDatabase
from signaling.server.queue_evidence import evidence, export
from signaling.server.queue_proof import verify
from signaling.server.queue_runner import DEFAULT_SETTINGS
from signaling.server.sql_event_log import SqlEventLog
from signaling.server.staff_changes import Wanted, change_staff, everybody, lock_staff, remove_staff
from tests.signaling import recorded_day
from tests.signaling.postgresql import cluster
from tests.signaling.test_event_log import OfADatabase


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A cluster of one's own, with a day in it."""
    with cluster() as found:
        recorded_day.prepared_at(found)
        engine = open_database(found)
        asyncio.run(recorded_day.Day(engine, 4).run(40))
        engine.dispose()
        yield found


def test_the_log_of_a_server_on_postgresql_is_proved_by_its_url(url: str, tmp_path: Path) -> None:
    with evidence(url) as found:
        verdict = verify(found, DEFAULT_SETTINGS)
    assert verdict.fault is None
    assert verdict.assignments > 5
    export(url, tmp_path / "log.jsonl")
    with evidence(str(tmp_path / "log.jsonl")) as found:
        assert verify(found, DEFAULT_SETTINGS) == verdict


def test_a_start_from_postgresql_knows_what_the_server_knew(url: str) -> None:
    engine = open_database(url)
    front = recorded_day.started(engine, recorded_day.BEGIN)
    with engine.connect() as connection:
        rows = {row.id: row.state for row in connection.execute(text("SELECT id, state FROM tickets"))}
    assert rows == {one: front.queue.ticket(one).state.value for one in rows}
    assert len(rows) > 10
    engine.dispose()


def test_a_fault_in_a_postgresql_database_is_found_at_its_place(url: str) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        at = "SELECT min(number) FROM event_log WHERE kind = 'queue' AND body LIKE '%OfferAccepted%'"
        number = connection.execute(text(at)).scalar_one()
        connection.execute(
            text("UPDATE event_log SET body = replace(body, 'anna', 'olga') WHERE number = :n"), {"n": number}
        )
        connection.execute(text("UPDATE event_log SET body = body || ' ' WHERE number = :n"), {"n": number})
    with evidence(url) as found:
        fault = verify(found, DEFAULT_SETTINGS).fault
    assert fault is not None
    assert (fault.number, fault.kind) == (number, "changed")
    with pytest.raises(DamagedDatabase, match=f"entry {number}"):
        list(SqlEventLog(engine).read_all())
    engine.dispose()


class TestContractOnPostgreSQL(OfADatabase):
    """A database beside the other, emptied before each test."""

    @pytest.fixture
    def engine(self, contract: Engine) -> Engine:
        with contract.begin() as connection:
            connection.execute(text("TRUNCATE event_log, notes"))
        return contract


@pytest.fixture(scope="module")
def contract(url: str) -> Iterator[Engine]:
    """Its engine."""
    beside = create_engine(url, isolation_level="AUTOCOMMIT")
    with beside.connect() as connection:
        connection.execute(text("CREATE DATABASE contract"))
    beside.dispose()
    engine = open_database(make_url(url).set(database="contract").render_as_string(hide_password=False))
    yield engine
    engine.dispose()


def test_the_staff_is_changed_in_postgresql_as_anywhere(url: str, tmp_path: Path) -> None:
    config = ServerConfig(tmp_path, database_url=url)
    staff_id = add_staff(config, "marina", "Марина", "operator", "long enough", ("payment",), ("ru",))
    assert change_staff(config, "marina", Wanted(languages=("ru", "lv"))) == ("languages",)
    assert lock_staff(config, "marina", SignOut.AT_ONCE) is None
    (row,) = [one for one in everybody(config) if one.id == staff_id]
    assert (row.languages, row.signed_out_how, row.locked_at is not None) == (["ru", "lv"], "at_once", True)
    assert remove_staff(config, staff_id, SignOut.AFTER_TALK) is True
    assert staff_id in [one.id for one in everybody(config, left=True)]
    engine = open_database(url)
    newest = SqlEventLog(engine).newest()
    engine.dispose()
    assert newest is not None
    assert (newest.kind, staff_id in newest.body, "marina" in newest.body) == ("staff.removed", True, False)
