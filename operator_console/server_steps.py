"""Rules: what the server's events, snapshots and answers do to a desk."""

from __future__ import annotations

from dataclasses import replace

from media import messages as media
from office.notes import joined
from operator_console import call_back_steps, hold_steps, payment_steps, queue_steps, share_steps, wrap_up_steps
from operator_console.desk_state import Conversation, Desk, Note, Stepped
from operator_console.happenings import CallAttention, DropDraft, Effect, OpenDevices, Send, TellMedia
from operator_console.notices import Notice
from operator_console.queue_acts import NumberAsked
from signaling.protocol import commands, events, replies
from signaling.protocol.errors import ErrorCode
from signaling.protocol.journey import JourneyView
from signaling.protocol.purchasing import DifferenceCards, DifferenceTasks, PurchaseCards, PurchaseTasks
from signaling.protocol.queueing import CallBackCard, CallBackShow, CentreWeigh, Colleagues, SessionHold, TicketMove
from signaling.protocol.values import OfferView, OperatorStatus, OperatorView, SessionView
from signaling.protocol.waiting_line import LineFind, LineFound

#: What is asked again by itself when the link is back.
_ASKED_AGAIN = (
    commands.SessionMedia, commands.SessionDescribe, commands.SessionShow, commands.FloorWatch, PurchaseTasks,
    DifferenceTasks, SessionHold,
)  # fmt: skip
#: States in which a conversation, or its paper work, may still belong to the operator.
_WITH_CUSTOMER = frozenset({OperatorStatus.BUSY, OperatorStatus.WRAP_UP, OperatorStatus.GRACE, OperatorStatus.OFFERED})
#: States in which camera and microphone are ready, because a call needs them at once.
_DEVICES = _WITH_CUSTOMER | {OperatorStatus.AVAILABLE}


def operator_changed(desk: Desk, event: events.OperatorChanged) -> Stepped:
    """The server moved this operator; leaving the wrap-up puts the conversation away."""
    return _with_operator(desk, event.operator)


def offer_made(desk: Desk, event: events.OfferMade) -> Stepped:
    """A ticket is offered: ring until it is answered."""
    desk, effects = _with_offer(desk, event.offer)
    return desk, effects


def offer_withdrawn(desk: Desk, event: events.OfferWithdrawn) -> Stepped:
    """The offer is gone; say why unless it was ours to end."""
    if desk.offer is None or desk.offer.ticket_id != event.ticket_id:
        return desk, ()
    told = event.reason in ("no_answer", "customer_left", "connection_lost")
    values = (("number", desk.offer.number),)
    notice = Notice("info", f"offer.gone.{event.reason}", values) if told else desk.notice
    return _without_offer(replace(desk, notice=notice)), ()


def session_started(desk: Desk, event: events.SessionStarted) -> Stepped:
    """A conversation begins."""
    return open_session(desk, event.session)


def session_restart(desk: Desk, event: events.SessionRestart) -> Stepped:
    """The other end's media began anew: make a fresh connection for the same session."""
    current = desk.conversation
    if current is None or current.session.session_id != event.session.session_id:
        return open_session(desk, event.session)
    desk = replace(desk, conversation=replace(current, session=event.session, media="connecting", fresh=False))
    return desk, (TellMedia(joining(event.session)),)


def session_described(desk: Desk, event: events.SessionDescribed) -> Stepped:
    """The other end's SDP goes to our engine, which checks its signature before use."""
    current = desk.conversation
    if current is None or current.ended or current.session.session_id != event.session_id:
        return desk, ()
    described = media.SignedDescription(**event.description.model_dump())
    return desk, (TellMedia(media.RemoteDescription(session_id=event.session_id, description=described)),)


def session_ended(desk: Desk, event: events.SessionEnded) -> Stepped:
    """The conversation is over; its paper work begins."""
    current = desk.conversation
    if current is None or current.session.session_id != event.session_id or current.ended:
        return desk, ()
    return end_conversation(desk, event.reason)


def journey_changed(desk: Desk, event: events.JourneyChanged) -> Stepped:
    """The customer's screen changed; a newly known account brings the card."""
    current = desk.conversation
    if current is None or current.session.session_id != event.session_id:
        return (replace(desk, preview=event.view), ()) if desk.offer else (desk, ())
    known = current.journey
    if known is not None and known.visit_id == event.view.visit_id and event.view.number < known.number:
        return desk, ()  # an older picture of the same visit came late
    desk = replace(desk, conversation=replace(current, journey=event.view))
    return _ask_card(_kiosk_devices(desk, known, event.view))


