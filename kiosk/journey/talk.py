"""Rules: to talk to a person: topic, place in the line, conversation, stars."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.journey import notices
from kiosk.journey.effects import (
    AskServer,
    Cue,
    Effect,
    JoinMedia,
    LeaveMedia,
    MuteMedia,
    ShowPage,
    Still,
    TellServer,
    WarmMedia,
)
from kiosk.journey.events import (
    Caught,
    MediaChanged,
    PageShown,
    Refused,
    SessionEnded,
    SessionRestarted,
    SessionStarted,
    TicketChanged,
    TicketTaken,
)
from kiosk.journey.identify import forgotten
from kiosk.journey.number import with_ticket
from kiosk.journey.places import Outcome, at_home, at_talk, home, in_line
from kiosk.journey.state import Journey, Pending
from signaling.protocol.commands import RatingGive, SessionEnd, SessionMedia, TicketLeave, TicketTake
from signaling.protocol.journey import Step
from signaling.protocol.values import TicketState

_GONE = (TicketState.CLOSED, TicketState.ABANDONED)
_IN_LINE = (Step.WAITING, Step.PARKED, Step.CALL_BACK)
_SHOWN_IN_LINE = (TicketState.WAITING, TicketState.OFFERED, TicketState.PARKED)


def take_ticket(
    journey: Journey, topic: Literal["readings", "payment", "contract", "other"], ticket_id: str
) -> Outcome:
    """Join the line; needs the server's word, which is on its disk before it is said."""
    if journey.session is not None or journey.in_line:
        return at_talk(journey), []
    journey = at_talk(journey)
    if journey.waits_for("ticket") or journey.waits_for("number"):
        return journey, []
    if not journey.online:
        return replace(journey, notice=notices.of_error(notices.LINK_DOWN)), []
    ask = journey.asks + 1
    command = TicketTake(
        ticket_id=ticket_id,
        visit_id=journey.visit_id,
        service=topic,
        language=journey.language,
        account=None if journey.account is None else journey.account.account,
    )
    pending = (*journey.pending, Pending(ask, "ticket"))
    return replace(journey, asks=ask, pending=pending, ticket_id=ticket_id, notice=None), [AskServer(ask, command)]


def taken(journey: Journey, event: TicketTaken) -> Outcome:
    """The number. A place nobody wants any more is given back at once."""
    if not any(waiting.number == event.number for waiting in journey.pending):
        if journey.ticket_id == event.ticket.ticket_id:  # the conversation was quicker than the answer
            return replace(journey, references=with_ticket(journey, event.ticket)), []
        return journey, [TellServer(TicketLeave(ticket_id=event.ticket.ticket_id))]
    journey = forgotten(journey, "ticket")
    journey = replace(
        journey,
        ticket_id=event.ticket.ticket_id,
        ticket=event.ticket,
        references=with_ticket(journey, event.ticket),
        step=Step.WAITING if journey.step is Step.TOPIC else journey.step,
        notice=None,
    )
    return journey, [Cue("done"), WarmMedia()]


def not_taken(journey: Journey, event: Refused) -> Outcome:
    """No ticket. When nobody answered, the place may exist all the same: it is given back when the link is."""
    ticket_id = journey.ticket_id
    journey = replace(journey, ticket_id=None, ticket=None, notice=notices.of_error(event.code))
    if event.code == notices.LINK_DOWN and ticket_id is not None:
        return journey, [TellServer(TicketLeave(ticket_id=ticket_id, reason="link_down"))]
    return journey, []


def unwanted(journey: Journey) -> Outcome:
    """Back from the topics: a ticket still being asked for is given back when it comes."""
    step: Step = journey.before_talk if journey.before_talk is not Step.TOPIC else Step.MENU
    if step in (Step.WAITING, Step.CALL, Step.PAYING, Step.MENU, Step.LANGUAGE):
        step = home(replace(journey, ticket_id=None, ticket=None))
    journey = replace(forgotten(journey, "ticket"), step=step, notice=None)
    return replace(journey, ticket_id=None, ticket=None), []


