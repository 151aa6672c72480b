"""Rules: people who are called back, and customers who go on without us: for papers, to another, or never there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from operator_console import happenings as h
from operator_console import queue_acts as a
from operator_console.notices import Notice
from signaling.protocol import commands
from signaling.protocol import queueing as q
from signaling.protocol.values import Channel

if TYPE_CHECKING:
    from operator_console.desk_state import Conversation, Desk, Stepped

#: By command: how the customer goes on.
PASSED = {"ticket.park": "parked", "ticket.transfer": "transferred", "ticket.absent": "absent",
          "callback.unanswered": "unanswered"}  # fmt: skip


def channels_chosen(desk: Desk, act: a.ChannelsChosen) -> Stepped:
    """Kiosks always; other channels stay as they are."""
    assert desk.operator is not None
    wanted: list[Channel] = ["video"]
    wanted += [one for one in desk.operator.channels if one not in ("video", "phone")]
    wanted += ["phone"] if act.phone else []
    return _send(desk, q.ChannelsSet(channels=tuple(wanted)))


def number_asked(desk: Desk, act: a.NumberAsked) -> Stepped:
    """Asked for when the call-back is taken, and again only by the person's wish."""
    return _send(desk, q.CallBackShow(session_id=_current(desk).session.session_id))


def number_came(desk: Desk, command: q.CallBackShow, card: q.CallBackCard) -> Desk:
    """Shown only in its own call-back, and only while that lasts."""
    current = desk.conversation
    if current is None or current.ended or current.session.session_id != command.session_id:
        return desk
    return replace(desk, conversation=replace(current, call_back=card))


def reached(desk: Desk, act: a.Reached) -> Stepped:
    """They talk: the number is needed no more."""
    current = _current(desk)
    card = current.call_back.model_copy(update={"phone": ""}) if current.call_back else None
    return replace(desk, conversation=replace(current, reached=True, call_back=card)), ()


def nobody_answered(desk: Desk, act: a.NobodyAnswered) -> Stepped:
    """The server counts the tries."""
    return _pass(desk, q.CallBackUnanswered(session_id=_current(desk).session.session_id))


def sent_for_papers(desk: Desk, act: a.SentForPapers) -> Stepped:
    """The place is kept."""
    return _pass(desk, q.TicketPark(session_id=_current(desk).session.session_id))


def passed_on(desk: Desk, act: a.PassedOn) -> Stepped:
    """To whoever serves that, or to a colleague."""
    session_id = _current(desk).session.session_id
    return _pass(desk, q.TicketTransfer(session_id=session_id, service=act.service, operator_id=act.operator_id))


def colleagues_asked(desk: Desk, act: a.ColleaguesAsked) -> Stepped:
    """Who is on duty at this moment."""
    return _send(desk, q.ColleaguesAsk())


def colleagues_came(desk: Desk, told: q.Colleagues) -> Desk:
    """They stand beside the services as long as the conversation lasts."""
    if desk.conversation is None:
        return desk
    return replace(desk, conversation=replace(desk.conversation, colleagues=told.rows))


def found_nobody(desk: Desk, act: a.FoundNobody) -> Stepped:
    """Kept for a few further calls."""
    return _pass(desk, q.TicketAbsent(session_id=_current(desk).session.session_id))


def undone(desk: Desk, command: commands.Command) -> Desk:
    """It was refused, or did not get there: the customer is still ours."""
    current = desk.conversation
    if current is None or command.type not in PASSED or current.ended:
        return desk
    return replace(desk, conversation=replace(current, passed=""))


def outcome(current: Conversation, now: datetime) -> Notice | None:
    """What becomes of a call that nobody answered."""
    card = current.call_back
    if current.passed != "unanswered" or card is None:
        return None
    values = (("number", current.session.ticket_number),)
    if card.tries + 1 >= card.tries_most:
        return Notice("info", "call_back.closed", values)
    again = (now + timedelta(seconds=card.again_s)).isoformat() if card.again_s else ""
    return Notice("info", "call_back.again" if again else "call_back.later", (*values, ("time", again)))


def _pass(desk: Desk, command: q.TicketPark | q.TicketTransfer | q.TicketAbsent | q.CallBackUnanswered) -> Stepped:
    desk = replace(desk, conversation=replace(_current(desk), passed=PASSED[command.type]))
    return _send(desk, command)


def _send(desk: Desk, command: commands.Command) -> Stepped:
    return replace(desk, awaited=desk.awaited | {command.type}), (h.Send(command),)


def _current(desk: Desk) -> Conversation:
    assert desk.conversation is not None
    return desk.conversation
