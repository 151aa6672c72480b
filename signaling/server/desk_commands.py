"""Adapter: what operators and supervisors ask, and what both ends of a conversation ask."""

from __future__ import annotations

import asyncio
import math
import secrets
from typing import get_args

from equeue import events as ev
from equeue.operator_states import OperatorState
from equeue.ticket import PHONE
from office.notes import joined
from office.people import Role as StaffRole
from office.result_codes import missing_for_wrap_up, result_code
from office.rights import Action, require
from office.tokens import TOKEN_BYTES, KeptToken, renew_token
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import IntentCame, SessionShown
from signaling.protocol.journey import OPERATOR_INTENTS
from signaling.protocol.replies import CustomerCardShown, Done, NoteSaved, SessionOpened, TokenRenewed
from signaling.protocol.values import CaseLine
from signaling.server import billing_desk, views
from signaling.server import call_session as calls
from signaling.server.asked import Asked
from signaling.server.call_session import End
from signaling.server.event_log import Put, Update
from signaling.server.front_office import Clerk, Talk
from signaling.server.identities import holds_still, shortened, token_row
from signaling.server.kiosk_commands import ask_billing
from signaling.server.queue_commands import next_home

# Both ends of a conversation.


async def session_describe(asked: Asked, command: c.SessionDescribe) -> Done:
    """Relay an SDP to the other end and to nobody else. The kiosk offers, the operator answers."""
    talk = asked.front.live_talk_of(asked.client.identity, command.session_id)
    end = _end(asked, talk)
    if command.description.kind != ("offer" if end is End.KIOSK else "answer"):
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "the kiosk offers, the operator answers")
    if end is End.OPERATOR and talk.offer is None:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "there is no offer to answer")
    asked.services.talks.describe(asked.change, talk, end, command.description)
    return Done()


async def session_media(asked: Asked, command: c.SessionMedia) -> Done:
    """How an end's media is; the last figures of each end are kept with the session."""
    talk = asked.front.talk_of(asked.client.identity, command.session_id)
    end = _end(asked, talk)
    figures = {name: value for name, value in command.figures.items() if name in c.FIGURES and math.isfinite(value)}
    if talk.live:
        asked.services.talks.step(asked.change, talk, calls.MediaSaid(end, command.state))
    asked.services.talks.measured(asked.change, talk, end, figures)
    return Done()


async def session_end(asked: Asked, command: c.SessionEnd) -> Done:
    """Hang up; a session that is over stays over."""
    talk = asked.front.talk_of(asked.client.identity, command.session_id)
    if talk.live:
        asked.services.talks.step(asked.change, talk, calls.HungUp(_end(asked, talk)))
    return Done()


def _end(asked: Asked, talk: Talk) -> End:
    end = talk.end_of(asked.client.identity)
    assert end is not None  # talk_of has looked
    return end


# The operator and the line.


async def status_set(asked: Asked, command: c.StatusSet) -> Done:
    """Available, on a break, or gone home; while something is under way it is what comes next."""
    at_work = asked.front.at_work(asked.client.identity)
    offline = at_work is None or at_work.state is OperatorState.OFFLINE
    if command.reason is not None:
        known = asked.front.queue.settings().break_reasons or get_args(c.BreakReason)
        if command.reason not in known:
            raise ProtocolError(ErrorCode.MALFORMED, f"reason: one of {', '.join(known)}")
    queue, change, me = asked.services.queue, asked.change, asked.client.identity
    if command.status == "offline":
        if not offline and not await next_home(asked):
            queue.feed(change, ev.OperatorSignedOut(me))
        return Done()
    if offline:
        queue.feed(change, come_to_work(asked.clerk))
    queue.feed(change, ev.StatusChosen(me, command.status, command.reason))
    return Done()


def come_to_work(clerk: Clerk) -> ev.OperatorSignedIn:
    """The operator's arrival with what they can do; no skills or languages named means all."""
    return ev.OperatorSignedIn(clerk.id, clerk.skills or ("*",), clerk.languages or ("*",))


