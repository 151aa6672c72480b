"""Rules: the table of the kiosk's journey: from which step what may lead where.

``MOVES[step, type]`` names every step the event may lead to; which of them is decided by ``step.py`` from what the
journey knows (an account, a ticket, a conversation). A pair that is not here is an ``IllegalMove``.
"""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.journey import events as e
from signaling.protocol import journey as i
from signaling.protocol.journey import Step

_S = Step
#: Where a person comes back to: the menu, or what runs and has a claim on them.
_HOMES = (_S.MENU, _S.WAITING, _S.PARKED, _S.CALL, _S.PAYING)
_SERVICES = (_S.IDENTIFY, _S.READING, _S.PAYMENT, _S.TOPIC)
_BEGUN = tuple(step for step in Step if step not in (_S.ATTRACT, _S.OUT_OF_SERVICE))


def _everywhere(step: Step) -> dict[type, tuple[Step, ...]]:
    """What may happen on every screen of a visit."""
    return {
        i.Touch: (step,),
        i.ChooseLanguage: (step,),
        i.SetEase: (step,),
        i.OpenService: (step, *_HOMES, *_SERVICES),
        i.HaveNumber: (step, *_HOMES, _S.HAVE_NUMBER, _S.TOPIC),
        i.Finish: (step, _S.RATING, _S.GOODBYE),
        i.Mute: (step,),
        i.EndCall: (step, _S.RATING),
        i.LeaveLine: (step, *_HOMES),
        i.CancelPayment: (step,),
        i.AskPermission: (step,),
        i.Permit: (step,),
        i.Propose: (step,),
        i.DecideProposal: (step, _S.READING),
        e.AccountFound: (step,),
        e.ReadingAnswered: (step,),
        e.TicketTaken: (step,),
        e.CallBackKept: (step,),
        e.Refused: (step,),
        e.TicketChanged: (step,),
        e.SessionStarted: (step, _S.CALL),
        e.SessionRestarted: (step,),
        e.SessionEnded: (step,),
        e.PageShown: (step,),
        e.MediaChanged: (step,),
        e.DevicesChanged: (step,),
        e.PurchaseShown: (step,),
        e.SlipShown: (step,),
        e.TerminalActive: (step,),
        e.CardPresented: (step,),
        e.WorldChanged: (step,),
        e.Caught: (step, _S.CALL),
        e.TimePassed: (step, _S.WAITING),
    }


