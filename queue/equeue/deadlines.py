"""Rules: what will happen by itself, in the order of its time. Entries out of date are passed over."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a deadline is about."""

    OFFER = "offer"
    WRAPUP = "wrapup"
    GRACE = "grace"
    EXCLUSION = "exclusion"
    PARK = "park"
    SLOT = "slot"
    NO_SHOW = "no_show"
    RECALL = "recall"
    CALLBACK = "callback"
    DOOR = "door"
    CALLED_IN = "called_in"
    LOOK = "look"
    RELAX = "relax"
    PERSON = "person"
    RESERVATION = "reservation"
    ROOM = "room"
    FORGET = "forget"

    # Looked up in tables several times a step, and Enum would have its hash worked out in Python.
    __hash__ = str.__hash__


class Deadline(NamedTuple):
    """At ``when``, ``kind`` is over for ``key`` (a ticket or operator) and, for an exclusion, ``other``."""

    when: datetime
    order: int
    kind: Kind
    key: str
    other: str


class Deadlines:
    """A heap of deadlines; ``holds`` tells whether one is still meant."""

    def __init__(self, holds: Callable[[Deadline], bool]) -> None:
        self._heap: list[Deadline] = []
        self._order = 0
        self._holds = holds

    def add(self, when: datetime, kind: Kind, key: str, other: str = "") -> None:
        """Wait for this, too. Several at one moment come in the order of adding."""
        self._order += 1
        heapq.heappush(self._heap, Deadline(when, self._order, kind, key, other))

    def next(self) -> datetime | None:
        """The first moment at which something happens by itself."""
        while self._heap and not self._holds(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0].when if self._heap else None

    def pop_due(self, now: datetime) -> Deadline | None:
        """The first deadline that has come and still holds."""
        when = self.next()
        return heapq.heappop(self._heap) if when is not None and when <= now else None
