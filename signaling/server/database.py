"""Adapter: opens the database, brings it to the newest revision, and refuses a damaged one.

SQLite runs in WAL mode with ``synchronous=FULL``: what is committed is on the medium. Any PostgreSQL URL works too.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DatabaseError

from signaling.server.config import CannotStart
from signaling.server.event_log import DamagedDatabase
from signaling.server.examination import due_before_a_start, found_whole

_MIGRATIONS = Path(__file__).parent / "migrations"
_NO_DAMAGE = ("unable to open", "readonly", "disk is full", "locked", "disk I/O error")
_BUSY_MS = 10_000  # the command line writes beside the running server
_CACHE_KIB = 16_384
#: Pages (64 MiB) after which who commits moves them to their places; the server does it before, beside its writer.
_LONGEST_WAL = 16_384


def open_database(url: str, *, examine: bool = True) -> Engine:
    """An engine on the newest revision; raises DamagedDatabase or CannotStart: a sentence that says what to do.

    ``examine`` reads a small file for damage: at a start, not for one who writes a line beside the running server. A
    large one is read later (``Examination``).
    """
    file = sqlite_file(url)
    made = file is not None and _made_mark(file).exists()
    if file is not None and made and (not file.exists() or file.stat().st_size == 0):
        raise DamagedDatabase(
            f"The database {file} is missing or empty, though this server has used it before. Nothing was changed. "
            f"Put it back from a backup; to begin anew on purpose, remove {_made_mark(file)} first."
        )
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = _engine(url)
    try:
        if file is not None and examine and file.exists() and due_before_a_start(file):
            _check(engine)
            found_whole(file)
        _migrate(engine)
    except DatabaseError as error:
        engine.dispose()
        if file is None:
            raise CannotStart(f"The database {engine.url!r} cannot be opened: {error.orig}") from error
        raise _not_opened(file, str(error.orig)) from error
    except (DamagedDatabase, CannotStart):
        engine.dispose()
        raise
    if file is not None:
        file.chmod(0o600)
        _made_mark(file).touch(mode=0o600)
    return engine


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=noticing_its_end(url))
    else:
        # the connection used last has the newest pages and statements at hand: it is used next
        engine = create_engine(url, pool_use_lifo=True, hide_parameters=True, connect_args={"cached_statements": 512})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin)
    return engine


def noticing_its_end(url: str) -> dict[str, int]:
    """Arguments for libpq: a PostgreSQL that is away without a word is noticed in some 20 s and not in a quarter hour.

    Seconds; ``tcp_user_timeout`` in ms.
    """
    if make_url(url).get_driver_name() not in ("psycopg", "psycopg2"):
        return {}
    alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
    return {"connect_timeout": 10, "tcp_user_timeout": 20_000, **alive}


def reading(engine: Engine) -> Engine:
    """The same database for reading only: sees one moment, and keeps no writer waiting."""
    return engine.execution_options(read_only=True)


def move_to_places(engine: Engine) -> None:
    """Move what is durable in SQLite's log of writes to its places in the file, beside the writer, who goes on.

    Another database does this by itself.
    """
    if engine.dialect.name == "sqlite" and engine.url.database is not None:
        with closing(sqlite3.connect(engine.url.database, timeout=0)) as connection:  # none of those in use
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver would say it too late
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint={_LONGEST_WAL}")


def _check(engine: Engine) -> None:
    with reading(engine).connect() as connection:
        verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if verdict != "ok":
        assert engine.url.database is not None
        raise _damaged(Path(engine.url.database), str(verdict))


def _not_opened(file: Path, why: str) -> CannotStart | DamagedDatabase:
    """What SQLite says of a disk, a right or another process is no damage of the file."""
    if any(words in why for words in _NO_DAMAGE):
        return CannotStart(f"The database {file} cannot be written ({why}): look at the disk, and at whose file it is.")
    return _damaged(file, why)


def _damaged(file: Path, why: str) -> DamagedDatabase:
    return DamagedDatabase(
        f"The database {file} is damaged ({why}). Nothing was changed, and the server does not start with it. "
        f"Put {file.name} (with its -wal file) back from a backup; or save what can be read with "
        f"`sqlite3 {file} .recover`, and start again."
    )


def _migrate(engine: Engine) -> None:
    """To the newest revision. Alembic is loaded only when there is something to do: it doubles the time of a start."""
    known = {file.name.split("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py")}
    found = _revision(engine)
    if found == max(known):
        return
    if found is not None and found not in known:
        raise CannotStart(
            f"The database is of revision {found}, which this version of the server does not know; "
            f"it knows up to {max(known)}. Nothing was changed. Start the newer version; "
            f"or, to go back to this one for good, let the newer one do: infomat step-back {max(known)}"
        )
    _move(engine, "upgrade", "head")


def step_back(url: str, revision: str) -> None:
    """To an earlier revision, for a release that knows no later one; raises CannotStart for one that is none."""
    known = {file.name.split("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py")}
    engine = _engine(url)
    try:
        found = _revision(engine)
        if found is None or revision not in known or revision > found:
            raise CannotStart(f"The database is of revision {found}; it cannot be taken back to {revision}.")
        if revision < found:
            _move(engine, "downgrade", revision)
    finally:
        engine.dispose()


def _move(engine: Engine, how: Literal["upgrade", "downgrade"], revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if how == "upgrade" else command.downgrade)(config, revision)


def _revision(engine: Engine) -> str | None:
    if not inspect(engine).has_table("alembic_version"):
        return None
    with reading(engine).connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def sqlite_file(url: str) -> Path | None:
    """SQLite's file of a URL; None for memory and for any other database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


def _made_mark(file: Path) -> Path:
    return file.with_name(file.name + ".made")
