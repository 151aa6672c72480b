"""Rules: the waiting line as desks are told of it: its first places, by what changed in them, and how many wait in all.

Some thousands may wait on the worst day. Nobody reads so many rows, and no link could carry them to every desk several
times a second: whoever is further down is found by their number.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from signaling.protocol.queueing import QueueRow
from signaling.protocol.values import Id, LineRow, Message, Short

#: So many places are told; whoever is found by a number is one of at most ``FOUND_MOST``.
LINE_SHOWN, FOUND_MOST = 100, 5


class LineCounts(Message):
    """How many there are in the whole line: those who wait, and those for whom a desk rings."""

    total: int = 0
    since: Annotated[datetime | None, Field(description="when the one who came first of them came")] = None
    services: dict[Short, int] = Field(default_factory=dict)
    priorities: Annotated[dict[Short, int], Field(description="by class of priority, as in QueueRow")] = Field(
        default_factory=dict
    )
    centres: Annotated[dict[Short, int], Field(description="by service centre; empty for the phone")] = Field(
        default_factory=dict
    )


class PlacedRow(Message):
    """A row, and where it stands in the line from now on; the first place is 0."""

    place: int
    row: LineRow


class LineChanged(Message):
    """What is different in the first hundred places of the line. To: operators and supervisors.

    Take the rows of ``gone`` out of what was told before, then insert each of ``put`` at its place, in this order.
    ``whole``: begin with nothing. A row that moved, or changed, is in both.
    """

    type: Literal["line.changed"] = "line.changed"
    whole: bool = False
    gone: tuple[Id, ...] = ()
    put: tuple[PlacedRow, ...] = ()
    counts: LineCounts


class LineFind(Message):
    """Where somebody is who has this number; its letter may be left out. From: operator, supervisor.

    Reply: line.found; ``ticket.unknown`` when nobody who is still expected has it.
    """

    type: Literal["line.find"] = "line.find"
    number: Annotated[str, Field(min_length=1, max_length=12)]


class FoundRow(Message):
    """One who has the number. ``place``: in the order of calling, from 1; None for who is not waiting now."""

    place: int | None
    row: QueueRow


class LineFound(Message):
    """Everybody who has the number, the newest first, five at most."""

    type: Literal["line.found"] = "line.found"
    rows: tuple[FoundRow, ...]


def difference(before: Sequence[LineRow], after: Sequence[LineRow], counts: LineCounts) -> LineChanged:
    """The shortest way from one to the other: the longest run of rows that keep their order stays untouched."""
    places = {row.ticket_id: place for place, row in enumerate(after)}
    kept = [place for row in before if (place := places.get(row.ticket_id)) is not None and after[place] == row]
    stay = _longest_rising(kept)
    staying = {after[place].ticket_id for place in stay}
    return LineChanged(
        gone=tuple(row.ticket_id for row in before if row.ticket_id not in staying),
        put=tuple(PlacedRow(place=place, row=row) for place, row in enumerate(after) if place not in stay),
        counts=counts,
    )


def whole_line(rows: Sequence[LineRow], counts: LineCounts) -> LineChanged:
    """The line for somebody who may have missed differences."""
    return difference((), rows, counts).model_copy(update={"whole": True})


def line_after(before: Sequence[LineRow], event: LineChanged) -> tuple[LineRow, ...]:
    """The line once the event is followed."""
    gone = set(event.gone)
    rows = [] if event.whole else [row for row in before if row.ticket_id not in gone]
    for one in event.put:
        rows.insert(one.place, one.row)
    return tuple(rows)


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The members of a longest rising subsequence of different numbers (patience sorting)."""
    tops: list[int] = []
    below: dict[int, int | None] = {}
    for number in numbers:
        pile = bisect_left(tops, number)
        below[number] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [number]
    found, one = set[int](), tops[-1] if tops else None
    while one is not None:
        found.add(one)
        one = below[one]
    return found
