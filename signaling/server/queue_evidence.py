"""Adapter: where a log to be proved lies: a server's folder or database, read and never touched, or an exported file.

An export is JSON Lines: a row of the log a line, as ``queue_proof.Row``, a line for each signed day that lay beside it,
then ``{"end": number, "hash": hash}``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection, text

from ground.errors import InfomatError
from signaling.server.day_signer import DAYS_FILE, signed_days
from signaling.server.event_log import GENESIS
from signaling.server.queue_days import SignedDay, day_body
from signaling.server.queue_proof import Evidence, Row
from signaling.server.read_only import NoDatabase, file_of, reading
from signaling.server.taken_tickets import TakenTickets, taken_tickets

_SQLITE = b"SQLite format 3\x00"
_ROWS = "SELECT number, at, kind, body, previous, hash FROM event_log ORDER BY number"

_TICKETS = "SELECT id, state FROM tickets ORDER BY id"


class NoLog(InfomatError):
    """There is no log where one was looked for."""

    code = "queue.no_log"


class NotOverwritten(InfomatError):
    """What lies where an export should go is not to be lost."""

    code = "queue.not_overwritten"


@contextmanager
def evidence(source: str) -> Iterator[Evidence]:
    """The log at a folder, a database's file or URL, or an export; raises NoLog with what to do."""
    file = file_of(source)
    if file is None:
        with _database(source) as found:
            yield found
        return
    if not file.is_file():
        raise NoLog(f"there is no log at {source}: name a server's folder, its database, or an exported file")
    with file.open("rb") as begin:
        sqlite = begin.read(len(_SQLITE)) == _SQLITE
    if not sqlite:
        with taken_tickets() as taken:
            yield _exported(file, taken)
        return
    days = signed_days(file.with_name(DAYS_FILE))  # before the log: a running server may sign meanwhile
    with _database(str(file)) as found:
        yield replace(found, days=days)


def export(source: str, file: Path) -> int:
    """Write the log to a file; the number of entries. Raises NotOverwritten; what was there stays until all is written.

    What is no plain file, such as /dev/stdout, is written as it comes.
    """
    if file.exists() and not file.is_file():
        with file.open("w", encoding="utf-8") as out:
            return _write(source, out)
    target = file.resolve()  # a link stays a link
    _may_be_replaced(source, target)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as out:
            number = _write(source, out)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return number


def _may_be_replaced(source: str, target: Path) -> None:
    """Nothing, or an export of before: a name mistyped must not cost the server its database or a key."""
    if not target.exists():
        return
    log = file_of(source)
    if log is not None and log.exists() and log.samefile(target):
        raise NotOverwritten(f"{target} is the log that is to be exported: name another file")
    with target.open("rb") as there:
        begin = there.read(len(_SQLITE))
    if begin == _SQLITE:
        raise NotOverwritten(f"{target} is a database, and would be lost: name another file")
    if begin and not begin.startswith(_BEGINNINGS):
        raise NotOverwritten(f"{target} is there already and is no exported log: name another file, or remove it")


def _write(source: str, out: TextIO) -> int:
    number, last = 0, GENESIS
    with evidence(source) as found:
        for row in found.rows:
            out.write(json.dumps(asdict(row), ensure_ascii=False, separators=(",", ":")) + "\n")
            number, last = row.number, row.hash
        for one in found.days:
            out.write(day_body(one) + "\n")
        out.write(json.dumps({"end": number, "hash": last}, separators=(",", ":")) + "\n")
    return number


@contextmanager
def _database(source: str) -> Iterator[Evidence]:
    try:
        with reading(source) as connection, taken_tickets() as taken:
            for query in (_ROWS, _TICKETS):  # from here on all is of one moment, beside a running server
                connection.execute(text(f"{query} LIMIT 0"))
            yield Evidence(_rows(connection), _tickets(connection), lambda: taken)
    except NoDatabase as error:
        raise NoLog(str(error)) from error


def _tickets(connection: Connection) -> Iterator[tuple[str, str]]:
    for row in connection.execution_options(yield_per=1000).execute(text(_TICKETS)):
        yield row.id, row.state


def _rows(connection: Connection) -> Iterator[Row]:
    for row in connection.execution_options(yield_per=1000).execute(text(_ROWS)):
        yield Row(row.number, str(row.at), row.kind, row.body, row.previous, row.hash)


def _exported(file: Path, taken: TakenTickets) -> Evidence:
    """Read twice and never kept whole: an export of years is larger than memory."""
    rows, days, end = 0, list[SignedDay](), (-1, "")
    for number, line in _lines(file):
        one = None if number > 1 and line.startswith(_A_ROW) else _line(number, line)
        if number == 1 and isinstance(one, Row) and not one.hash:
            raise NoLog(f"{file} is neither a server's database nor an exported log")
        if isinstance(one, SignedDay):
            days.append(one)
        elif isinstance(one, tuple):
            end = one
        else:
            rows += 1
    found = (_line(number, line) for number, line in _lines(file))
    ended = end if end[0] >= 0 else (rows + 1, "more entries")
    return Evidence((one for one in found if isinstance(one, Row)), taken=lambda: taken, end=ended, days=days)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    with file.open(encoding="utf-8", errors="replace", newline="\n") as found:
        for number, line in enumerate(found, 1):
            yield number, line.rstrip("\r\n")


def _line(number: int, line: str) -> Row | SignedDay | tuple[int, str]:
    """A row, a signed day, or number and hash of the end; what cannot be read is a row, to be found as changed."""
    try:
        told = json.loads(line)
        if "end" in told:
            return int(told["end"]), str(told["hash"])
        if "signature" in told:
            return SignedDay(**told)
        return Row(int(told["number"]), *(str(told[one]) for one in _TEXTS))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):  # Infinity, or nested beyond measure
        return Row(number, "", "", line, "", "")


#: How ``export`` begins a row.
_A_ROW = '{"number":'
#: And how an export may begin.
_BEGINNINGS = (_A_ROW.encode(), b'{"end":')
_TEXTS = ("at", "kind", "body", "previous", "hash")
