"""Adapter: where a start may begin: the queue as it was after an entry of the log, in a file beside it.

The log stays the truth. A point counts only if the log has this very entry and the same program made it; without one
the whole log is read. Each program has a file of its own, so that a new release can read ahead while the one before
still serves (read_ahead.py), and the one before finds its own again. ``infomat queue verify`` never looks at them. They
are as much to be trusted as the program: they lie in the data folder, readable and writable by the server alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import sys
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import equeue
from equeue.dispatcher import Dispatcher
from ground.disk import RealDisk
from ground.logs import get_logger
from signaling.server.event_log import EventLog
from signaling.server.front_office import FrontOffice
from signaling.server.queue_log import KIND, logged_step

log = get_logger()

FILE = "queue-start"
#: Of the program that runs, the one before, and the one to come.
_PROGRAMS = 3
DAYS = "queue-points"
_KEPT_DAYS = 14


@dataclass(frozen=True, slots=True)
class StartPoint:
    """The queue and its proof after entry ``number`` of the log, which has this hash."""

    number: int
    hash: str
    queue: Dispatcher
    steps: int
    head: str
    settings_version: int
    #: ticket id -> the proof it carries
    proofs: dict[str, str]


def keep_start_point(folder: Path, front: FrontOffice, event_log: EventLog) -> bool:
    """Write the point of this moment; False, and nothing is written, while a step is on its way to the log."""
    last = event_log.newest(KIND)
    if last is None or logged_step(last.body).head != front.chain.head:
        return False
    write_point(folder, front, event_log.end(), {one.id: one.proof for one in front.tickets.values()})
    _keep_of_day(folder, last.at.date())
    return True


def _keep_of_day(folder: Path, day: date) -> None:
    """The first point of a day stays for two weeks, for who asks why somebody was called (lately.py)."""
    days, name = folder / DAYS, f"{day.isoformat()}-{_program()[:16]}"
    if (days / name).exists():
        return
    RealDisk(days).replace(name, point_file(folder).read_bytes())
    for old in sorted(one for one in days.iterdir() if not one.name.startswith("."))[:-_KEPT_DAYS]:
        old.unlink(missing_ok=True)


def points_of_days(folder: Path) -> list[Path]:
    """Files of this program's points, one a day with a queue, the newest first."""
    return sorted((folder / DAYS).glob(f"*-{_program()[:16]}"), reverse=True)


def write_point(folder: Path, front: FrontOffice, end: tuple[int, str], proofs: dict[str, str]) -> None:
    """Put down where the queue is after the entry of this number and hash. Whoever owns the folder owns the file."""
    number, digest = end
    point = StartPoint(
        number, digest, front.queue, front.chain.number, front.chain.head, front.settings_version, proofs
    )
    data = pickle.dumps(point, protocol=5)
    head = {"number": number, "hash": digest, "program": _program(), "digest": hashlib.sha256(data).hexdigest()}
    file = point_file(folder)
    RealDisk(folder).replace(file.name, json.dumps(head).encode() + b"\n" + data)
    file.chmod(0o600)
    owner = folder.stat()
    if owner.st_uid != file.stat().st_uid:  # root did it for the server
        os.chown(file, owner.st_uid, owner.st_gid)
    for old in sorted(folder.glob(f"{FILE}*"), key=lambda one: one.stat().st_mtime)[:-_PROGRAMS]:
        old.unlink(missing_ok=True)


def point_file(folder: Path) -> Path:
    """Where the point of this program is, if there is one."""
    return folder / f"{FILE}-{_program()[:16]}"


def start_point(folder: Path, event_log: EventLog) -> StartPoint | None:
    """The point to begin from; None: there is none that this log and this program can go on from."""
    file = point_file(folder)
    return read_point(file, event_log) if file.exists() else None


def read_point(file: Path, event_log: EventLog) -> StartPoint | None:
    """The point of a file, if this log and this program can go on from it, and the file is our own."""
    try:
        if file.stat().st_uid != os.geteuid():
            raise ValueError("of another user: it is a program, and would be ours to run")
        line, _, data = file.read_bytes().partition(b"\n")
        head = json.loads(line)
        fits = head["program"] == _program() and head["digest"] == hashlib.sha256(data).hexdigest()
        if not fits or event_log.hash_of(int(head["number"])) != str(head["hash"]):
            raise ValueError("of another program or another log, or torn")
        point = pickle.loads(data)
    except Exception as error:  # whatever it is: the log has everything
        log.warning("queue.start_point_unused", reason=str(error))
        return None
    assert isinstance(point, StartPoint)
    return point


@cache
def _program() -> str:
    """What may change how a queue goes on: its rules, the shape of this file, Python itself."""
    digest = hashlib.sha256(sys.version.encode())
    for file in (*sorted(Path(equeue.__file__).parent.glob("*.py")), Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()
