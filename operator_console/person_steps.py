"""Rules: what the person at the desk does. Permission is checked before any of these is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from operator_console import happenings as h
from operator_console.desk_state import Conversation, Desk, Note, Stepped, offer_lives, proposed_field
from operator_console.notices import Notice
from operator_console.queue_acts import WrongNumber
from operator_console.server_steps import end_conversation
from operator_console.typed import clean
from signaling.protocol import commands
from signaling.protocol.journey import AskPermission, Intent, OpenService, Propose

#: A note is sent this long after the last key.
NOTE_PAUSE = timedelta(milliseconds=700)
NOTE_LENGTH = 4000


def send(desk: Desk, command: commands.Command, *, must_arrive: bool = False) -> Stepped:
    """Send a command and remember that its answer is awaited."""
    return replace(desk, awaited=desk.awaited | {command.type}), (h.Send(command, must_arrive),)


def went_available(desk: Desk, act: h.WentAvailable) -> Stepped:
    """Ready for the next customer."""
    return send(desk, commands.StatusSet(status="available"))


def took_break(desk: Desk, act: h.TookBreak) -> Stepped:
    """A break, now or after this customer."""
    return send(desk, commands.StatusSet(status="break", reason=act.reason))


def signed_out(desk: Desk, act: h.SignedOut) -> Stepped:
    """The shift is over; the link closes when the server has written it down."""
    desk, effects = send(desk, commands.StatusSet(status="offline"))
    return desk, (*effects, h.Leave())


def accepted(desk: Desk, act: h.Accepted) -> Stepped:
    """Takes the offered ticket; the ringing stops at once."""
    assert desk.offer is not None
    return send(replace(desk, ring_due=None), commands.OfferAccept(ticket_id=desk.offer.ticket_id))


def refused_offer(desk: Desk, act: h.RefusedOffer) -> Stepped:
    """Hands the offered ticket back."""
    assert desk.offer is not None
    command = commands.OfferRefuse(ticket_id=desk.offer.ticket_id, reason=act.reason)
    return send(replace(desk, ring_due=None), command)


def switched_sound(desk: Desk, act: h.SwitchedSound) -> Stepped:
    """Own microphone off or on."""
    current = _current(desk)
    return replace(desk, conversation=replace(current, sound_on=not current.sound_on)), ()


def switched_picture(desk: Desk, act: h.SwitchedPicture) -> Stepped:
    """Own camera off or on."""
    current = _current(desk)
    return replace(desk, conversation=replace(current, picture_on=not current.picture_on)), ()


def asked_to_help(desk: Desk, act: h.AskedToHelp) -> Stepped:
    """Asks the customer to let us fill in."""
    return _intend(desk, AskPermission())


def proposed_value(desk: Desk, act: h.ProposedValue) -> Stepped:
    """Proposes a value for the field in view; the customer decides."""
    field = proposed_field(_current(desk).journey)
    value = clean(act.value).strip()[:20]
    if field is None or not value:
        return desk, ()
    return _intend(desk, Propose(field=field, value=value))


def opened_step(desk: Desk, act: h.OpenedStep) -> Stepped:
    """Opens a service on the customer's screen."""
    return _intend(desk, OpenService(service=act.service))


def _intend(desk: Desk, intent: Intent) -> Stepped:
    return send(desk, commands.JourneyIntent(session_id=_current(desk).session.session_id, intent=intent))


def ended_call(desk: Desk, act: h.EndedCall) -> Stepped:
    """Hangs up: the media stops at once, the server is told even over a broken link."""
    session_id = _current(desk).session.session_id
    desk, effects = end_conversation(desk, "operator")
    return desk, (*effects, h.Send(commands.SessionEnd(session_id=session_id), must_arrive=True))


def wrong_number(desk: Desk, act: WrongNumber) -> Stepped:
    """There is nobody to try again: it ends, written up as such; the operator may still change that."""
    text = "\n".join(part for part in (_current(desk).note.text, act.note) if part)
    desk, noted = note_typed(desk, h.NoteTyped(text))
    desk = replace(desk, conversation=replace(_current(desk), result="not_ours", first_contact=False))
    desk, ended = ended_call(desk, h.EndedCall())
    return desk, (*noted, *ended)


def note_typed(desk: Desk, act: h.NoteTyped) -> Stepped:
    """Every letter goes to the local disk at once, and to the server after a short pause."""
    current = _current(desk)
    text = clean(act.text)[:NOTE_LENGTH]
    if text == current.note.text:
        return desk, ()
    note = replace(current.note, text=text, due=desk.now + NOTE_PAUSE, typed_at=desk.now)
    desk = replace(desk, conversation=replace(current, note=note))
    return desk, (h.KeepDraft(current.session.session_id, text),)


def result_chosen(desk: Desk, act: h.ResultChosen) -> Stepped:
    """What became of the conversation; may be chosen while still talking."""
    return replace(desk, conversation=replace(_current(desk), result=act.result)), ()


def first_contact_set(desk: Desk, act: h.FirstContactSet) -> Stepped:
    """Solved at the first contact, or not."""
    return replace(desk, conversation=replace(_current(desk), first_contact=act.yes)), ()


def wrap_up_extended(desk: Desk, act: h.WrapUpExtended) -> Stepped:
    """A little more time."""
    return send(desk, commands.WrapUpExtend())


def wrap_up_finished(desk: Desk, act: h.WrapUpFinished) -> Stepped:
    """The last letters of the note go first, then the result."""
    desk, noted = save_note(desk)
    current = _current(desk)
    assert current.result is not None
    command = commands.WrapUpFinish(
        session_id=current.session.session_id, result=current.result, first_contact=current.first_contact
    )
    desk, finished = send(desk, command)
    return desk, (*noted, *finished)


def notice_read(desk: Desk, act: h.NoticeRead) -> Stepped:
    """The message was read."""
    return replace(desk, notice=None), ()


def asked_to_close(desk: Desk, act: h.AskedToClose) -> Stepped:
    """A click beside its aim must not cost a customer the conversation."""
    current = desk.conversation
    if current is not None and current.ended is None:
        return replace(desk, notice=Notice("warning", "notice.close_in_call")), ()
    if desk.online and offer_lives(desk):
        return replace(desk, notice=Notice("warning", "notice.close_in_offer")), ()
    return desk, (h.CloseWindow(),)


def save_note(desk: Desk) -> Stepped:
    """Send the note as it stands, unless the server has it or it is on its way."""
    current = desk.conversation
    if current is None or current.note.safe or current.note.sending == current.note.text:
        return desk, ()
    note: Note = replace(current.note, sending=current.note.text, sent=current.note.text, due=None)
    command = commands.NoteSave(session_id=current.session.session_id, text=note.text)
    return replace(desk, conversation=replace(current, note=note)), (h.Send(command),)


def _current(desk: Desk) -> Conversation:
    assert desk.conversation is not None
    return desk.conversation
