"""Rules: the operator's desk. ``step(desk, happening, now)`` gives the new desk and what is to be done about it.

Pure: no Qt, no network, no clock. The parts: ``desk_state`` (what it holds, what is permitted), ``server_steps``,
``person_steps``, ``media_steps``. Two promises hold at every moment: one customer at a time, and nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from media import messages as media
from operator_console import (
    call_back_steps,
    hold_steps,
    leaving_steps,
    media_steps,
    payment_steps,
    person_steps,
    queue_steps,
    server_steps,
    share_steps,
    wrap_up_steps,
)
from operator_console import happenings as h
from operator_console import payment_acts as pa
from operator_console import queue_acts as a
from operator_console import share_acts as sa
from operator_console.desk_state import Conversation, Desk, Note, Scene, Stepped, offer_lives, permitted, scene
from operator_console.errors import ActNotPermitted
from operator_console.happenings import Act, Effect, Happening
from operator_console.notices import Notice
from signaling.protocol import commands, events
from signaling.protocol.purchasing import PaymentTasksChanged
from signaling.protocol.values import OperatorStatus
from signaling.protocol.waiting_line import LineChanged

__all__ = ["Act", "Conversation", "Desk", "Note", "Notice", "Scene", "permitted", "scene", "step"]

#: The cue repeats this often until the offer is answered.
RING_EVERY = timedelta(seconds=3)
_SERVER: dict[type, Callable[[Desk, Any], Stepped]] = {
    events.OperatorChanged: server_steps.operator_changed,
    events.OfferMade: server_steps.offer_made,
    events.OfferWithdrawn: server_steps.offer_withdrawn,
    events.SessionStarted: server_steps.session_started,
    events.SessionRestart: server_steps.session_restart,
    events.SessionDescribed: server_steps.session_described,
    events.SessionEnded: server_steps.session_ended,
    events.JourneyChanged: server_steps.journey_changed,
    events.TimelineChanged: server_steps.timeline_changed,
    LineChanged: queue_steps.line_changed,
    events.FloorChanged: server_steps.floor_changed,
    PaymentTasksChanged: payment_steps.tasks_changed,
}
_PERSON: dict[type, Callable[[Desk, Any], Stepped]] = {
    h.WentAvailable: person_steps.went_available,
    h.TookBreak: person_steps.took_break,
    h.SignedOut: person_steps.signed_out,
    h.Accepted: person_steps.accepted,
    h.RefusedOffer: person_steps.refused_offer,
    h.SwitchedSound: person_steps.switched_sound,
    h.SwitchedPicture: person_steps.switched_picture,
    h.SwitchedHold: hold_steps.switched,
    h.AskedToHelp: person_steps.asked_to_help,
    h.ProposedValue: person_steps.proposed_value,
    h.OpenedStep: person_steps.opened_step,
    h.EndedCall: person_steps.ended_call,
    h.NoteTyped: person_steps.note_typed,
    h.ResultChosen: person_steps.result_chosen,
    h.FirstContactSet: person_steps.first_contact_set,
    h.WrapUpExtended: person_steps.wrap_up_extended,
    h.WrapUpFinished: person_steps.wrap_up_finished,
    pa.LookedForPurchase: payment_steps.looked_for,
    pa.ChosePurchase: payment_steps.chose,
    pa.AskedRefund: payment_steps.asked_refund,
    pa.DecidedRefund: payment_steps.decided_refund,
    pa.SettledLine: payment_steps.settled_line,
    pa.SettledDocument: payment_steps.settled_document,
    pa.ClarifiedPurchase: payment_steps.clarified,
    pa.ChoseDifference: payment_steps.chose_difference,
    pa.SettledDifference: payment_steps.settled_difference,
    a.ChoseInLine: queue_steps.chose_in_line,
    a.LookedInLine: queue_steps.looked_in_line,
    a.ChoseCentre: queue_steps.chose_centre,
    a.MovedAhead: queue_steps.moved_ahead,
    a.WeighedCentre: queue_steps.weighed_centre,
    a.ChannelsChosen: call_back_steps.channels_chosen,
    a.NumberAsked: call_back_steps.number_asked,
    a.Reached: call_back_steps.reached,
    a.NobodyAnswered: call_back_steps.nobody_answered,
    a.WrongNumber: person_steps.wrong_number,
    a.SentForPapers: call_back_steps.sent_for_papers,
    a.PassedOn: call_back_steps.passed_on,
    a.ColleaguesAsked: call_back_steps.colleagues_asked,
    a.FoundNobody: call_back_steps.found_nobody,
    sa.ShowedPage: share_steps.showed_page,
    sa.StoppedShowing: share_steps.stopped_showing,
    h.NoticeRead: person_steps.notice_read,
    h.AskedToClose: person_steps.asked_to_close,
}


def step(desk: Desk, happening: Happening, now: datetime) -> tuple[Desk, tuple[Effect, ...]]:
    """What follows from ``happening`` at ``now`` (aware, the server's time). Raises ActNotPermitted."""
    silent = hold_steps.silence(desk)
    desk, effects = _moved(replace(desk, now=now), happening)
    wanted = hold_steps.silence(desk)
    return desk, effects if wanted == silent else (*effects, h.TellMedia(wanted))


def _moved(desk: Desk, happening: Happening) -> Stepped:
    person = _PERSON.get(type(happening))
    if person is not None:
        need = h.NEEDS[type(happening)]
        if need is not None and need not in permitted(desk):
            raise ActNotPermitted(f"{need} in {scene(desk)}")
        return person(desk, happening)
    if isinstance(happening, h.Ticked):
        return _ticked(desk)
    if isinstance(happening, h.ServerSaid):
        handler = _SERVER.get(type(happening.event))
        return handler(desk, happening.event) if handler else (desk, ())
    return _world(desk, happening)


def _world(desk: Desk, happening: Happening) -> Stepped:
    if isinstance(happening, h.SnapshotCame):
        return server_steps.snapshot(desk, happening.snapshot)
    if isinstance(happening, h.LinkChanged):
        return _link_changed(desk, happening.online)
    if isinstance(happening, h.LinkEnded):
        return leaving_steps.link_ended(desk, happening)
    if isinstance(happening, h.Replied):
        return server_steps.replied(desk, happening.command, happening.reply)
    if isinstance(happening, h.Refused):
        return server_steps.refused(desk, happening.command, happening.code)
    if isinstance(happening, h.Unsent):
        return server_steps.unsent(desk, happening.command)
    if isinstance(happening, h.MediaSaid):
        return media_steps.media_said(desk, happening.event)
    if isinstance(happening, h.DiskSaid):
        return replace(desk, disk_writes=happening.writes), ()
    assert isinstance(happening, h.DraftsFound)
    return replace(desk, drafts=happening.drafts, handed_in=False), ()


def _link_changed(desk: Desk, online: bool) -> Stepped:
    if not online:
        return replace(desk, online=False, away_since=desk.away_since or desk.now), ()
    desk = replace(desk, online=True, away_since=None, ever_online=True)
    effects: list[Effect] = []
    if Act.FLOOR in permitted(desk):
        effects.append(h.Send(commands.FloorWatch(on=True)))
    if Act.PAYMENTS in permitted(desk):
        effects += payment_steps.asked_again(desk)
    effects += (h.Send(note) for note in desk.unsaved)
    current = desk.conversation
    if current is not None and not current.ended:
        effects += (*media_steps.told(current, {}), *share_steps.told_again(current))
    desk, held = hold_steps.asked_again(desk)
    return desk, (*effects, *held)


def _ticked(desk: Desk) -> Stepped:
    effects: list[Effect] = []
    desk = _without_a_forgotten_offer(desk)
    if desk.online and offer_lives(desk) and desk.ring_due is not None and desk.now >= desk.ring_due:
        desk = replace(desk, ring_due=desk.now + RING_EVERY)
        effects.append(h.TellMedia(media.Cue(name="call")))
    current = desk.conversation
    note = current.note if current is not None else Note()
    if desk.online and note.due is not None and desk.now >= note.due and note.sending is None:
        desk, saved = person_steps.save_note(desk)
        effects += saved
    if Act.EXTEND in permitted(desk) and wrap_up_steps.still_typing(desk):
        desk, asked = wrap_up_steps.given_more_time(desk)
        effects += asked
    if _time_is_nearly_up(desk):
        desk, finished = person_steps.wrap_up_finished(desk, h.WrapUpFinished())
        effects += finished
    if desk.operator is not None and desk.online and desk.drafts and not desk.handed_in:
        desk, found = _hand_in_old_drafts(desk)
        effects += found
    return desk, tuple(effects)


def _without_a_forgotten_offer(desk: Desk) -> Desk:
    """While the link is away nobody withdraws an offer whose time is up; the server has given it to another."""
    if desk.offer is None or desk.online or desk.now < desk.offer.deadline + wrap_up_steps.LAST_CALL:
        return desk
    notice = Notice("info", "offer.gone.connection_lost", (("number", desk.offer.number),))
    return replace(desk, offer=None, offered_at=None, ring_due=None, notice=notice)


def _time_is_nearly_up(desk: Desk) -> bool:
    """A result that was chosen is not lost because nobody pressed the last button."""
    operator = desk.operator
    if operator is None or operator.status is not OperatorStatus.WRAP_UP or operator.deadline is None:
        return False
    return desk.now >= operator.deadline - wrap_up_steps.LAST_CALL and Act.FINISH in permitted(desk)


def _hand_in_old_drafts(desk: Desk) -> Stepped:
    """Notes that an earlier run could not hand in belong to conversations that are over: send them now.

    They stay at hand: should one of these conversations come to the desk after all, it finds its note.
    """
    found = tuple(commands.NoteSave(session_id=one, text=text, left_over=True) for one, text in desk.drafts)
    desk = replace(desk, handed_in=True, unsaved=(*desk.unsaved, *found))
    return desk, tuple(h.Send(note) for note in found)
