"""Adapter: the end of the card terminal's day: its totals go to the server, which holds them against the book."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time

from ground.clock import Clock
from ground.disk import Disk
from ground.logs import get_logger
from payment.answers import Totals, TotalsAnswer
from payment.day_end import TRY_AGAIN, day_to_close
from signaling.protocol.commands import TerminalDayClosed
from signaling.protocol.values import Sum, TerminalTotal

log = get_logger()

_FILE = "day_closed"
_LOOK_EVERY_S = 30.0


class DayEnd:
    """``close_day`` asks the terminal, None where it keeps no days; ``keep`` makes sure that the server hears it.

    ``quiet`` says whether no visit and no payment is under way; ``hour`` is the place's own time.
    """

    def __init__(
        self,
        disk: Disk,
        clock: Clock,
        hour: time,
        quiet: Callable[[], bool],
        close_day: Callable[[], Awaitable[tuple[str, TotalsAnswer] | None]],
        keep: Callable[[TerminalDayClosed], None],
    ) -> None:
        self._disk, self._clock, self._hour = disk, clock, hour
        self._quiet, self._close_day, self._keep = quiet, close_day, keep
        self._closed_unnoted: date | None = None

    async def run(self, look_every_s: float = _LOOK_EVERY_S) -> None:
        """Look every half minute, for ever."""
        while True:
            try:
                done = await self.look()
            except OSError as error:  # a full disk; what was closed is remembered until it can be noted
                log.warning("the terminal's day was not noted", error=type(error).__name__)
                done = False
            pause = look_every_s if done else TRY_AGAIN.total_seconds()
            await asyncio.sleep(pause)

    async def look(self) -> bool:
        """Close the day if it is time; False when the terminal did not."""
        here = self._clock.now().astimezone()  # the machine's own zone: the place's time
        if self._closed is None:
            self._disk.replace(_FILE, here.date().isoformat().encode())
        day = day_to_close(here, self._hour, self._closed, quiet=self._quiet())
        if day is None:
            return True
        found = await self._close_day()
        if found is None:
            return True
        poi_id, answer = found
        if not isinstance(answer, Totals):
            log.warning("the terminal's day was not closed", reason=type(answer).__name__)
            return False
        self._keep(_told(poi_id, answer, self._clock.now()))  # on disk first: told twice is recognised, lost is lost
        self._closed_unnoted = day
        self._disk.replace(_FILE, day.isoformat().encode())
        self._closed_unnoted = None
        log.info("the terminal's day is closed", count=sum(line.count for line in answer.lines))
        return True

    @property
    def _closed(self) -> date | None:
        if self._closed_unnoted is not None:
            return self._closed_unnoted
        told = self._disk.read(_FILE)
        try:
            return date.fromisoformat(told.decode()) if told else None
        except ValueError:
            return None


def _told(poi_id: str, totals: Totals, now: datetime) -> TerminalDayClosed:
    return TerminalDayClosed(
        poi_id=poi_id,
        closed_at=now.astimezone(UTC),
        reconciliation_id=totals.reconciliation_id,
        totals=tuple(
            TerminalTotal(
                brand=line.brand,
                kind=line.kind,
                count=line.count,
                amount=Sum(minor=line.amount.minor, currency=line.amount.currency),
            )
            for line in totals.lines
        ),
    )
