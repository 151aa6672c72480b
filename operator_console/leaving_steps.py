"""Rules: the link is over for good: the shift has ended, the person sits elsewhere now, or the sign-in has run out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from operator_console.happenings import Effect, LinkEnded, OpenDevices
from operator_console.server_steps import end_conversation

if TYPE_CHECKING:
    from operator_console.desk_state import Desk, Stepped

#: After these the same person signs in again, and a conversation goes on meanwhile.
RUN_OUT = frozenset({"auth.expired", "auth.failed"})


def link_ended(desk: Desk, event: LinkEnded) -> Stepped:
    """Behind a sign-in nobody is seen or heard, unless they are in the middle of a conversation that goes on."""
    current = desk.conversation
    if event.code in RUN_OUT and current is not None and current.ended is None:
        return desk, ()
    effects: tuple[Effect, ...] = ()
    if event.code not in RUN_OUT:
        desk, effects = _cleared(desk)
    if desk.devices_on:
        effects = (*effects, OpenDevices(False))
    return replace(desk, devices_on=False), effects


def _cleared(desk: Desk) -> Stepped:
    """Nothing of the conversation stays here but letters that the server does not have yet."""
    current = desk.conversation
    effects: tuple[Effect, ...] = ()
    drafts = desk.drafts
    if current is not None:
        desk, effects = end_conversation(desk, "server")
        if not current.note.safe:
            drafts = (*drafts, (current.session.session_id, current.note.text))
    desk = replace(
        desk, conversation=None, operator=None, offer=None, offered_at=None, ring_due=None, preview=None,
        preview_timeline=(), drafts=drafts, handed_in=False,
    )  # fmt: skip
    return desk, effects
