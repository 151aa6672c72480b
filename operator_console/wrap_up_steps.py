"""Rules: the end of the paper work: it takes nobody's note away in mid-word, nor a result that was chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from office.result_codes import missing_for_wrap_up
from operator_console.happenings import Effect, Send
from operator_console.notices import Notice
from signaling.protocol import commands

if TYPE_CHECKING:
    from operator_console.desk_state import Conversation, Desk, Stepped

#: A chosen result is sent this long before the wrap-up ends by itself.
LAST_CALL = timedelta(seconds=2)
#: Whoever has typed this lately is given more time, this long before the last call.
STILL_TYPING = timedelta(seconds=4)


def still_typing(desk: Desk) -> bool:
    """Whether the note is being typed as the time runs out; True once for each end of it."""
    current, operator = desk.conversation, desk.operator
    if current is None or operator is None or operator.deadline is None or current.note.typed_at is None:
        return False
    end = operator.deadline
    ends_soon = end - STILL_TYPING - LAST_CALL <= desk.now < end
    return ends_soon and current.extended_at != end and desk.now - current.note.typed_at <= STILL_TYPING


def given_more_time(desk: Desk) -> Stepped:
    """As if they had pressed the button themselves; they hear of it."""
    assert desk.conversation is not None
    assert desk.operator is not None
    command = commands.WrapUpExtend()
    current = replace(desk.conversation, extended_at=desk.operator.deadline)
    notice = Notice("info", "notice.more_time")
    return replace(desk, conversation=current, notice=notice, awaited=desk.awaited | {command.type}), (Send(command),)


def result_after_a_gap(current: Conversation) -> tuple[Effect, ...]:
    """Its time was up while we were away: what was chosen by then counts all the same, after the note it may need."""
    if current.result is None or missing_for_wrap_up(current.result, current.note.text) is not None:
        return ()
    command = commands.WrapUpFinish(
        session_id=current.session.session_id, result=current.result, first_contact=current.first_contact
    )
    return (Send(command),)


def still_here(desk: Desk, command: commands.WrapUpFinish) -> bool:
    """Whether it is about the conversation on the desk, not one that was put away after a gap."""
    current = desk.conversation
    return current is not None and current.session.session_id == command.session_id


def time_was_up(desk: Desk, current: Conversation) -> Desk:
    """Nobody wonders where the conversation has gone to: it is written up, and what of it was not chosen is said."""
    notice = desk.notice
    if notice is not None and notice.phrase in ("notice.more_time", "notice.no_more_time"):
        notice = None  # of a time that is over
    if current.ended and current.result is None and not current.passed:
        notice = Notice("info", "notice.time_up", (("number", current.session.ticket_number),))
    return replace(desk, notice=notice)
