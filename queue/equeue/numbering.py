"""Rules: ticket numbers such as A-001, counted by letter, beginning again with each service day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from equeue.settings import Settings


def service_day(now: datetime, settings: Settings) -> date:
    """The local day a moment counts for; it begins at ``day_begins_min``, not at midnight."""
    return (now + timedelta(minutes=settings.utc_offset_min - settings.day_begins_min)).date()


class Numbering:
    """The counters of one service day."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._last: dict[str, int] = {}
        self._held: frozenset[str] = frozenset()

    def next(self, service: str, now: datetime, settings: Settings, held: Iterable[str]) -> str:
        """The next number of the service: letters, a dash, at least three digits.

        ``held``: the numbers that are in use when a day begins; nobody else is given one of them that day.
        """
        day = service_day(now, settings)
        if self._day is None or day > self._day:  # never back, though the hour at which a day begins may be moved
            self._day, self._last, self._held = day, {}, frozenset(held)
        letter = settings.letter(service)
        while True:
            self._last[letter] = self._last.get(letter, 0) + 1
            number = f"{letter}-{self._last[letter]:03d}"
            if number not in self._held:
                return number

    def picture(self) -> list[object]:
        """The counters as plain values."""
        return [str(self._day), sorted(self._last.items()), sorted(self._held)]
