"""Rules: the customer on hold: the person is away for a moment, and is neither seen nor heard meanwhile.

The desk falls silent at the touch; the server, which tells the customer, is asked, and what it says then is the truth.
"""

from __future__ import annotations

from dataclasses import replace

from media import messages as media
from operator_console import happenings as h
from operator_console.desk_state import Desk, Stepped
from signaling.protocol.queueing import SessionHold
from signaling.protocol.values import OperatorStatus


def switched(desk: Desk, act: h.SwitchedHold) -> Stepped:
    """Away for a moment, or back."""
    current = desk.conversation
    assert current is not None
    on = current.held_since is None
    current = replace(current, held_since=desk.now if on else None, hold_asked=on)
    return _ask(replace(desk, conversation=current))


def agreed(desk: Desk) -> Desk:
    """The server's view of us came. Until it knows what was asked last, the desk stays as the person left it."""
    current, told = desk.conversation, desk.operator
    if current is None or told is None or told.status is not OperatorStatus.BUSY:
        return desk  # a lost link hides the hold that goes on beneath it
    if current.hold_asked not in (None, told.on_hold):
        return desk
    since = (current.held_since or told.since) if told.on_hold else None
    return replace(desk, conversation=replace(current, held_since=since, hold_asked=None))


def asked_again(desk: Desk) -> Stepped:
    """The link is back, perhaps without a snapshot: the server knows nothing of what was asked while it was away."""
    current = desk.conversation
    if current is None or current.ended or current.hold_asked is None:
        return desk, ()
    return _ask(desk)


def came_too_late(desk: Desk, command: SessionHold) -> bool:
    """It is of a conversation that is over: that one's own events have told it."""
    current = desk.conversation
    return current is None or current.ended is not None or current.session.session_id != command.session_id


def refused(desk: Desk) -> Desk:
    """The server will not have it: as it was."""
    current = desk.conversation
    if current is None or current.hold_asked is None:
        return desk
    return agreed(replace(desk, conversation=replace(current, hold_asked=None)))


def silence(desk: Desk) -> media.Mute:
    """What the engine keeps from the other end; between calls nothing, so that nobody begins the next one unheard."""
    current = desk.conversation
    if current is None or current.ended or current.by_phone:
        return media.Mute(audio=False, video=False)
    held = current.held_since is not None
    return media.Mute(audio=held or not current.sound_on, video=held or not current.picture_on)


def _ask(desk: Desk) -> Stepped:
    current = desk.conversation
    assert current is not None
    command = SessionHold(session_id=current.session.session_id, on=current.held_since is not None)
    return replace(desk, awaited=desk.awaited | {command.type}), (h.Send(command),)