async def offer_accept(asked: Asked, command: c.OfferAccept) -> SessionOpened:
    """Take the offered ticket; accepted twice it is the same conversation."""
    me = asked.client.identity
    talk = asked.front.last_talk_with(me, command.ticket_id)
    if talk is None or not talk.live:
        asked.services.queue.feed(asked.change, ev.OfferAccepted(command.ticket_id, me))
        talk = asked.front.last_talk_with(me, command.ticket_id)
    assert talk is not None  # the queue's Connected has opened it
    return SessionOpened(session=views.session_view(asked.front, talk, End.OPERATOR, asked.change.at))


async def offer_refuse(asked: Asked, command: c.OfferRefuse) -> Done:
    """Hand the offered ticket back."""
    asked.services.queue.feed(asked.change, ev.OfferRefused(command.ticket_id, asked.client.identity, command.reason))
    return Done()


async def journey_intent(asked: Asked, command: c.JourneyIntent) -> Done:
    """Ask something of the customer's screen; only what an operator may, and all of it audited."""
    talk = asked.front.live_talk_of(asked.client.identity, command.session_id)
    if not isinstance(command.intent, OPERATOR_INTENTS):
        raise ProtocolError(ErrorCode.NOT_ALLOWED, f"{command.intent.type} is the customer's alone")
    visit = asked.front.visits.get(talk.visit_id)
    if visit is None:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "the visit is over")
    granted = visit.view is not None and visit.view.permission == "granted"
    if command.intent.type != "ask_permission" and not granted:
        raise ProtocolError(ErrorCode.NOT_ALLOWED, "the customer has not given permission")
    field = {"field": command.intent.field} if command.intent.type == "propose" else {}
    asked.audit(f"journey.{command.intent.type}", session_id=talk.id, visit_id=visit.id, **field)
    came = IntentCame(session_id=talk.id, visit_id=visit.id, operator_name=asked.clerk.name, intent=command.intent)
    asked.change.tell(talk.kiosk_id, came)
    return Done()


async def session_show(asked: Asked, command: c.SessionShow) -> Done:
    """A document in place of the operator's picture, or the picture again."""
    talk = asked.front.live_talk_of(asked.client.identity, command.session_id)
    if talk.channel == PHONE:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "there is nobody who sees")
    if talk.page == command.page:
        return Done()
    talk.page = command.page
    what = "session.show" if command.page is not None else "session.show_end"
    asked.audit(what, session_id=talk.id, visit_id=talk.visit_id or None)
    asked.change.tell(talk.kiosk_id, SessionShown(session_id=talk.id, page=command.page))
    return Done()


async def customer_show(asked: Asked, command: c.CustomerShow) -> CustomerCardShown:
    """The card of the person in the conversation, with the right to see it; every showing is audited."""
    talk = asked.front.talk_of(asked.client.identity, command.session_id)
    require(StaffRole(asked.client.role.value), Action.SEE_CUSTOMER)
    at_work = asked.front.at_work(asked.client.identity)
    here = at_work is not None and at_work.ticket_id == talk.ticket_id
    if not talk.live and not here and talk is not asked.front.written_up(asked.client.identity):
        raise ProtocolError(ErrorCode.NOT_ALLOWED, "the conversation is over and written up")
    visit = asked.front.visits.get(talk.visit_id)
    account = None if visit is None else visit.account
    if not talk.live:  # they have gone, or are somebody else's by now, and are still written up
        account = talk.account or account
    if account is None:
        return CustomerCardShown(card=None)
    card = await ask_billing(asked, lambda billing: billing.find_account(account))
    if card is None:
        raise ProtocolError(ErrorCode.ACCOUNT_UNKNOWN)
    history = await ask_billing(asked, lambda billing: billing.history(account))
    records, reference = asked.services.records, asked.services.reference(account)
    person = await asyncio.to_thread(records.person, reference)
    earlier = await asyncio.to_thread(records.earlier_contacts, person, talk.id) if person else ()
    lines = tuple(
        CaseLine(at=row.at, channel=row.channel, summary=(row.text or row.result or row.topic)[:200]) for row in earlier
    )
    asked.audit("customer.show", session_id=talk.id, visit_id=talk.visit_id, account_ref=reference)
    talk.account = account
    return CustomerCardShown(card=billing_desk.customer_card(card, history, lines, asked.change.at))


