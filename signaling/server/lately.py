"""Adapter: why somebody was called before a customer of these days, without a replay of years.

From the newest point of a day at which the ticket was not yet known, the log is verified and stepped through as the
whole would be. What lies before is believed as far as the server's own folder is; who doubts that verifies all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from equeue import proof
from equeue.errors import UnknownTicket
from equeue.why import CalledBefore, why
from signaling.server.event_log import EventLog
from signaling.server.queue_log import KIND, logged_step
from signaling.server.read_only import DATABASE, file_of, reading_log
from signaling.server.start_point import StartPoint, points_of_days, read_point


@dataclass(frozen=True, slots=True)
class Lately:
    """``fault``: the first entry, from number ``since`` on, that does not follow; then nothing else was found."""

    since: int
    before: tuple[CalledBefore, ...] = ()
    fault: proof.Fault | None = None


def lately_at(source: str, ticket: str) -> Lately | None:
    """As ``lately``, of a server's folder or the SQLite file in it; None for any other source."""
    file = file_of(source)
    if file is None or file.name != DATABASE or not file.is_file():
        return None
    with reading_log(source) as log:
        return lately(file.parent, log, ticket)


def lately(folder: Path, log: EventLog, ticket: str) -> Lately | None:
    """Everybody called before this ticket (id, or number: the newest that has it); None: only the whole log can tell.

    Raises DamagedDatabase when the log's own chain does not hold.
    """
    verified_from: int | None = None  # up to the log's end
    for file in points_of_days(folder):
        point = read_point(file, log)
        if point is None:
            continue
        replay, since = proof.Replay(point.queue, proof.Chain(point.head, point.steps)), point.number + 1
        for number, entry in _steps(log, point):
            if verified_from is not None and number >= verified_from:
                break
            fault = replay.follow(entry)
            if fault is not None:
                return Lately(since, fault=fault.at(number))
        verified_from, ticket_id = since, replay.numbers.get(ticket, ticket)
        again = read_point(file, log)  # the queue of the first was stepped on
        if again is None or again.queue.knows(ticket_id):
            continue
        with suppress(UnknownTicket):
            entries = (entry for _, entry in _steps(log, again))
            return Lately(since, tuple(why(entries, again.queue, ticket_id)))
    return None


def _steps(log: EventLog, point: StartPoint) -> Iterator[tuple[int, proof.Entry]]:
    """Each step of the queue with the number it has in the whole log."""
    steps = point.steps
    for row in log.read_all((point.number, point.hash)):
        if row.kind == KIND:
            steps, logged = steps + 1, logged_step(row.body)
            yield row.number, proof.Entry(steps, row.at.isoformat(), logged.event, logged.told or "", logged.head or "")
