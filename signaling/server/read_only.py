"""Adapter: a server's database opened beside the running server: for reading only, at one moment; or its log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from ground.errors import InfomatError
from signaling.server.database import open_database
from signaling.server.sql_event_log import SqlEventLog

DATABASE = "infomat.db"


class NoDatabase(InfomatError):
    """There is no server's database where one was looked for, or it cannot be read."""

    code = "server.no_database"


def file_of(source: str) -> Path | None:
    """The file of a folder, a file, or a ``sqlite:///`` URL, whether it is there or not; None for another URL."""
    source = source.removeprefix("sqlite:///")  # as a file, so that it is opened for reading only
    if "://" in source:
        return None
    path = Path(source)
    return path / DATABASE if path.is_dir() else path


def _there(source: str) -> Path | None:
    file = file_of(source)
    if file is not None and not file.is_file():
        raise NoDatabase(f"there is no server's database at {source}: name its folder, its file, or its URL")
    return file


@contextmanager
def reading(source: str) -> Iterator[Connection]:
    """A connection to a server's folder, its SQLite file, or a database's URL; raises NoDatabase."""
    with _engine(source) as engine, engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # all tables of one moment
        yield connection


@contextmanager
def reading_log(source: str) -> Iterator[SqlEventLog]:
    """The log of the same, as any release left it: nothing is brought to a newer revision. Raises NoDatabase."""
    with _engine(source) as engine:
        yield SqlEventLog(engine)


@contextmanager
def _engine(source: str) -> Iterator[Engine]:
    file = _there(source)

    def read_only() -> sqlite3.Connection:
        assert file is not None
        return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)

    if file is None:  # all tables of one moment, however long it takes to read them
        level: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if source.startswith("postgresql") else {}
        engine = create_engine(source, **level)
    else:
        engine = create_engine("sqlite://", creator=read_only)
    try:
        yield engine
    except SQLAlchemyError as error:
        raise NoDatabase(f"{source} cannot be read as a server's database: {error}") from error
    finally:
        engine.dispose()


@contextmanager
def writing(source: str) -> Iterator[SqlEventLog]:
    """The log of the same, to append to, the server running or not; raises NoDatabase."""
    file = _there(source)
    engine = open_database(source if file is None else f"sqlite:///{file}", examine=False)
    try:
        yield SqlEventLog(engine)
    finally:
        engine.dispose()