def changed(journey: Journey, event: TicketChanged) -> Outcome:
    """Our ticket moved: known better, closed from the other side, or back in the line after a broken call."""
    ticket = event.ticket
    if ticket.ticket_id == journey.former_ticket and journey.ticket_id is None and ticket.state in _SHOWN_IN_LINE:
        journey = replace(journey, ticket_id=ticket.ticket_id, ticket=ticket, unrated=None)
        step = in_line(journey) if journey.step is Step.RATING else journey.step
        why = notices.MISSED if journey.missed else notices.AGAIN
        notice = None if step is Step.PARKED else notices.info(why)
        return replace(journey, step=step, references=with_ticket(journey, ticket), notice=notice), []
    if ticket.ticket_id != journey.ticket_id or journey.waits_for("ticket"):
        return journey, []
    if ticket.state in _GONE and journey.session is None:
        gone = notices.GONE_ELSEWHERE if ticket.stage == "elsewhere" else notices.CLOSED
        journey = replace(journey, ticket=None, ticket_id=None, leave_asked=False, notice=notices.info(gone))
        return (at_home(journey) if journey.step in _IN_LINE else journey), []
    before, journey = journey, replace(journey, ticket=ticket)
    if journey.missed and not before.missed:
        journey = replace(journey, notice=notices.warning(notices.MISSED))
    return (replace(journey, step=in_line(journey)) if journey.step in (Step.WAITING, Step.PARKED) else journey), []


def leave_line(journey: Journey) -> Outcome:
    """Give the place back; asked once, because it cannot be had again."""
    if journey.ticket_id is None or not journey.in_line:
        return journey, []
    if not journey.leave_asked:
        number = journey.ticket.number if journey.ticket else ""
        return replace(journey, leave_asked=True, notice=notices.warning(notices.LEAVE_QUESTION, number=number)), []
    journey, effects = left_line(journey)
    step = home(journey) if journey.step in _IN_LINE else journey.step
    return replace(journey, step=step, notice=notices.info(notices.LEFT)), effects


def left_line(journey: Journey) -> Outcome:
    """The place is given back."""
    assert journey.ticket_id is not None
    told = TellServer(TicketLeave(ticket_id=journey.ticket_id))
    references = tuple(each for each in journey.references if each.kind != "ticket")
    journey = replace(
        forgotten(journey, "call_back"), ticket_id=None, ticket=None, leave_asked=False, references=references
    )
    return replace(journey, typed_phone="", call_back_unsure=False), [told]


def started(journey: Journey, event: SessionStarted) -> Outcome:
    """The call comes up by itself on any screen; a payment at the terminal is finished on its own screen first."""
    session = event.session
    known = (journey.ticket_id, journey.former_ticket)
    if session.ticket_id not in known or not journey.begun:
        return journey, [TellServer(SessionEnd(session_id=session.session_id))]
    if journey.session is not None and journey.session.session_id == session.session_id:
        return journey, []
    paying = journey.paying and journey.step is Step.PAYING
    journey = replace(
        forgotten(forgotten(journey, "ticket"), "call_back"),
        typed_phone="",
        call_back_unsure=False,
        session=session,
        ticket_id=session.ticket_id,
        media="connecting",
        microphone_on=True,
        leave_asked=False,
        permission="none",
        proposal=None,
        unrated=session.session_id,
        stars=None,
        step=Step.PAYING if paying else Step.CALL,
        notice=notices.info(notices.CALL_BEGAN, operator=session.peer.name) if paying else None,
    )
    return journey, [Cue("call"), JoinMedia(session), Still(journey.terminal_active)]


def restarted(journey: Journey, event: SessionRestarted) -> Outcome:
    """Connect anew in the same conversation."""
    if journey.session is None or journey.session.session_id != event.session.session_id:
        return journey, []
    return replace(journey, session=event.session, media="connecting"), [JoinMedia(event.session)]


