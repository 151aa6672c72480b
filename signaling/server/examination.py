"""Adapter: looks SQLite's file through for damage: a small one before a start, a large one beside the server.

A year's file takes minutes to read from a disk that is cold, and a server that was ended must be back in seconds. What
a start reads of it is checked in any case: the log from the newest start point on, by its chain of hashes.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from ground.logs import get_logger
from signaling.server.event_log import DamagedDatabase
from signaling.server.outside import Outside

log = get_logger()

#: Bytes: what any disk gives within a second or so.
_AT_ONCE = 64 << 20
_NICENESS = 19


def due_before_a_start(file: Path) -> bool:
    """Whether the file is small, or was found damaged when it was looked through last."""
    return file.stat().st_size <= _AT_ONCE or _mark(file).exists()


def found_whole(file: Path) -> None:
    """Whatever was found before, a backup is in its place."""
    _mark(file).unlink(missing_ok=True)


class Examination:
    """Of a large file, once after a start; ``file`` None: another database looks after itself."""

    def __init__(self, file: Path | None) -> None:
        self.damaged, self._file = False, file
        self._connection: sqlite3.Connection | None = None

    async def run(self) -> None:
        """Look it through. Damage is an alarm and keeps the next start from happening; the server itself goes on.

        Cancelled, it stops at once.
        """
        if self._file is None or not self._file.exists() or due_before_a_start(self._file):
            return
        try:
            verdict = await Outside(1).ask(self._verdict, self._file)
        finally:
            if self._connection is not None:
                self._connection.interrupt()
        if verdict != "ok":
            self.damaged = True
            with suppress(OSError):
                _mark(self._file).write_text(f"{verdict}\n")
            log.critical("server.damaged", reason=verdict, code=DamagedDatabase.code)

    def _verdict(self, file: Path) -> str:
        with suppress(AttributeError, OSError):  # of this thread alone, where the system can
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        uri = f"{file.resolve().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True, check_same_thread=False)) as self._connection:
                return str(self._connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.OperationalError as error:  # interrupted, or a disk that could not be read: that is no verdict
            log.warning("server.not_examined", reason=str(error))
            return "ok"
        except sqlite3.DatabaseError as error:
            return str(error)
        finally:
            self._connection = None


def _mark(file: Path) -> Path:
    return file.with_name(file.name + ".damaged")
