"""Rules: which picture and which words a step has."""

from __future__ import annotations

from collections.abc import Callable

from assets.words import Words
from kiosk.visit import (
    call_back_screens,
    number_screens,
    payment_screens,
    reading_screens,
    service_screens,
    talk_screens,
)
from kiosk.visit.frame import Shown, Surroundings, frame
from signaling.protocol.journey import JourneyView, Step

Body = Callable[[JourneyView, Surroundings, Words], Shown]

#: The QML file of a step, and what fills it.
SCREENS: dict[Step, tuple[str, Body]] = {
    Step.ATTRACT: ("Attract.qml", service_screens.attract),
    Step.LANGUAGE: ("Language.qml", service_screens.language),
    Step.MENU: ("Menu.qml", service_screens.menu),
    Step.IDENTIFY: ("Identify.qml", service_screens.identify),
    Step.READING: ("Reading.qml", reading_screens.reading),
    Step.READING_DONE: ("Done.qml", reading_screens.reading_done),
    Step.PAYMENT: ("Pay.qml", payment_screens.payment),
    Step.PAYING: ("Pay.qml", payment_screens.paying),
    Step.PAID: ("Pay.qml", payment_screens.paid),
    Step.TOPIC: ("Topic.qml", talk_screens.topic),
    Step.HAVE_NUMBER: ("HaveNumber.qml", number_screens.have_number),
    Step.WAITING: ("Waiting.qml", talk_screens.waiting),
    Step.PARKED: ("Parked.qml", number_screens.parked),
    Step.CALL_BACK: ("CallBack.qml", call_back_screens.call_back),
    Step.CALL_BACK_DONE: ("Done.qml", call_back_screens.call_back_done),
    Step.CALL: ("Call.qml", talk_screens.call),
    Step.RATING: ("Rating.qml", talk_screens.rating),
    Step.GOODBYE: ("Goodbye.qml", talk_screens.goodbye),
    Step.OUT_OF_SERVICE: ("OutOfService.qml", service_screens.out_of_service),
}


def screen(view: JourneyView, around: Surroundings, words: Words) -> Shown:
    """Everything the window shows of a view, as plain values with every text ready."""
    file, body = SCREENS[view.step]
    return {
        **frame(view, around, words),
        "file": file,
        "screen": view.step.value,
        "body": body(view, around, words),
    }
