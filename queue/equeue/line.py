"""Rules: the one line. Rows of customers who need the same and gather priority equally fast.

Priority grows with waiting: rate x (now - arrival), Kleinrock's accumulating priority (features.md 6, 7). Within
a row the order is by arrival whatever the time, so only the heads of rows are ever compared, and a row is a
sorted list in blocks: to add, remove or count before a place costs about the logarithm of its length.
All arithmetic is in whole microseconds and whole thousandths of a rate: the same order on every machine.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias


class Requirement(NamedTuple):
    """What a ticket needs of an operator; an empty text needs nothing."""

    service: str
    language: str
    supplier: str
    #: least level of the skill; 0: even somebody without it
    level: int = 1
    channel: str = "video"
    #: the one operator it is for; then skill and language need nothing
    person: str = ""


#: Arrival in microseconds since 1970, then the order of taking, then the ticket's id.
Place: TypeAlias = tuple[int, int, str]
#: A place, or the moment at which one begins.
Bound: TypeAlias = Place | tuple[int]

BLOCK = 512
_LAST = itemgetter(-1)
#: So many empty rows are kept, and three times as many as have somebody in them.
_EMPTY_ROWS = 512
#: The arrival at the head of an empty row: after every place there can be.
NEVER = 1 << 62
NOBODY: Place = (NEVER, 0, "")


class Row:
    """Places in order, in blocks of at most ``2 * BLOCK``; never an empty block."""

    __slots__ = ("_blocks", "_heads", "first", "index", "length", "need", "rate")

    def __init__(self, need: Requirement, rate: int, heads: list[int]) -> None:
        self.need, self.rate = need, rate
        #: arrivals at the heads of all rows of this rate, and where ours is among them
        self._heads, self.index = heads, len(heads)
        heads.append(NEVER)
        self._blocks: list[list[Place]] = []
        self.length = 0
        #: the place at the head
        self.first = NOBODY

    def stand_among(self, heads: list[int]) -> None:
        """Let the head be known in another list."""
        self._heads, self.index = heads, len(heads)
        heads.append(self.first[0])

    def add(self, place: Place) -> None:
        """Put a place where it belongs."""
        self.length += 1
        if not self._blocks:
            self._blocks.append([place])
            self.first, self._heads[self.index] = place, place[0]
            return
        index = self._block_of(place)
        block = self._blocks[index]
        insort(block, place)
        self.first = first = self._blocks[0][0]
        self._heads[self.index] = first[0]
        if len(block) > 2 * BLOCK:
            self._blocks.insert(index + 1, block[BLOCK:])
            del block[BLOCK:]

    def remove(self, place: Place) -> None:
        """Take a place out; it is there."""
        index = self._block_of(place)
        block = self._blocks[index]
        del block[bisect_left(block, place)]
        self.length -= 1
        if not block:
            del self._blocks[index]
        self.first = first = self._blocks[0][0] if self._blocks else NOBODY
        self._heads[self.index] = first[0]

    def count_before(self, bound: Bound) -> int:
        """How many places sort before ``bound``."""
        count = 0
        for block in self._blocks:
            if block[-1] >= bound:
                return count + bisect_left(block, bound)
            count += len(block)
        return count

    def __iter__(self) -> Iterator[Place]:
        for block in self._blocks:
            yield from block

    def _block_of(self, place: Place) -> int:
        return min(bisect_left(self._blocks, place, key=_LAST), len(self._blocks) - 1)


class Reach:
    """The rows that one operator serves, by their rate, kept from one look to the next."""

    __slots__ = ("epoch", "rows", "seen", "taking")

    def __init__(self) -> None:
        self.epoch, self.seen = -1, 0
        self.rows: dict[int, list[Row]] = {}
        #: rate -> what takes their heads out of those of all rows of the rate; made when asked for
        self.taking: dict[int, itemgetter[Any]] = {}

    def __reduce__(self) -> tuple[type[Reach], tuple[()]]:
        return Reach, ()  # found anew by who goes on from what was kept


class Line:
    """All who wait, in rows by requirement and rate."""

    def __init__(self) -> None:
        #: every row there was since the last tidying, the empty ones too, since somebody may soon stand there again
        self._known: dict[tuple[Requirement, int], Row] = {}
        self._all: list[Row] = []  # the same, the newest last
        self._heads: dict[int, list[int]] = {}
        self.length = self._empty = self._epoch = 0
        self._rows: dict[Requirement, dict[int, Row]] = {}
        #: the same rows by the skill they ask for; "" where none is needed any more
        self._by_skill: dict[str, dict[Requirement, dict[int, Row]]] = {}

    def add(self, need: Requirement, rate: int, place: Place) -> None:
        """Join. ``rate`` is in thousandths."""
        rows = self._rows.get(need)
        if rows is None:
            rows = self._rows[need] = {}
            self._by_skill.setdefault(_skill(need), {})[need] = rows
        row = rows.get(rate)
        if row is None:
            row = rows[rate] = self._row(need, rate)
        row.add(place)
        self.length += 1

    def _row(self, need: Requirement, rate: int) -> Row:
        row = self._known.get((need, rate))
        if row is not None:
            self._empty -= 1
            return row
        row = self._known[need, rate] = Row(need, rate, self._heads.setdefault(rate, []))
        self._all.append(row)
        return row

    def _emptied(self) -> None:
        self._empty += 1
        if self._empty > _EMPTY_ROWS + 3 * (len(self._known) - self._empty):
            self._known = {key: row for key, row in self._known.items() if row.length}
            self._all = list(self._known.values())
            self._heads = {}
            for row in self._all:
                row.stand_among(self._heads.setdefault(row.rate, []))
            self._empty, self._epoch = 0, self._epoch + 1

    def remove(self, need: Requirement, rate: int, place: Place) -> None:
        """Leave; the place is there."""
        rows = self._rows[need]
        row = rows[rate]
        row.remove(place)
        self.length -= 1
        if not row.length:
            del rows[rate]
            self._emptied()
            if not rows:
                del self._rows[need]
                del self._by_skill[_skill(need)][need]

    def first_for(
        self, reach: Reach, serves: Callable[[Requirement], bool], skills: Iterable[str] | None, now_us: int
    ) -> str | None:
        """The ticket to call first, as ``best`` finds it; ``reach`` is kept for the same ``serves`` and ``skills``.

        Of rows that gather equally fast the earliest place goes first, so their heads are only compared.
        """
        if reach.epoch != self._epoch:
            reach.epoch, reach.seen, reach.rows, reach.taking = self._epoch, 0, {}, {}
        if reach.seen < len(self._all):
            self._extend(reach, serves, skills)
        most: int = 0
        found: Place | None = None
        for rate, rows in reach.rows.items():
            take = reach.taking.get(rate) or _taking(reach, rate)
            heads = take(self._heads[rate])
            least = min(heads)
            if least == NEVER:
                continue
            if heads.count(least) == 1:
                place = rows[heads.index(least)].first
            else:  # they came at the same moment
                place = min(row.first for row in rows if row.first[0] == least)
            priority = rate * (now_us - least)
            if found is None or priority > most or (priority == most and place < found):
                most, found = priority, place
        return None if found is None else found[2]

    def _extend(self, reach: Reach, serves: Callable[[Requirement], bool], skills: Iterable[str] | None) -> None:
        able = None if skills is None else ("", *skills)
        for row in self._all[reach.seen :]:  # hardly ever more than one, but for the first time
            if (able is None or _skill(row.need) in able) and serves(row.need):
                reach.rows.setdefault(row.rate, []).append(row)
                reach.taking.pop(row.rate, None)
        reach.seen = len(self._all)

    def best(
        self,
        serves: Callable[[Requirement], bool],
        now_us: int,
        kept_from: Callable[[str], bool],
        skills: Iterable[str] | None = None,
    ) -> str | None:
        """The ticket to call first among those that ``serves`` allows and ``kept_from`` does not exclude.

        ``skills``: the only ones that ``serves`` may allow, so that nothing else is looked at; None: any.
        """
        most: int = 0
        found: Place | None = None  # the priority and the place of the best so far
        for need, rows in self._rows.items() if skills is None else self._asking_for(skills):
            if not serves(need):
                continue
            for rate, row in rows.items():
                place = row.first
                priority = rate * (now_us - place[0])
                if found is not None and (priority < most or (priority == most and place > found)):
                    continue
                if not kept_from(place[2]):
                    most, found = priority, place
                    continue
                for place in row:
                    priority = rate * (now_us - place[0])
                    if found is not None and (priority < most or (priority == most and place > found)):
                        break
                    if not kept_from(place[2]):
                        most, found = priority, place
                        break
        return None if found is None else found[2]

    def _asking_for(self, skills: Iterable[str]) -> Iterator[tuple[Requirement, dict[int, Row]]]:
        for skill in ("", *skills):
            yield from self._by_skill.get(skill, {}).items()

    def ahead(self, rate: int, place: Place, now_us: int) -> dict[Requirement, int]:
        """How many with each requirement would be called before this place, were everybody to serve all."""
        counts: dict[Requirement, int] = {}
        priority = rate * (now_us - place[0])
        for need, rows in self._rows.items():
            count = sum(row.count_before(_bound(other, priority, place, now_us)) for other, row in rows.items())
            if count:
                counts[need] = count
        return counts

    def in_order(self, now_us: int) -> list[str]:
        """Every waiting ticket, first called first."""
        marks = [
            (-rate * (now_us - base), base, order, ticket_id)
            for rows in self._rows.values()
            for rate, row in rows.items()
            for base, order, ticket_id in row
        ]
        return [mark[3] for mark in sorted(marks)]


def _taking(reach: Reach, rate: int) -> itemgetter[Any]:
    places = [row.index for row in reach.rows[rate]]
    if len(places) == 1:  # of one place it would not make a tuple
        places = [slice(places[0], places[0] + 1)]  # type: ignore[list-item]
    take = reach.taking[rate] = itemgetter(*places)
    return take


def _skill(need: Requirement) -> str:
    return need.service if need.level and not need.person else ""


def _bound(rate: int, priority: int, place: Place, now_us: int) -> Bound:
    """Places of a row of ``rate`` before this bound have more than ``priority``, or as much and came earlier."""
    waited, rest = divmod(priority, rate)
    level = now_us - waited  # who arrived before this moment has more than ``priority``
    if rest or level > place[0]:
        return (level,)
    if level < place[0]:
        return (level + 1,)
    return place
