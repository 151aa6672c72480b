"""Rules: where a person goes next: the service they chose, or back to what has a claim on them."""

from __future__ import annotations

from dataclasses import replace

from kiosk.journey import notices
from kiosk.journey.effects import Effect
from kiosk.journey.state import Journey, Readings
from signaling.protocol.journey import Step
from signaling.protocol.values import TicketState

Outcome = tuple[Journey, list[Effect]]


def home(journey: Journey) -> Step:
    """The conversation, a payment that must be waited for, the place in the line, or the menu."""
    if journey.session is not None:
        return Step.CALL
    if journey.paying:
        return Step.PAYING
    return in_line(journey) if journey.in_line else Step.MENU


def in_line(journey: Journey) -> Step:
    """The screen of a place in the line: of somebody who waits here, or of somebody who is about to go for papers."""
    return Step.PARKED if journey.ticket is not None and journey.ticket.state is TicketState.PARKED else Step.WAITING


def at_home(journey: Journey) -> Journey:
    """The journey back at its home."""
    return replace(journey, step=home(journey), wanted="menu")


def at_service(journey: Journey) -> Journey:
    """The screen of the service that was wanted; asks who the person is where that is needed."""
    if journey.wanted == "menu":
        return at_home(journey)
    if journey.account is None:
        return replace(journey, step=Step.IDENTIFY)
    if journey.wanted == "payment":
        step = Step.PAYING if journey.purchase_open else Step.PAYMENT
        return replace(journey, step=step)
    return at_readings(journey)


def at_readings(journey: Journey) -> Journey:
    """The first register whose meter is not handed in; from the beginning when all are."""
    if not journey.spots:
        return replace(at_home(journey), notice=notices.info(notices.NO_METERS))
    readings = replace(journey.readings, skipped=frozenset())
    meters = {meter.meter_id for meter, _ in journey.spots}
    if meters <= readings.handed_in:
        readings = Readings(typed=readings.typed)
    position = next(
        place
        for place, (meter, zone) in enumerate(journey.spots)
        if (
            meter.meter_id not in readings.handed_in
            and (place == readings.position or not readings.typed.get((meter.meter_id, zone.zone)))
        )
        or place == len(journey.spots) - 1
    )
    return replace(journey, step=Step.READING, readings=replace(readings, position=position, doubt=None))


def at_talk(journey: Journey) -> Journey:
    """The conversation or the place in the line when there is one, otherwise what to talk about."""
    if journey.session is not None:
        return replace(journey, step=Step.CALL)
    if journey.in_line:
        return replace(journey, step=in_line(journey))
    if journey.step is Step.TOPIC:
        return journey
    return replace(journey, step=Step.TOPIC, before_talk=journey.step)