def _kiosk_devices(desk: Desk, known: JourneyView | None, now: JourneyView) -> Desk:
    """That the customer does not hear, or is not heard, is told once; and that it is over."""
    had, has = (set(view.call.missing) if view and view.call else set[str]() for view in (known, now))
    if now.call is None or had == has:
        return desk
    kind = next((kind for kind in ("microphone", "loudspeaker", "camera") if kind in had ^ has), "camera")
    if kind in has:
        return replace(desk, notice=Notice("warning", f"notice.kiosk_lost.{kind}"))
    return replace(desk, notice=Notice("info", f"notice.kiosk_back.{kind}"))


def timeline_changed(desk: Desk, event: events.TimelineChanged) -> Stepped:
    """What the customer did, so far."""
    current = desk.conversation
    if current is None or current.session.session_id != event.session_id:
        return (replace(desk, preview_timeline=event.lines), ()) if desk.offer else (desk, ())
    return replace(desk, conversation=replace(current, timeline=event.lines)), ()


def floor_changed(desk: Desk, event: events.FloorChanged) -> Stepped:
    """Live sessions and operators, for a supervisor."""
    return replace(desk, floor=event), ()


def snapshot(desk: Desk, view: events.DeskSnapshot) -> Stepped:
    """Everything the server knows replaces what we knew, except what was typed here and is not there yet."""
    effects: list[Effect] = []
    desk = replace(desk, line=view.line, counts=view.counts, floor=view.floor or desk.floor)
    current = desk.conversation
    if current is not None and not current.ended and view.session is None:
        desk, ended = end_conversation(desk, "server")
        effects += ended
    if view.session is not None:
        desk, opened = open_session(desk, view.session)
        effects += opened
        desk = _seen(desk, view)
        if desk.conversation is not None:
            effects += share_steps.told_again(desk.conversation)
        if view.operator.status is OperatorStatus.WRAP_UP and desk.conversation and not desk.conversation.ended:
            desk, ended = end_conversation(desk, "server")
            effects += ended
    if view.offer is None:
        desk = _without_offer(desk)
    elif desk.offer is None or desk.offer.ticket_id != view.offer.ticket_id:
        desk, offered = _with_offer(desk, view.offer)
        effects += offered
    desk, changed = _with_operator(desk, view.operator, were_away=True)
    desk, asked = _ask_card(desk)
    return desk, (*effects, *changed, *asked)


def _seen(desk: Desk, view: events.DeskSnapshot) -> Desk:
    current = desk.conversation
    if current is None:
        return desk
    note = current.note
    if note.safe:  # nothing typed here is newer than the server's
        note = replace(note, text=view.note, saved=view.note)
    elif view.note in (note.saved, note.sent):
        note = replace(note, saved=view.note, due=desk.now)
    else:  # another desk of the same person has written on
        note = replace(note, text=joined(view.note, note.text), saved=view.note, due=desk.now)
    return replace(
        desk,
        conversation=replace(
            current,
            journey=view.journey or current.journey,
            timeline=view.timeline or current.timeline,
            note=note,
        ),
    )


def _topic_of(offer: OfferView | None, session: SessionView) -> str:
    return (offer.topic or offer.service) if offer is not None and offer.ticket_id == session.ticket_id else ""


def open_session(desk: Desk, session: SessionView) -> Stepped:
    """Begin the session, once, however often it is told; another one before it is put away first."""
    current = desk.conversation
    if current is not None and current.session.session_id == session.session_id:
        return replace(desk, conversation=replace(current, session=session)), ()
    desk, away = put_away(desk)
    draft = dict(desk.drafts).get(session.session_id, "")
    note = Note(text=draft, due=desk.now if draft else None)
    desk = replace(
        _without_offer(desk),
        conversation=Conversation(
            session=session,
            topic=_topic_of(desk.offer, session),
            note=note,
            journey=desk.preview,
            timeline=desk.preview_timeline,
            card_for="",
        ),
        drafts=tuple(pair for pair in desk.drafts if pair[0] != session.session_id),
        unsaved=tuple(one for one in desk.unsaved if (one.session_id, one.text) != (session.session_id, draft)),
        preview=None,
        preview_timeline=(),
        notice=None,
    )
    if session.channel == "phone":
        current = desk.conversation
        assert current is not None
        desk = replace(desk, conversation=replace(current, media="closed", fresh=False))
        desk, asked = call_back_steps.number_asked(desk, NumberAsked())
        return desk, (*away, *asked)
    devices: tuple[Effect, ...] = () if desk.devices_on else (OpenDevices(True),)
    show = commands.CustomerShow(session_id=session.session_id)
    return replace(desk, devices_on=True), (*away, *devices, TellMedia(joining(session)), Send(show))


