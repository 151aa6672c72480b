"""Adapter: a copy of everything a server needs, made beside the running server, and a server put back from one.

A backup is a folder by the moment it was made: the database as it was at one moment, the house's authority, the keys by
which accounts, doors and signed days are known, and the days signed so far. It holds secrets and personal data.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ground.errors import InfomatError
from signaling.server.config import ServerConfig
from signaling.server.database import sqlite_file
from signaling.server.one_server import only_server

DATABASE = "infomat.db"
#: Without the last two there is nothing to lose yet; the days come before the database, which then has all of them.
FILES = ("ca.pem", "ca-key.pem", "server.pem", "server-key.pem", "account-key", "queue-proof-key", "queue-days.jsonl")
_NEEDED = ("ca.pem", "ca-key.pem")
_PUBLIC = ("ca.pem", "server.pem")
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z")
_PAGES_AT_ONCE = 2000  # 8 MiB; between them the server writes on
_DRAFT = ".part"


class BackupRefused(InfomatError):
    """It cannot be done; the text says why, and that nothing was changed."""

    code = "backup.refused"


def back_up(config: ServerConfig, into: Path, keep: int) -> tuple[Path, list[Path]]:
    """A new backup in the folder ``into``, whole and looked over; the oldest beyond ``keep`` of them go.

    (its folder, those that went). Of another database than SQLite only the files are copied. Raises BackupRefused.
    """
    source = config.data_folder
    missing = [one for one in _NEEDED if not (source / one).is_file()]
    if missing:
        raise BackupRefused(f"{source} is no server's folder: it has no {missing[0]}")
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = into / datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    draft = made.with_name(made.name + _DRAFT)
    draft.mkdir(mode=0o700)
    try:
        for name in FILES:
            if (source / name).is_file():
                _copy(source / name, draft / name)
        database = sqlite_file(config.url)
        if database is not None:
            _copy_database(database, draft / DATABASE)
        _synced(draft)
        draft.rename(made)
        _synced(into)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    gone = sorted(one for one in into.iterdir() if _NAME.fullmatch(one.name))[:-keep]
    for one in gone:
        shutil.rmtree(one)
    return made, gone


def put_back(config: ServerConfig, backup: Path) -> None:
    """A server's folder as it was when the backup was made; no server may run on it, and it may hold no database.

    Raises BackupRefused or CannotStart.
    """
    target, file = config.data_folder, sqlite_file(config.url)
    if backup.name.endswith(_DRAFT) or not all((backup / one).is_file() for one in _NEEDED):
        raise BackupRefused(f"{backup} is no whole backup: name a folder such as 2026-11-22T031500Z")
    with only_server(config):
        there = [one for one in (*FILES, DATABASE) if (target / one).exists()]
        if there:
            raise BackupRefused(f"{target} has {there[0]} already: move what is there away first. Nothing was changed.")
        if (backup / DATABASE).is_file():
            if file is None:
                raise BackupRefused("the backup has a database of SQLite, and another one was named")
            _copy_database(backup / DATABASE, file)
            file.chmod(0o600)
        for name in FILES:
            if (backup / name).is_file():
                _copy(backup / name, target / name)
        _synced(target)


def _copy(source: Path, target: Path) -> None:
    with target.open("xb") as out:
        os.fchmod(out.fileno(), 0o644 if source.name in _PUBLIC else 0o600)
        out.write(source.read_bytes())
        out.flush()
        os.fsync(out.fileno())


def _copy_database(source: Path, target: Path) -> None:
    """Of one moment, while others write; read through once copied. Raises BackupRefused for a damaged one."""
    if not source.is_file():
        raise BackupRefused(f"there is no database {source}")
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as before,
            closing(sqlite3.connect(target)) as after,
        ):
            target.chmod(0o600)
            before.backup(after, pages=_PAGES_AT_ONCE, sleep=0.01)
            verdict = after.execute("PRAGMA quick_check(1)").fetchone()[0]
            after.execute("PRAGMA journal_mode=DELETE")  # one file, whoever copies it on
    except sqlite3.Error as error:
        raise BackupRefused(f"{source} cannot be copied: {error}") from error
    if verdict != "ok":
        raise BackupRefused(f"{source} is damaged ({verdict}); the backups before were left as they are")
    with target.open("rb") as copied:
        os.fsync(copied.fileno())


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
