"""Rules: one step of the journey: what an event makes of it, checked against the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from kiosk.journey import call_back, identify, idle, notices, number, payment, readings, shared, slips, talk, wishes
from kiosk.journey import events as e
from kiosk.journey.effects import BeginVisit, Effect, WakeAt
from kiosk.journey.errors import IllegalMove
from kiosk.journey.moves import MOVES
from kiosk.journey.places import Outcome
from kiosk.journey.state import Journey
from signaling.protocol.journey import Step


def step(journey: Journey, event: e.JourneyEvent, now: datetime) -> tuple[Journey, list[Effect]]:
    """The next journey and what to do; raises IllegalMove and NotPermitted, and then nothing has changed."""
    if journey.ended:
        return journey, []
    kind = type(event.intent) if isinstance(event, e.Wanted) else type(event)
    allowed = MOVES.get((journey.step, kind))
    if allowed is None:
        raise IllegalMove(f"{kind.__name__} at {journey.step.value}")
    after, effects = _moved(journey, event, now)
    if after.step not in allowed:
        raise IllegalMove(f"{kind.__name__} led from {journey.step.value} to {after.step.value}")
    if isinstance(event, e.Wanted) and event.origin == "customer":
        after = idle.touched(after, now)
    elif idle.exempt(journey) and not idle.exempt(after):
        after = idle.touched(after, now)  # the quiet time begins when what held it ends
    return _numbered(journey, _timed(after, now, effects))


def _timed(journey: Journey, now: datetime, effects: list[Effect]) -> Outcome:
    at = idle.wake_at(journey, now)
    if at == journey.wake_at:
        return journey, effects
    return replace(journey, wake_at=at), [*effects, WakeAt(at)]


def _numbered(before: Journey, outcome: Outcome) -> Outcome:
    """The view's number grows with each change of what is shown."""
    after, effects = outcome
    if replace(after, last_touch=before.last_touch, wake_at=before.wake_at, asks=before.asks) == before:
        return after, effects
    return replace(after, number=before.number + 1), effects


def _moved(journey: Journey, event: e.JourneyEvent, now: datetime) -> Outcome:
    if not isinstance(event, e.Wanted):
        return _WORLD[type(event)](journey, event, now)
    if event.origin == "operator":
        return shared.operator_wants(journey, event.intent, event.operator_name)
    if not journey.begun:
        return wishes.begin(journey, event)
    return wishes.customer_wants(journey, event, now)


def _refused(journey: Journey, event: e.Refused, now: datetime) -> Outcome:
    """An answer that is a refusal goes to whoever waited for it."""
    waited = next((waiting for waiting in journey.pending if waiting.number == event.number), None)
    if waited is None:
        return journey, []
    journey = replace(journey, pending=tuple(other for other in journey.pending if other is not waited))
    if waited.about == "account":
        return identify.refused(journey, event)
    if waited.about == "ticket":
        return talk.not_taken(journey, event)
    if waited.about == "call_back":
        return call_back.refused(journey, event)
    if waited.about == "number":
        return number.refused(journey, event)
    return readings.refused(journey, event, waited)


def _taken(journey: Journey, event: e.TicketTaken) -> Outcome:
    """A new place in the line, or the one of the number that was typed."""
    typed = any(waiting.number == event.number and waiting.about == "number" for waiting in journey.pending)
    return number.found(journey, event) if typed else talk.taken(journey, event)


def _world(journey: Journey, event: e.WorldChanged, now: datetime) -> Outcome:
    """The link, the terminal, the line: shown where they matter."""
    came_back = event.online and not journey.online
    went = journey.online and not event.online
    journey = replace(
        journey,
        online=event.online,
        payments_offered=event.payments_offered,
        in_service=event.in_service,
        line=event.line,
        paper=event.paper,
        keeps=event.keeps,
    )
    if not journey.begun:
        return replace(journey, step=Step.ATTRACT if event.in_service else Step.OUT_OF_SERVICE), []
    if not event.keeps and journey.notice is not None and journey.notice.phrase == notices.READING_KEPT:
        return replace(journey, notice=notices.warning(notices.READING_NOT_KEPT)), []
    offline_phrases = (notices.OFFLINE_IN_LINE, f"error.{notices.LINK_DOWN}")
    if went and journey.in_line:
        return replace(journey, notice=notices.warning(notices.OFFLINE_IN_LINE)), []
    if came_back and journey.notice is not None and journey.notice.phrase in offline_phrases:
        return replace(journey, notice=None), []
    return journey, []


def _card(journey: Journey, event: e.CardPresented, now: datetime) -> Outcome:
    """A card on the reader is a touch too."""
    effects: list[Effect] = []
    if journey.step is Step.ATTRACT:
        journey = replace(journey, step=Step.MENU)
        effects = [BeginVisit(journey.language)]
    journey, more = identify.card(journey, event)
    return idle.touched(journey, now), [*effects, *more]


_WORLD: dict[type, Callable[[Journey, Any, datetime], Outcome]] = {
    e.AccountFound: lambda journey, event, now: identify.found(journey, event),
    e.ReadingAnswered: readings.answered,
    e.TicketTaken: lambda journey, event, now: _taken(journey, event),
    e.CallBackKept: lambda journey, event, now: call_back.kept(journey, event),
    e.Refused: _refused,
    e.TicketChanged: lambda journey, event, now: talk.changed(journey, event),
    e.SessionStarted: lambda journey, event, now: talk.started(journey, event),
    e.SessionRestarted: lambda journey, event, now: talk.restarted(journey, event),
    e.SessionEnded: lambda journey, event, now: talk.ended(journey, event),
    e.PageShown: lambda journey, event, now: talk.page_shown(journey, event),
    e.MediaChanged: lambda journey, event, now: talk.media(journey, event),
    e.DevicesChanged: lambda journey, event, now: (replace(journey, missing=event.missing), []),
    e.PurchaseShown: lambda journey, event, now: payment.shown(journey, event),
    e.SlipShown: lambda journey, event, now: slips.shown(journey, event),
    e.TerminalActive: lambda journey, event, now: payment.terminal(journey, event),
    e.CardPresented: _card,
    e.WorldChanged: _world,
    e.Caught: lambda journey, event, now: talk.caught(journey, event),
    e.TimePassed: lambda journey, event, now: idle.passed(journey, now),
}
