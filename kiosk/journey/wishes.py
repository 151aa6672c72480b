"""Rules: what the customer wants, wish by wish: begin, go on, go back, finish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from kiosk.journey import call_back, identify, idle, notices, number, payment, readings, shared, talk
from kiosk.journey import events as e
from kiosk.journey.effects import BeginVisit, Cue
from kiosk.journey.errors import NotPermitted
from kiosk.journey.places import Outcome, at_home
from kiosk.journey.state import Journey
from signaling.protocol import journey as i
from signaling.protocol.journey import Step

#: Who takes the keys of the number pad; readings where nobody else does.
_PADS: dict[Step, Callable[[Journey, str], Outcome]] = {
    Step.IDENTIFY: identify.key,
    Step.CALL_BACK: call_back.key,
    Step.HAVE_NUMBER: number.key,
}


def begin(journey: Journey, event: e.Wanted) -> Outcome:
    """The first touch. A wish made with it is heard too."""
    if journey.step is Step.OUT_OF_SERVICE:
        if isinstance(event.intent, i.ChooseLanguage):
            return replace(journey, language=event.intent.language), []
        return journey, []
    intent = event.intent
    language = intent.language if isinstance(intent, i.ChooseLanguage) else journey.language
    ask = journey.settings.ask_language_first and isinstance(intent, i.Touch | i.SetEase)
    journey = replace(journey, language=language, step=Step.LANGUAGE if ask else Step.MENU)
    if isinstance(intent, i.SetEase):
        journey = replace(journey, ease=intent.ease)
    if isinstance(intent, i.OpenService):
        journey = shared.open_service(journey, intent)
    if isinstance(intent, i.HaveNumber):
        journey = number.wanted(journey)
    return journey, [BeginVisit(language), Cue("touch")]


def customer_wants(journey: Journey, event: e.Wanted, now: datetime) -> Outcome:
    """What the customer's wish makes of a visit that has begun."""
    intent = event.intent
    asked_before = journey.leave_asked
    if not isinstance(intent, i.LeaveLine | i.Finish | i.Confirm | i.Touch | i.SetEase | i.ChooseLanguage):
        journey = _question_dropped(journey)
    match intent:
        case i.Touch():
            return journey, []
        case i.ChooseLanguage(language=language):
            step_after = Step.MENU if journey.step is Step.LANGUAGE else journey.step
            return replace(journey, language=language, step=step_after), []
        case i.SetEase(ease=ease):
            return replace(journey, ease=ease), []
        case i.OpenService():
            return _open(journey, intent), []
        case i.Finish():
            return _finish(journey)
        case i.Key(key=key):
            return _PADS.get(journey.step, readings.key)(journey, key)
        case i.Confirm():
            return _confirm(journey, event, now, asked_before)
        case i.SkipMeter():
            return readings.skip(journey)
        case i.Back():
            return _back(journey)
        case i.TickBill():
            return payment.tick(journey, intent)
        case i.Pay():
            return payment.pay(journey, event.fresh_id)
        case i.CancelPayment():
            return payment.cancel(journey)
        case i.Talk(topic=topic):
            return talk.take_ticket(journey, topic, event.fresh_id)
        case i.HaveNumber():
            return number.wanted(journey), []
        case i.Pause():
            return number.pause(journey)
        case i.LeaveLine():
            return talk.leave_line(journey)
        case i.CallMeBack():
            return call_back.wanted(journey), []
        case i.EndCall():
            return talk.hang_up(journey)
        case i.Mute(microphone_on=on):
            return talk.mute(journey, on)
        case i.Rate(stars=stars):
            return talk.rated(journey, stars)
        case i.Permit(granted=granted):
            return shared.permit(journey, granted)
        case i.DecideProposal(accepted=accepted):
            return shared.decide(journey, accepted)
        case _:
            raise NotPermitted(f"{type(intent).__name__} is the operator's")


def _question_dropped(journey: Journey) -> Journey:
    """Something else was touched: whether to leave the line is no longer asked."""
    if not journey.leave_asked:
        return journey
    return replace(journey, leave_asked=False, notice=None)


def _open(journey: Journey, intent: i.OpenService) -> Journey:
    """Only a person helps past a payment that is under way; everything else waits for its outcome."""
    if journey.paying and journey.step is Step.PAYING and intent.service != "talk":
        return replace(journey, notice=notices.info(notices.FINISH_WAITS))
    return shared.open_service(replace(journey, notice=None), intent)


def _finish(journey: Journey) -> Outcome:
    """End: a payment first comes to its outcome, leaving the line is asked once, a conversation is rated."""
    if journey.paying:  # whoever wants to go will not pay now
        journey, effects = payment.cancel(journey)
        return replace(journey, notice=notices.info(notices.FINISH_WAITS)), effects
    if journey.session is not None:
        journey, effects = talk.hang_up(journey)
        return replace(journey, step=Step.RATING), effects
    if journey.step is Step.GOODBYE:
        return idle.end(journey, idle=False)
    effects = []
    if journey.in_line and not journey.away:
        if not journey.leave_asked:
            return talk.leave_line(journey)
        journey, effects = talk.left_line(journey)
    elif journey.waits_for("ticket"):
        journey, effects = talk.unwanted(journey)
    unrated = journey.unrated is not None and journey.step is not Step.RATING
    return replace(journey, step=Step.RATING if unrated else Step.GOODBYE, notice=None), effects


def _confirm(journey: Journey, event: e.Wanted, now: datetime, leave_asked: bool) -> Outcome:
    match journey.step:
        case Step.IDENTIFY:
            return identify.confirm(journey)
        case Step.CALL_BACK:
            return call_back.confirm(journey)
        case Step.HAVE_NUMBER:
            return number.confirm(journey)
        case Step.PARKED:
            return talk.leave_line(journey) if leave_asked else number.here_again(journey)
        case Step.READING:
            return readings.confirm(journey, now)
        case Step.PAYMENT:
            return payment.pay(journey, event.fresh_id)
        case Step.PAYING:
            return payment.back(journey)
        case Step.WAITING:
            if journey.missed and not leave_asked:
                return number.here_again(journey)
            return talk.leave_line(journey) if leave_asked else (journey, [])
        case Step.RATING:
            return talk.rated(journey, None)
        case Step.GOODBYE:
            return _finish(journey)
        case _:
            return at_home(replace(journey, notice=None)), []


def _back(journey: Journey) -> Outcome:
    match journey.step:
        case Step.READING:
            return readings.back(journey)
        case Step.PAYING:
            return payment.back(journey)
        case Step.TOPIC:
            return talk.unwanted(journey)
        case Step.RATING:
            return talk.rated(journey, None)
        case Step.WAITING | Step.PARKED:
            return replace(journey, step=Step.PAYING if journey.paying else Step.MENU, notice=None), []
        case Step.IDENTIFY:
            return at_home(replace(identify.forgotten(journey, "account"), notice=None)), []
        case _:
            return at_home(replace(journey, notice=None)), []
