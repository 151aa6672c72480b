"""Adapter: where a start may begin: the queue as it was after an entry of the log, in a file beside it.

The log stays the truth. A point counts only if the log has this very entry and the same program made it; without one
the whole log is read, as after any new release. ``infomat queue verify`` never looks at it. The file is as much to be
trusted as the program's own: it lies in the data folder, readable and writable by the server alone.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import sys
from dataclasses import dataclass
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
    number, digest = event_log.end()
    proofs = {one.id: one.proof for one in front.tickets.values()}
    point = StartPoint(
        number, digest, front.queue, front.chain.number, front.chain.head, front.settings_version, proofs
    )
    data = pickle.dumps(point, protocol=5)
    head = {"number": number, "hash": digest, "program": _program(), "digest": hashlib.sha256(data).hexdigest()}
    RealDisk(folder).replace(FILE, json.dumps(head).encode() + b"\n" + data)
    (folder / FILE).chmod(0o600)
    return True


def start_point(folder: Path, event_log: EventLog) -> StartPoint | None:
    """The point to begin from; None: there is none that this log and this program can go on from."""
    file = folder / FILE
    if not file.exists():
        return None
    line, _, data = file.read_bytes().partition(b"\n")
    try:
        head = json.loads(line)
        fits = head["program"] == _program() and head["digest"] == hashlib.sha256(data).hexdigest()
        if not fits or not event_log.has(int(head["number"]), str(head["hash"])):
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
