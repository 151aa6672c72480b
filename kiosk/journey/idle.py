"""Rules: when a visit ends by itself. Warned for at least 20 s, extended by one touch (features.md 10.7).

Of who holds a place in the line the place stays; what else is personal goes from the screen in the same way.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

from kiosk.journey import readings
from kiosk.journey.effects import EndVisit, TellServer
from kiosk.journey.places import Outcome
from kiosk.journey.state import Journey, Readings
from kiosk.journey.talk import left_line
from signaling.protocol.journey import Step

_LINE = (Step.WAITING, Step.PARKED)  #: the screens of a place in the line


def exempt(journey: Journey) -> bool:
    """Never in a conversation, before the line's own screen, or in a payment whose outcome is waited for."""
    waits = _waits(journey) and (journey.step in _LINE or journey.waits_for("ticket"))
    return not journey.begun or journey.session is not None or waits or journey.paying


def _waits(journey: Journey) -> bool:
    """A place in the line is held for somebody here; but who goes away is gone."""
    return journey.ticket_id is not None and not journey.away


def quiet_for(journey: Journey) -> tuple[timedelta, timedelta]:
    """How long a person may be still before the warning, and how long the warning stands."""
    settings = journey.settings
    times = settings.slower_times if journey.ease.slower else 1
    before = settings.goodbye_s if journey.step is Step.GOODBYE else settings.idle_s
    return timedelta(seconds=before * times), timedelta(seconds=settings.warning_s * times)


def wake_at(journey: Journey, now: datetime) -> datetime | None:
    """When to look again: at the warning, then each second of it."""
    if journey.ended or exempt(journey):
        return None
    before, _ = quiet_for(journey)
    warns_at = journey.last_touch + before
    return warns_at if now < warns_at else now + timedelta(seconds=1)


def passed(journey: Journey, now: datetime) -> Outcome:
    """Warn, count down, and end."""
    if exempt(journey):
        return replace(journey, warning_left_s=None), []
    before, warning = quiet_for(journey)
    left = (journey.last_touch + before + warning - now).total_seconds()
    if left <= 0:
        return (_back_in_line(journey), []) if _waits(journey) else end(journey, idle=True)
    return replace(journey, warning_left_s=math.ceil(left) if left <= warning.total_seconds() else None), []


def _back_in_line(journey: Journey) -> Journey:
    """The place is kept, and its number stays on the screen; what else is known of the person goes."""
    return replace(
        journey,
        step=Step.WAITING,
        account=None,
        typed_account="",
        typed_phone="",
        readings=Readings(),
        unticked=frozenset(),
        purchase=journey.purchase if journey.purchase_open else None,
        references=tuple(each for each in journey.references if each.kind in ("ticket", "unknown_payment")),
        pending=tuple(each for each in journey.pending if each.about in ("reading", "call_back")),
        wanted="menu",
        notice=None,
        leave_asked=False,
        warning_left_s=None,
    )


def touched(journey: Journey, now: datetime) -> Journey:
    """Somebody is here."""
    return replace(journey, last_touch=now, warning_left_s=None)


def end(journey: Journey, *, idle: bool) -> Outcome:
    """The visit is over. On the last screen, walking away is finishing."""
    told = readings.unanswered(journey)
    if journey.ticket_id is not None and journey.session is None and not journey.away:
        journey, effects = left_line(journey)
        told += [effect for effect in effects if isinstance(effect, TellServer)]
    outcome = EndVisit("idle" if idle and journey.step is not Step.GOODBYE else "finished")
    return replace(journey, ended=True, warning_left_s=None), [*told, outcome]
