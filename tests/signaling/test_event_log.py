"""The contract of the event log in a database: here SQLite, in test_postgres.py PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from signaling.server.database import open_database
from signaling.server.event_log import EventLog
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling.event_log_contract import EventLogContract


class OfADatabase(EventLogContract):
    """Of whatever ``engine`` is."""

    @pytest.fixture
    def log(self, engine: Engine) -> EventLog:
        return SqlEventLog(engine)

    @pytest.fixture
    def beside(self, engine: Engine) -> EventLog:
        return SqlEventLog(engine)

    @pytest.fixture
    def saved(self, engine: Engine) -> Callable[[], list[str]]:
        def texts() -> list[str]:
            with engine.connect() as connection:
                return list(connection.execute(text("SELECT text FROM notes ORDER BY session_id")).scalars())

        return texts


class TestSQLite(OfADatabase):
    """A file."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[Engine]:
        engine = open_database(f"sqlite:///{tmp_path / 'infomat.db'}")
        yield engine
        engine.dispose()
