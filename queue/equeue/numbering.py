"""Rules: ticket numbers such as A-001, counted by letter, beginning again with each service day."""

from __future__ import annotations

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

    def next(self, service: str, now: datetime, settings: Settings) -> str:
        """The next number of the service: letters, a dash, at least three digits."""
        day = service_day(now, settings)
        if day != self._day:
            self._day, self._last = day, {}
        letter = settings.letter(service)
        self._last[letter] = self._last.get(letter, 0) + 1
        return f"{letter}-{self._last[letter]:03d}"

    def picture(self) -> list[object]:
        """The counters as plain values."""
        return [str(self._day), sorted(self._last.items())]