def end_conversation(desk: Desk, reason: str) -> Stepped:
    """Stop the media; the paper work stays."""
    current = desk.conversation
    if current is None or current.ended:
        return desk, ()
    if current.by_phone:
        ended = replace(current, ended=reason, ended_at=desk.now, call_back=None)
        notice = call_back_steps.outcome(current, desk.now) or desk.notice
        return replace(desk, conversation=ended, notice=notice), ()
    leave: tuple[Effect, ...] = (
        *share_steps.taken_back(current),
        TellMedia(media.Leave(session_id=current.session.session_id)),
    )
    last = commands.SessionMedia(
        session_id=current.session.session_id, state="lost", figures=current.tally.figures()
    )  # it is over: only the figures of the whole call count
    ended = replace(current, ended=reason, ended_at=desk.now, media="closed", quality=None, shown=None)
    return replace(desk, conversation=ended), (*leave, Send(last)) if current.tally.seconds else leave


def put_away(desk: Desk, *, left_over: bool = False) -> Stepped:
    """The customer's papers leave the desk; an unsaved note is sent, and kept until it is confirmed.

    ``left_over``: we were away, and another desk of the same person may have gone on with it.
    """
    current = desk.conversation
    if current is None:
        return desk, ()
    desk, effects = end_conversation(desk, "server")
    desk = replace(desk, conversation=None, payments=payment_steps.visitor_gone(desk.payments))
    if current.note.safe:
        return desk, (*effects, DropDraft(current.session.session_id))
    note = commands.NoteSave(session_id=current.session.session_id, text=current.note.text, left_over=left_over)
    return replace(desk, unsaved=(*desk.unsaved, note)), (*effects, Send(note))


def _rings_again(desk: Desk) -> Desk:
    """Neither taken nor handed back: it is still to be answered."""
    return replace(desk, ring_due=desk.now) if desk.offer is not None else desk


def _with_operator(desk: Desk, operator: OperatorView, *, were_away: bool = False) -> Stepped:
    desk = hold_steps.agreed(replace(desk, operator=operator))
    effects: tuple[Effect, ...] = ()
    current = desk.conversation
    if current is not None and operator.status not in _WITH_CUSTOMER:
        desk, effects = put_away(desk, left_over=were_away)
        effects = (*effects, *wrap_up_steps.result_after_a_gap(current)) if were_away else effects
        desk = wrap_up_steps.time_was_up(desk, current)
    if operator.status is OperatorStatus.GRACE:
        return desk, effects
    wanted = operator.status in _DEVICES
    if wanted != desk.devices_on:
        effects = (*effects, OpenDevices(wanted))
    return replace(desk, devices_on=wanted), effects


def _with_offer(desk: Desk, offer: OfferView) -> Stepped:
    if desk.conversation is not None and desk.conversation.ended is None:
        return desk, ()  # one customer at a time, whatever came over the wire
    desk = replace(desk, offer=offer, offered_at=desk.now, ring_due=desk.now, notice=None)
    return desk, (CallAttention(),)


def _without_offer(desk: Desk) -> Desk:
    return replace(desk, offer=None, offered_at=None, ring_due=None)


def _ask_card(desk: Desk) -> Stepped:
    current = desk.conversation
    if current is None or current.journey is None or current.journey.account is None:
        return desk, ()
    account = current.journey.account.account
    if current.card_for == account or not desk.online:
        return desk, ()
    if current.card is not None and current.card.account.account == account:
        return replace(desk, conversation=replace(current, card_for=account)), ()
    desk = replace(desk, conversation=replace(current, card_for=account))
    return desk, (Send(commands.CustomerShow(session_id=current.session.session_id)),)


def joining(session: SessionView) -> media.Join:
    servers = [
        media.IceServer(
            urls=list(one.urls),
            username=one.username or "",
            credential=one.credential or "",
            authority=one.authority or "",
        )
        for one in session.ice_servers
    ]
    return media.Join(
        session_id=session.session_id,
        role=session.you,
        offerer=session.offerer,
        peer_public_key=session.peer.public_key,
        peer_role=session.peer.role,
        ice_servers=servers,
        codecs=list(session.codecs),
    )


# --- answers ---