_OF_STEP: dict[Step, dict[type, tuple[Step, ...]]] = {
    _S.LANGUAGE: {
        i.ChooseLanguage: (_S.MENU,),
        i.Confirm: (_S.MENU,),
        i.Back: (_S.MENU,),
    },
    _S.MENU: {
        i.Talk: (_S.TOPIC,),
        e.AccountFound: (_S.MENU, _S.READING, _S.PAYMENT),
        e.Refused: (_S.MENU, _S.IDENTIFY),
    },
    _S.IDENTIFY: {
        i.Key: (_S.IDENTIFY,),
        i.Confirm: (_S.IDENTIFY,),
        i.Back: _HOMES,
        e.AccountFound: (_S.IDENTIFY, _S.READING, _S.PAYMENT, *_HOMES),
    },
    _S.READING: {
        i.Key: (_S.READING,),
        i.Confirm: (_S.READING, _S.READING_DONE),
        i.SkipMeter: (_S.READING, _S.READING_DONE, *_HOMES),
        i.Back: (_S.READING, *_HOMES),
        e.AccountFound: (_S.READING, *_HOMES),
        e.ReadingAnswered: (_S.READING, _S.READING_DONE),
        e.Refused: (_S.READING, _S.READING_DONE),
    },
    _S.READING_DONE: {i.Confirm: _HOMES, i.Back: _HOMES},
    _S.PAYMENT: {
        i.TickBill: (_S.PAYMENT,),
        i.Pay: (_S.PAYMENT, _S.PAYING),
        i.Confirm: (_S.PAYMENT, _S.PAYING),
        i.Back: _HOMES,
    },
    _S.PAYING: {
        i.Confirm: _HOMES,
        i.Back: _HOMES,
        e.PurchaseShown: (_S.PAYING, _S.PAID, _S.PAYMENT),
    },
    _S.PAID: {i.Confirm: _HOMES, i.Back: _HOMES},
    _S.TOPIC: {
        i.Talk: (_S.TOPIC,),
        i.Back: tuple(step for step in _BEGUN if step is not _S.TOPIC),
        e.TicketTaken: (_S.WAITING, _S.TOPIC),
    },
    _S.HAVE_NUMBER: {
        i.Key: (_S.HAVE_NUMBER,),
        i.Confirm: (_S.HAVE_NUMBER,),
        i.Back: _HOMES,
        e.TicketTaken: (_S.HAVE_NUMBER, *_HOMES),
    },
    _S.PARKED: {
        e.TimePassed: (_S.PARKED,),
        i.Confirm: (_S.PARKED,),
        i.Back: _HOMES,
        e.TicketTaken: (_S.PARKED, _S.WAITING),
        e.TicketChanged: (_S.PARKED, *_HOMES),
        e.Caught: (_S.PARKED, *_HOMES),
    },
    _S.WAITING: {
        i.Confirm: (_S.WAITING, *_HOMES),
        i.Pause: (_S.WAITING,),
        e.TicketTaken: (_S.WAITING, _S.PARKED),
        i.CallMeBack: (_S.WAITING, _S.CALL_BACK),
        i.Back: (_S.MENU, _S.PAYING, _S.CALL),
        e.CallBackKept: (_S.WAITING, _S.CALL_BACK_DONE),
        e.Refused: (_S.WAITING, *_HOMES),
        e.TicketChanged: (_S.WAITING, *_HOMES),
        e.Caught: (_S.WAITING, *_HOMES),
    },
    _S.CALL_BACK: {
        i.Key: (_S.CALL_BACK,),
        i.Confirm: (_S.CALL_BACK,),
        i.Back: _HOMES,
        e.CallBackKept: (_S.CALL_BACK, _S.CALL_BACK_DONE),
        e.Refused: (_S.CALL_BACK, *_HOMES),
        e.TicketChanged: (_S.CALL_BACK, *_HOMES),
        e.Caught: (_S.CALL_BACK, *_HOMES),
    },
    _S.CALL_BACK_DONE: {i.Confirm: _HOMES, i.Back: _HOMES},
    _S.CALL: {
        e.TimePassed: (_S.CALL,),
        e.SessionEnded: (_S.RATING, _S.WAITING, _S.PAYING),
        e.Caught: (_S.CALL, _S.RATING, _S.WAITING, _S.PARKED, _S.PAYING),
    },
    _S.RATING: {
        i.Rate: (_S.GOODBYE, _S.PAYING),
        i.Confirm: (_S.GOODBYE, _S.PAYING),
        i.Back: (_S.GOODBYE, _S.PAYING),
        e.TicketChanged: (_S.RATING, _S.WAITING, _S.PARKED),
        e.Caught: (_S.RATING, _S.WAITING, _S.PARKED, _S.CALL),
    },
    _S.GOODBYE: {i.Confirm: (_S.GOODBYE,), i.Back: _HOMES},
}

_NOT_BEGUN: dict[tuple[Step, type], tuple[Step, ...]] = {
    (_S.ATTRACT, i.Touch): (_S.MENU, _S.LANGUAGE),
    (_S.ATTRACT, i.ChooseLanguage): (_S.MENU,),
    (_S.ATTRACT, i.SetEase): (_S.MENU, _S.LANGUAGE),
    (_S.ATTRACT, i.OpenService): (_S.MENU, _S.IDENTIFY, _S.TOPIC),
    (_S.ATTRACT, i.HaveNumber): (_S.HAVE_NUMBER,),
    (_S.ATTRACT, e.CardPresented): (_S.MENU,),
    (_S.ATTRACT, e.WorldChanged): (_S.ATTRACT, _S.OUT_OF_SERVICE),
    (_S.OUT_OF_SERVICE, e.WorldChanged): (_S.ATTRACT, _S.OUT_OF_SERVICE),
    **{
        (step, event): (step,)
        for step in (_S.ATTRACT, _S.OUT_OF_SERVICE)
        for event in (
            e.TimePassed,
            e.TicketChanged,
            e.SessionEnded,
            e.Caught,
            e.TerminalActive,
            e.PurchaseShown,
            e.SlipShown,
        )
    },
    **{
        (_S.ATTRACT, event): (_S.ATTRACT,)
        for event in (e.SessionStarted, e.SessionRestarted, e.PageShown, e.MediaChanged, e.DevicesChanged)
    },
    (_S.OUT_OF_SERVICE, e.CardPresented): (_S.OUT_OF_SERVICE,),
    (_S.OUT_OF_SERVICE, i.Touch): (_S.OUT_OF_SERVICE,),
    (_S.OUT_OF_SERVICE, i.ChooseLanguage): (_S.OUT_OF_SERVICE,),
}


def _table(steps: Iterable[Step]) -> dict[tuple[Step, type], tuple[Step, ...]]:
    return {
        (step, event): tuple(dict.fromkeys(targets))
        for step in steps
        for event, targets in {**_everywhere(step), **_OF_STEP.get(step, {})}.items()
    }


MOVES: dict[tuple[Step, type], tuple[Step, ...]] = {**_NOT_BEGUN, **_table(_BEGUN)}