def page_shown(journey: Journey, event: PageShown) -> Outcome:
    """A document in place of the operator, or the operator again."""
    if journey.session is None or journey.session.session_id != event.session_id:
        return journey, []
    session = journey.session.model_copy(update={"page": event.page})
    journey = replace(journey, session=session)
    effects: list[Effect] = [ShowPage(event.page)]
    if event.page is None or journey.step is Step.CALL or journey.paying:
        return journey, effects
    return replace(journey, notice=notices.info(notices.PAGE_SHOWN, operator=session.peer.name)), effects


def media(journey: Journey, event: MediaChanged) -> Outcome:
    """Our own picture and sound; the server hears of it, because a conversation lives while media do."""
    if journey.session is None or journey.session.session_id != event.session_id:
        return journey, []
    told = TellServer(SessionMedia(session_id=event.session_id, state=event.state))
    return replace(journey, media=event.state), [told]


def mute(journey: Journey, microphone_on: bool) -> Outcome:
    """The own microphone."""
    if journey.session is None:
        return journey, []
    return replace(journey, microphone_on=microphone_on), [MuteMedia(microphone_on)]


def hang_up(journey: Journey) -> Outcome:
    """The customer ends the conversation."""
    if journey.session is None:
        return journey, []
    session_id = journey.session.session_id
    journey, effects = _over(journey, "customer")
    return journey, [TellServer(SessionEnd(session_id=session_id)), *effects]


def ended(journey: Journey, event: SessionEnded) -> Outcome:
    """The conversation is over, whoever ended it."""
    if journey.session is None or journey.session.session_id != event.session_id:
        return journey, []
    return _over(journey, event.reason)


def _over(journey: Journey, reason: str) -> Outcome:
    assert journey.session is not None
    effects: list[Effect] = [LeaveMedia(journey.session.session_id)]
    notice = notices.warning(notices.CALL_LOST) if reason in ("media_lost", "server") else None
    journey = replace(
        journey,
        session=None,
        ticket=None,
        ticket_id=None,
        former_ticket=journey.ticket_id,
        permission="none",
        proposal=None,
    )
    if journey.step is Step.CALL:
        step = Step.PAYING if journey.paying else Step.RATING
        return replace(journey, step=step, notice=notice), effects
    return replace(journey, notice=notice or notices.info(notices.CALL_ENDED)), effects


def rated(journey: Journey, stars: int | None) -> Outcome:
    """Stars for the conversation, or none; then the references."""
    effects: list[Effect] = []
    if stars is not None and journey.unrated is not None:
        effects = [TellServer(RatingGive(session_id=journey.unrated, stars=stars))]
    step = Step.PAYING if journey.paying else Step.GOODBYE
    return replace(journey, unrated=None, stars=stars, step=step, notice=None), effects


def caught(journey: Journey, event: Caught) -> Outcome:
    """The server's whole truth after a gap: our ticket and conversation as they are now."""
    journey = replace(journey, line=event.line or journey.line)
    if not journey.begun:
        return journey, []
    effects: list[Effect] = []
    if journey.session is not None and (
        event.session is None or event.session.session_id != journey.session.session_id
    ):
        journey, effects = _over(journey, "server")
    elif journey.session is not None and event.session is not None:
        journey, effects = page_shown(journey, PageShown(event.session.session_id, event.session.page))
    known = (journey.ticket_id, journey.former_ticket)
    ours = next((ticket for ticket in event.tickets if ticket.ticket_id in known), None)
    if event.session is not None and journey.session is None and event.session.ticket_id in known:
        journey, more = started(journey, SessionStarted(event.session))
        return journey, [*effects, *more]
    if ours is not None:
        journey = replace(journey, call_back_unsure=False)
        journey, more = changed(journey, TicketChanged(ours))
        return journey, [*effects, *more]
    if journey.in_line:
        unsure = journey.call_back_unsure or journey.waits_for("call_back")
        notice = notices.warning(notices.CALL_BACK_UNSURE) if unsure else notices.info(notices.CLOSED)
        journey = replace(journey, ticket=None, ticket_id=None, leave_asked=False, notice=notice)
        return (at_home(journey) if journey.step in _IN_LINE else journey), effects
    return journey, effects