async def note_save(asked: Asked, command: c.NoteSave) -> NoteSaved:
    """Keep the note; the text is personal and stays out of the log."""
    change, me, text = asked.change, asked.client.identity, command.text
    if command.left_over:
        kept = await _note_kept(asked, command.session_id)
        text = joined(kept, text)
    else:
        asked.front.talk_of(me, command.session_id)
    talk = asked.front.talks.get(command.session_id)
    if talk is not None:
        talk.note = text
    row = {"session_id": command.session_id, "operator_id": me, "text": text, "saved_at": change.at}
    change.writes.append(Put("notes", row))
    return NoteSaved(at=change.at)


async def _note_kept(asked: Asked, session_id: str) -> str:
    """The note of a conversation of theirs, also of one that is over for days; raises SESSION_UNKNOWN."""
    me = asked.client.identity
    if session_id in asked.front.talks:
        return asked.front.talk_of(me, session_id).note
    row = await asyncio.to_thread(asked.services.records.session_note, session_id)
    if row is None or row.operator_id != me:
        raise ProtocolError(ErrorCode.SESSION_UNKNOWN)
    return row.text or ""


async def wrap_up_extend(asked: Asked, command: c.WrapUpExtend) -> Done:
    """A little more time."""
    asked.services.queue.feed(asked.change, ev.WrapUpExtended(asked.client.identity))
    return Done()


async def wrap_up_finish(asked: Asked, command: c.WrapUpFinish) -> Done:
    """The result, and on to what comes next."""
    talk = asked.front.talk_of(asked.client.identity, command.session_id)
    if talk.live:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "the session is not over")
    missing = missing_for_wrap_up(command.result, talk.note)
    if missing is not None:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, missing)
    change = asked.change
    at_work = asked.front.at_work(asked.client.identity)
    here = at_work is not None and at_work.ticket_id == talk.ticket_id
    # parked, passed to another, not there: the ticket lives on, and this talk is still written up
    passed_on = not here and talk is asked.front.written_up(asked.client.identity)
    if here or passed_on:
        asked.services.queue.feed(change, ev.WrapUpFinished(asked.client.identity, command.result))
    elif talk.result is not None:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "it was finished already")
    talk.result, talk.account = command.result, None
    change.log("session.result", session=talk.id, result=command.result, first_contact=command.first_contact)
    values = {"result": command.result, "first_contact": command.first_contact}
    change.writes.append(Update("sessions", {"id": talk.id}, values))
    change.writes.append(Update("contacts", {"id": talk.id}, {"result": command.result}))
    if result_code(command.result).closes_case and not passed_on:
        change.writes.append(Update("cases", {"id": talk.case_id}, {"closed_at": change.at}))
    return Done()


async def floor_watch(asked: Asked, command: c.FloorWatch) -> Done:
    """Begin or stop to receive the floor; the first picture comes at once."""
    require(StaffRole(asked.client.role.value), Action.SEE_FLOOR)
    asked.clerk.watches_floor = command.on
    if command.on:
        asked.change.tell(asked.client.identity, views.floor_changed(asked.front, asked.change.at))
    return Done()


async def token_renew(asked: Asked, command: c.TokenRenew) -> TokenRenewed:
    """A new token for the same console; the old one ends by itself. Not for whoever is signed out."""
    client = asked.client
    assert client.signed_in_at is not None
    assert client.expires_at is not None
    row = await asyncio.to_thread(asked.services.records.member, client.identity)
    if row is None or not holds_still(asked.front, row, client.signed_in_at):
        raise ProtocolError(ErrorCode.TOKEN_EXPIRED)
    now = asked.change.at
    kept = KeptToken(client.token_hash, client.identity, client.signed_in_at, client.signed_in_at, client.expires_at)
    token, renewed = renew_token(kept, secrets.token_bytes(TOKEN_BYTES), now)
    renewed = shortened(renewed, now, asked.services.config.token_seconds)
    asked.change.log("token.renewed", staff=client.identity)
    asked.change.writes.append(token_row(renewed, client.public_key))
    client.token_hash, client.expires_at = renewed.token_hash, renewed.expires_at
    return TokenRenewed(token=token, expires_at=renewed.expires_at)
