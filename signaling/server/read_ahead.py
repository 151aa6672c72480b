"""Adapter: a new release reads the log before its first start, beside the release that still serves.

Its rules may not be those of the release before, so it has to step through the whole log once: half a minute for each
month of a large utility. Done ahead, its first start reads only what came since.
"""

from __future__ import annotations

from pathlib import Path

from signaling.server.front_office import FrontOffice
from signaling.server.queue_runner import new_dispatcher
from signaling.server.read_only import reading_log
from signaling.server.restore import step_through
from signaling.server.start_point import start_point, write_point


def read_ahead(folder: Path, source: str) -> int:
    """Leave a start point of this program in the server's data folder; the number of entries read.

    ``source``: the folder, or the database's URL. Raises NoDatabase, and DamagedDatabase when the chain does not hold.
    """
    with reading_log(source) as log:
        front = FrontOffice(new_dispatcher())
        point = start_point(folder, log)
        count, proofs = step_through(front, log, point)
        number = count + (0 if point is None else point.number)
        digest = log.hash_of(number)
        if digest is not None:
            write_point(folder, front, (number, digest), _held(front, proofs))
        return count


def _held(front: FrontOffice, proofs: dict[str, str]) -> dict[str, str]:
    """Of the tickets that the queue still knows; those of years are not wanted again."""
    return {ticket_id: proof for ticket_id, proof in proofs.items() if front.queue.knows(ticket_id)}
