"""Rules: the same visit in a new process, when the old one broke."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kiosk.journey import events as e
from kiosk.journey import notices, payment
from kiosk.journey.places import home
from kiosk.journey.state import Journey, Purchase, Settings, fresh
from signaling.protocol.journey import JourneyView, Step


def resumed(visit_id: str, shown: JourneyView, settings: Settings, now: datetime) -> Journey:
    """The same visit in a new process: from a safe step, with what the last view knew; what was typed is gone."""
    journey = replace(
        fresh(visit_id, settings, now),
        language=shown.language,
        ease=shown.ease,
        account=shown.account,
        references=shown.references,
        ticket=shown.ticket,
        ticket_id=None if shown.ticket is None else shown.ticket.ticket_id,
        number=shown.number,
        notice=notices.info(notices.RESUMED),
    )
    if shown.call is not None:
        journey = replace(journey, unrated=shown.call.session_id)
    was = shown.payment
    if was is not None and was.purchase_id is not None and shown.account is not None:
        event = e.PurchaseShown(
            was.purchase_id, was.phase, was.phrase, False, False, was.amount, was.reference, was.document
        )
        places = {bill.place for bill in was.bills}
        paid = tuple((place, bill) for place, bill in payment.bills(shown.account) if place in places)
        journey = replace(journey, purchase=Purchase(was.purchase_id, was.amount, was.purpose, paid).shown(event))
    step_now = shown.step if shown.step in (Step.GOODBYE, Step.RATING) and shown.call is None else home(journey)
    return replace(journey, step=step_now)