def replied(desk: Desk, command: commands.Command, reply: replies.Reply) -> Stepped:
    """The answer to a command of ours."""
    desk = replace(desk, awaited=desk.awaited - {command.type})
    if isinstance(reply, replies.SessionOpened):
        return open_session(desk, reply.session)
    if isinstance(command, TicketMove | CentreWeigh):
        notice = Notice("info", *queue_steps.decided(desk, command))
        return replace(desk, supervision=queue_steps.Supervision(), notice=notice), ()
    if isinstance(reply, Colleagues):
        return call_back_steps.colleagues_came(desk, reply), ()
    if isinstance(reply, LineFound) and isinstance(command, LineFind):
        return queue_steps.found_in_line(desk, command, reply.rows), ()
    if isinstance(reply, CallBackCard) and isinstance(command, CallBackShow):
        return call_back_steps.number_came(desk, command, reply), ()
    if isinstance(reply, PurchaseCards):
        return payment_steps.cards_came(desk, command, reply.cards), ()
    if isinstance(reply, DifferenceCards):
        return payment_steps.differences_came(desk, command, reply.cards), ()
    if isinstance(reply, replies.NoteSaved) and isinstance(command, commands.NoteSave):
        return _note_saved(desk, command, reply)
    if isinstance(reply, replies.CustomerCardShown) and isinstance(command, commands.CustomerShow):
        current = desk.conversation
        if current is not None and current.session.session_id == command.session_id:
            desk = replace(desk, conversation=replace(current, card=reply.card))
    return desk, ()


def _note_saved(desk: Desk, command: commands.NoteSave, reply: replies.NoteSaved) -> Stepped:
    current = desk.conversation
    if current is not None and current.session.session_id == command.session_id:
        note = replace(current.note, saved=command.text, sending=None, saved_at=reply.at)
        drop = (DropDraft(command.session_id),) if note.safe else ()
        return replace(desk, conversation=replace(current, note=note)), drop
    if command in desk.unsaved:
        rest = tuple(one for one in desk.unsaved if one != command)
        return replace(desk, unsaved=rest), (DropDraft(command.session_id),)
    return desk, ()


def refused(desk: Desk, command: commands.Command, code: ErrorCode) -> Stepped:
    """The server said no: say it in words; what was typed stays."""
    desk = replace(desk, awaited=desk.awaited - {command.type})
    if isinstance(command, commands.NoteSave):
        return _note_refused(desk, command)
    if isinstance(command, LineFind) and code is ErrorCode.TICKET_UNKNOWN:
        return queue_steps.found_in_line(desk, command, ()), ()
    desk = call_back_steps.undone(desk, command)
    if isinstance(command, SessionHold):
        if hold_steps.came_too_late(desk, command):
            return desk, ()
        desk = hold_steps.refused(desk)
    if isinstance(command, commands.OfferAccept | commands.OfferRefuse):
        desk = _without_offer(desk) if code is ErrorCode.OFFER_GONE else _rings_again(desk)
    if isinstance(command, commands.WrapUpExtend) and code is ErrorCode.ILLEGAL_MOVE:
        return replace(desk, notice=Notice("warning", "notice.no_more_time")), ()
    if isinstance(command, commands.WrapUpFinish) and not wrap_up_steps.still_here(desk, command):
        return desk, ()  # sent after a gap: the server had it
    if isinstance(command, commands.SessionShow) and command.page is not None:
        desk, back = share_steps.not_readable(desk)
        return desk, back
    if isinstance(command, commands.SessionMedia | commands.SessionEnd | commands.SessionDescribe):
        return desk, ()  # the session's own events tell what became of it
    return replace(desk, notice=Notice("warning", f"error.{code.value}")), ()


def _note_refused(desk: Desk, command: commands.NoteSave) -> Stepped:
    current = desk.conversation
    if current is not None and current.session.session_id == command.session_id:
        note = replace(current.note, sending=None, due=None)
        desk = replace(desk, conversation=replace(current, note=note))
    else:
        desk = replace(desk, unsaved=tuple(one for one in desk.unsaved if one != command))
    return replace(desk, notice=Notice("warning", "notice.note_not_taken")), ()


def unsent(desk: Desk, command: commands.Command) -> Stepped:
    """The link broke before the answer: notes are sent again by themselves, acts are the person's to repeat."""
    desk = call_back_steps.undone(replace(desk, awaited=desk.awaited - {command.type}), command)
    current = desk.conversation
    if isinstance(command, commands.NoteSave):
        if current is not None and current.session.session_id == command.session_id:
            note = replace(current.note, sending=None, due=desk.now)
            desk = replace(desk, conversation=replace(current, note=note))
        return desk, ()
    if isinstance(command, _ASKED_AGAIN):
        return desk, ()
    if isinstance(command, commands.OfferAccept | commands.OfferRefuse):
        desk = _rings_again(desk)
    if isinstance(command, commands.CustomerShow):
        if current is not None:
            desk = replace(desk, conversation=replace(current, card_for=None))
        return desk, ()
    return replace(desk, notice=Notice("warning", "error.link.down")), ()
