"""Rules: the one line. Rows of customers who need the same and gather priority equally fast.

Priority grows with waiting: rate x (now - arrival), Kleinrock's accumulating priority (features.md 6, 7). Within
a row the order is by arrival whatever the time, so only the heads of rows are ever compared (``equeue.row``).
All arithmetic is in whole microseconds and whole thousandths of a rate: the same order on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import itemgetter
from typing import Any

from equeue.row import NEVER, Bound, Place, Requirement, Row

#: So many empty rows are kept, and three times as many as have somebody in them.
_EMPTY_ROWS = 512


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
        #: the same, the newest last, and by the skill they ask for
        self._all, self._asked = list[Row](), dict[str, list[Row]]()
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
        self._list(row)
        return row

    def _list(self, row: Row) -> None:
        self._all.append(row)
        self._asked.setdefault(_skill(row.need), []).append(row)

    def _emptied(self) -> None:
        self._empty += 1
        if self._empty > _EMPTY_ROWS + 3 * (len(self._known) - self._empty):
            self._known = {key: row for key, row in self._known.items() if row.length}
            self._all, self._asked, self._heads = [], {}, {}
            for row in self._known.values():
                row.stand_among(self._heads.setdefault(row.rate, []))
                self._list(row)
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
        able = None if skills is None else dict.fromkeys(("", *skills))
        new: Iterable[Row]
        if able is not None and not reach.seen:  # all there are; later hardly ever more than one
            new = chain.from_iterable(self._asked.get(skill, ()) for skill in able)
        else:
            new = (row for row in self._all[reach.seen :] if able is None or _skill(row.need) in able)
        for row in new:
            if serves(row.need):
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

    @property
    def mixed(self) -> bool:
        """Whether some gather priority faster than others, so that the order changes as time passes."""
        return len(self._heads) > 1

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
