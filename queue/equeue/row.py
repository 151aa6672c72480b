"""Rules: a row of customers who need the same and gather priority equally fast, in the order of their arrival.

Whatever the time, only the heads of rows are ever compared. A row is a sorted list in blocks: to add, remove or count
before a place costs about the logarithm of its length.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple, TypeAlias


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
#: The arrival at the head of an empty row: after every place there can be.
NEVER = 1 << 62
NOBODY: Place = (NEVER, 0, "")


def turn(rate: int, place: Place, now_us: int) -> tuple[int, Place]:
    """The smaller, the earlier called: by priority gathered at ``rate``, then by place. The rule of all order."""
    return -rate * (now_us - place[0]), place


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
