"""Adapter: one server at a time on a data folder and its database: two would give out the same numbers, each a log.

The lock is the kernel's (or PostgreSQL's), held by an open file (or a session) for as long as the process lives: a
server that was killed leaves none behind. The file itself stays: whoever removed it would let a second server in.
PostgreSQL's session can end before us, and its lock with it. So it is the one that the log is written in: without the
lock nothing can be written.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from ground.logs import get_logger
from signaling.server.config import CannotStart, ServerConfig
from signaling.server.database import noticing_its_end

log = get_logger()

FILE = "server.lock"
#: A server that was asked to end says goodbye (2 s) and lets requests end (5 s) before it lets go.
_WAIT_S = 8.0
_LOOK_S = 0.1
#: Of a database's advisory locks, which are numbers, ours: "infomat" in ASCII.
_KEY = 0x696E666F6D6174


@contextmanager
def only_server(config: ServerConfig) -> Iterator[Connection | None]:
    """Nobody else serves these while this runs; raises CannotStart when another server goes on doing so.

    With PostgreSQL: the session in which the log must be written.
    """
    config.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    url, deadline = make_url(config.url), time.monotonic() + _WAIT_S
    connection: Connection | None = None
    with ExitStack() as held:
        file = held.enter_context(_opened(config.data_folder / FILE))
        _wait_for(lambda: _locked(file), f"data folder {config.data_folder}", deadline)
        if url.get_backend_name() == "postgresql":
            session = connection = held.enter_context(_session(config.url))
            _wait_for(lambda: _locked_there(session), f"database {url!r}", deadline)
        elif _elsewhere(url.database, config.data_folder):  # a file that the folder's lock says nothing of
            beside = held.enter_context(_opened(Path(f"{url.database}.lock")))
            _wait_for(lambda: _locked(beside), f"database {url.database}", deadline)
        yield connection


def _elsewhere(database: str | None, folder: Path) -> bool:
    return database not in (None, "", ":memory:") and Path(str(database)).resolve().parent != folder.resolve()


def _wait_for(taken: Callable[[], bool], what: str, deadline: float) -> None:
    """Until the one before has let go: it may still be closing when the next is started."""
    if taken():
        return
    log.info("server.waits_for_another", what=what)
    while time.monotonic() < deadline:
        time.sleep(_LOOK_S)
        if taken():
            return
    raise CannotStart(
        f"Another server is running with the {what}. Nothing was changed. "
        f"Stop that one first, or give this one a folder and a database of its own."
    )


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)  # and with it the lock


def _locked(file: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


@contextmanager
def _session(url: str) -> Iterator[Connection]:
    """A session of our own, whose end frees the lock; it does nothing for months, and must not be ended for that."""
    engine = create_engine(url, poolclass=NullPool, connect_args=noticing_its_end(url))
    try:
        connection = engine.connect()
        connection.execute(
            text("SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'")
        )
        connection.commit()
    except DatabaseError as error:
        raise CannotStart(f"The database {engine.url!r} cannot be opened: {error.orig}") from error
    try:
        yield connection
    finally:
        with suppress(DatabaseError):  # the database may have ended before us
            connection.close()


def _locked_there(connection: Connection) -> bool:
    taken = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}).scalar_one())
    connection.commit()  # the lock is the session's, not the transaction's
    return taken
