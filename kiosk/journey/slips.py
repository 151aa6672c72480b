"""Rules: what the screen may say of paper: "take your slip" only when it is out."""

from __future__ import annotations

from dataclasses import replace

from kiosk.journey.events import SlipShown
from kiosk.journey.places import Outcome
from kiosk.journey.state import Journey
from signaling.protocol.journey import SlipWord, Step


def shown(journey: Journey, event: SlipShown) -> Outcome:
    """A slip of this visit moved."""
    return replace(journey, slips={**journey.slips, event.about: event.state}), []


def of_payment(journey: Journey) -> SlipWord:
    """The slip of the payment in view; before it is paid, whether there will be one."""
    purchase = journey.purchase
    if purchase is not None and purchase.purchase_id in journey.slips:
        return journey.slips[purchase.purchase_id]
    return "out" if journey.step is Step.PAYMENT and journey.paper == "out" else "none"


def of_ticket(journey: Journey) -> SlipWord:
    """The ticket on paper."""
    return "none" if journey.ticket_id is None else journey.slips.get(journey.ticket_id, "none")
