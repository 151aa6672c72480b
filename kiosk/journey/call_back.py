"""Rules: to go home and be called by phone: the number is typed, the place in the line is kept."""

from __future__ import annotations

from dataclasses import replace

from kiosk.journey import notices, phones
from kiosk.journey.effects import AskServer, Cue
from kiosk.journey.events import CallBackKept, Refused
from kiosk.journey.identify import forgotten, typed_after
from kiosk.journey.places import Outcome, at_home
from kiosk.journey.state import Journey, Pending
from signaling.protocol.errors import ErrorCode
from signaling.protocol.journey import CallBackEntry, Step
from signaling.protocol.queueing import CallBackWish
from signaling.protocol.values import TicketState

_ABOUT = "call_back"


def wanted(journey: Journey) -> Journey:
    """Ask for the number; only who waits can go home, not who is called just now."""
    waits = journey.in_line and journey.ticket is not None and journey.ticket.state is TicketState.WAITING
    return replace(journey, step=Step.CALL_BACK, notice=None) if waits else journey


def key(journey: Journey, pressed: str) -> Outcome:
    """A key of the number pad; while the server is asked the number stands."""
    if journey.waits_for(_ABOUT):
        return journey, []
    typed = typed_after(journey.typed_phone, pressed, phones.MOST_DIGITS)
    return replace(journey, typed_phone=typed, notice=None), []


def confirm(journey: Journey) -> Outcome:
    """Hand the number in; it leaves the kiosk only now."""
    if journey.waits_for(_ABOUT) or not journey.in_line:
        return journey, []
    assert journey.ticket_id is not None
    phone = phones.dialled(journey.settings.country, journey.typed_phone)
    if phone is None:
        return replace(journey, notice=notices.warning(notices.CALL_BACK_NUMBER)), []
    if not journey.online:
        return replace(journey, notice=notices.of_error(notices.LINK_DOWN)), []
    ask = journey.asks + 1
    journey = replace(journey, asks=ask, pending=(*journey.pending, Pending(ask, "call_back")), notice=None)
    return journey, [AskServer(ask, CallBackWish(ticket_id=journey.ticket_id, phone=phone))]


def kept(journey: Journey, event: CallBackKept) -> Outcome:
    """The server has it: the place is no more this kiosk's, its number stays with the person."""
    if not any(waiting.number == event.number and waiting.about == _ABOUT for waiting in journey.pending):
        return journey, []
    phone = phones.dialled(journey.settings.country, journey.typed_phone) or ""
    promised = CallBackEntry(
        country_code=phones.NUMBERS[journey.settings.country].code,
        masked=phones.masked(phone),
        wait=None if journey.ticket is None else journey.ticket.wait,
    )
    here = journey.step in (Step.CALL_BACK, Step.WAITING)
    journey = replace(
        forgotten(journey, _ABOUT),
        step=Step.CALL_BACK_DONE if here else journey.step,
        ticket=None,
        ticket_id=None,
        former_ticket=None,
        leave_asked=False,
        typed_phone="",
        call_back=promised,
        call_back_unsure=False,
        notice=None if here else notices.success(notices.CALL_BACK_KEPT),
    )
    return journey, [Cue("done")]


def refused(journey: Journey, event: Refused) -> Outcome:
    """Not kept, or nobody knows: a place the server no longer has here may already be a call-back."""
    if event.code == ErrorCode.TICKET_UNKNOWN:
        unsure = journey.call_back_unsure
        notice = notices.warning(notices.CALL_BACK_UNSURE) if unsure else notices.info(notices.CLOSED)
        journey = replace(journey, ticket=None, ticket_id=None, leave_asked=False, call_back_unsure=False)
        journey = at_home(journey) if journey.step in (Step.CALL_BACK, Step.WAITING) else journey
        return replace(journey, notice=notice, typed_phone=""), []
    unsure = journey.call_back_unsure or event.code == notices.LINK_DOWN
    return replace(journey, call_back_unsure=unsure, notice=notices.of_error(event.code)), []
