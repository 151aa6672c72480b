"""Rules: people who have a number already: called from the door, booked, back with papers. Number and code are typed.

Only digits: the letter of a number need not be typed, the code tells one from the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from kiosk.journey import notices
from kiosk.journey.effects import AskServer, Cue, Effect, TellServer, WarmMedia
from kiosk.journey.events import Refused, TicketTaken
from kiosk.journey.identify import forgotten, typed_after
from kiosk.journey.places import Outcome, at_talk, in_line
from kiosk.journey.state import Journey, Pending
from signaling.protocol.errors import ErrorCode
from signaling.protocol.journey import Reference, Step
from signaling.protocol.queueing import TicketPause, TicketReturn
from signaling.protocol.values import TicketState, TicketView

CODE = 4  #: digits of a code; what is typed before them is the number
LEAST, MOST = 3 + CODE, 4 + CODE
_ABOUT: Literal["number"] = "number"
_SAID: Mapping[str, str] = {
    ErrorCode.TICKET_UNKNOWN: notices.NUMBER_WRONG,
    ErrorCode.TOO_MANY: notices.NUMBER_PAUSED,
    ErrorCode.TICKET_LATE: notices.NUMBER_LATE,
    ErrorCode.TICKET_ELSEWHERE: notices.NUMBER_ELSEWHERE,
    ErrorCode.BOOKING_EARLY: notices.NUMBER_EARLY,
    ErrorCode.ILLEGAL_MOVE: notices.NUMBER_TALKS,
}


def wanted(journey: Journey) -> Journey:
    """Ask for number and code; whoever has a place or a conversation here needs neither."""
    if journey.session is not None or journey.ticket_id is not None:
        return at_talk(journey)
    if journey.paying and journey.step is Step.PAYING:
        return replace(journey, notice=notices.info(notices.FINISH_WAITS))
    return replace(journey, step=Step.HAVE_NUMBER, typed_number="", notice=None)


def key(journey: Journey, pressed: str) -> Outcome:
    """A key of the number pad; while the server is asked what was typed stands."""
    if journey.waits_for(_ABOUT):
        return journey, []
    return replace(journey, typed_number=typed_after(journey.typed_number, pressed, MOST), notice=None), []


def confirm(journey: Journey) -> Outcome:
    """Go on with what was typed."""
    typed = journey.typed_number
    if len(typed) < LEAST:
        return replace(journey, notice=notices.warning(notices.NUMBER_SHORT)), []
    return _ask(journey, typed[:-CODE], typed[-CODE:])


def here_again(journey: Journey) -> Outcome:
    """The person whose place is kept is before this same screen again."""
    ticket = journey.ticket
    return _ask(journey, ticket.number, ticket.code) if ticket is not None and ticket.code else (journey, [])


def pause(journey: Journey) -> Outcome:
    """Go for a while; what comes of it is told by the server."""
    ticket = journey.ticket
    if not journey.in_line or ticket is None or ticket.state is not TicketState.WAITING or journey.away:
        return journey, []
    if not journey.online:
        return replace(journey, notice=notices.of_error(notices.LINK_DOWN)), []
    return journey, [TellServer(TicketPause(ticket_id=ticket.ticket_id))]


def found(journey: Journey, event: TicketTaken) -> Outcome:
    """The place is this visit's now, as old as it was."""
    shown = (Step.HAVE_NUMBER, Step.PARKED, Step.WAITING)
    journey = replace(
        forgotten(journey, _ABOUT),
        ticket_id=event.ticket.ticket_id,
        ticket=event.ticket,
        typed_number="",
        leave_asked=False,
        references=with_ticket(journey, event.ticket),
        notice=None,
    )
    effects: list[Effect] = [Cue("done"), WarmMedia()]
    return replace(journey, step=in_line(journey) if journey.step in shown else journey.step), effects


def refused(journey: Journey, event: Refused) -> Outcome:
    """Said calmly; what was typed stays to be compared with what the person holds."""
    phrase = _SAID.get(event.code)
    notice = notices.of_error(event.code) if phrase is None else notices.warning(phrase)
    return replace(journey, notice=notice), []


def with_ticket(journey: Journey, ticket: TicketView) -> tuple[Reference, ...]:
    """What the person can show later, with the number and its code."""
    others = tuple(each for each in journey.references if each.kind != "ticket")
    kept = Reference(kind="ticket", text="reference.ticket", value=ticket.number, proof=ticket.proof, code=ticket.code)
    return (*others, kept)


def _ask(journey: Journey, number: str, code: str) -> Outcome:
    if journey.waits_for(_ABOUT):
        return journey, []
    if not journey.online:
        return replace(journey, notice=notices.of_error(notices.LINK_DOWN)), []
    ask = journey.asks + 1
    command = TicketReturn(visit_id=journey.visit_id, number=number, code=code)
    pending = (*journey.pending, Pending(ask, _ABOUT))
    return replace(journey, asks=ask, pending=pending, notice=None), [AskServer(ask, command)]
