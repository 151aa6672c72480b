"""Rules: when a terminal's day is closed: at a set hour, once a day, and never while somebody is at the kiosk."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

#: After a day that could not be closed: the acquirer may be away at night.
TRY_AGAIN = timedelta(minutes=10)


def day_to_close(now: datetime, hour: time, closed: date | None, *, quiet: bool) -> date | None:
    """The day to close now, or None. ``now`` is the place's own time, ``closed`` the day that was closed last.

    A kiosk that slept through the hour closes at its next quiet moment. A new one has nothing to close. One that had
    closed a day to come, by a clock that ran ahead, does not wait for that day: twice a day does no harm.
    """
    if closed is not None and closed > now.date():
        closed = date.min
    today = now.date() if now.time() >= hour else now.date() - timedelta(days=1)
    if not quiet or closed is None or closed >= today:
        return None
    return today
