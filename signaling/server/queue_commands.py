"""Adapter: what is asked about the queue itself: by kiosks, operators and supervisors."""

from __future__ import annotations

import time

from equeue import events as ev
from equeue.operator_states import OperatorState
from equeue.ticket import PHONE
from equeue.ticket_states import TicketState as QueueState
from ground.errors import InfomatError
from ground.ids import new_id
from office import visits as story
from office.people import Role as StaffRole
from office.rights import Action, require
from signaling.protocol import queueing as q
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.events import TicketChanged
from signaling.protocol.replies import Done, TicketTaken
from signaling.protocol.values import TicketState
from signaling.protocol.waiting_line import LineFind, LineFound
from signaling.server import queue_view, views
from signaling.server.asked import Asked
from signaling.server.event_log import Change, Update
from signaling.server.front_office import CallBackFacts, Talk, TicketFacts
from signaling.server.matters import matter_of
from signaling.server.numbers import come

#: The person was not before the screen, though the ticket is this visit's.
_AWAY = (QueueState.PARKED, QueueState.RECALLABLE)

# Kiosks.


async def ticket_return(asked: Asked, command: q.TicketReturn) -> TicketTaken:
    """Somebody with a number is here; what they have said about themselves goes with a ticket of the door."""
    front, services, kiosk = asked.front, asked.services, asked.kiosk
    visit = front.visit_of(kiosk.id, command.visit_id)
    facts = services.numbers.whose(kiosk.id, command.number, command.code, time.monotonic())
    known = visit.account if front.queue.ticket(facts.id).at_door else None
    matter = None if known is None else await matter_of(services, facts.service, known)
    visit = front.visit_of(kiosk.id, command.visit_id)  # it may have ended meanwhile
    ticket, change, before = front.queue.ticket(facts.id), asked.change, (facts.visit_id, facts.kiosk_id)
    if before[1] == kiosk.id and views.in_line(ticket) and ticket.state not in _AWAY:
        facts.visit_id = visit.id  # here already, perhaps in a visit that broke
        _write_where(change, facts)
    else:
        case_id = facts.case_id if matter is None else matter.case_id
        facts.visit_id, facts.kiosk_id = visit.id, kiosk.id  # whose screen it is from now on
        try:
            door = ev.DoorEntered(facts.id, kiosk.id, case_id, visit.supplier, kiosk.place)
            come(services.queue, change, ticket, door)
        except InfomatError:
            facts.visit_id, facts.kiosk_id = before
            raise
        facts.case_id = case_id
        _write_where(change, facts, case_id=case_id)
        if matter is not None:
            matter.write(change)
            visit.person_id = matter.person_id
        if before[0] in front.visits and before[1] != kiosk.id:
            gone = {"state": TicketState.ABANDONED, "stage": "elsewhere", "code": ""}
            shown = views.ticket_view(front, ticket, change.at).model_copy(update=gone)
            change.tell(before[1], TicketChanged(ticket=shown))
        visit.story = story.talk_chosen(visit.story, change.at, facts.service, facts.number)
    return TicketTaken(ticket=views.ticket_view(front, front.queue.ticket(facts.id), change.at))


async def ticket_pause(asked: Asked, command: q.TicketPause) -> Done:
    """Away for a while, by the person's own wish; said twice it is the same."""
    facts = asked.front.ticket_of(asked.client.identity, command.ticket_id)
    if asked.front.queue.ticket(facts.id).state is not QueueState.PARKED:
        asked.services.queue.feed(asked.change, ev.TicketParked(facts.id))
    return Done()


async def ticket_call_back(asked: Asked, command: q.CallBackWish) -> Done:
    """The person goes home with the place kept; the ticket is no more this kiosk's."""
    facts = asked.front.ticket_of(asked.client.identity, command.ticket_id)
    change = asked.change
    not_before = None if command.not_before is None else command.not_before.isoformat()
    asked.services.queue.feed(change, ev.CallBackWished(facts.id, not_before))
    facts.visit_id = facts.kiosk_id = ""
    _write_where(change, facts)
    asked.services.call_backs.keep(change, CallBackFacts(facts.id, "kiosk", new_id(), command.phone))
    return Done()


def _write_where(change: Change, facts: TicketFacts, **more: str) -> None:
    where = {"visit_id": facts.visit_id, "kiosk_id": facts.kiosk_id}
    change.writes.append(Update("tickets", {"id": facts.id}, {**where, **more}))


# The desk.


async def channels_set(asked: Asked, command: q.ChannelsSet) -> Done:
    """What this desk serves from now on."""
    channels = tuple(dict.fromkeys(command.channels))
    asked.services.queue.feed(asked.change, ev.ChannelsChosen(asked.client.identity, channels))
    return Done()


def _phone_talk(asked: Asked, session_id: str) -> Talk:
    talk = asked.front.live_talk_of(asked.client.identity, session_id)
    if talk.channel != PHONE:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "not a call-back")
    return talk


async def callback_show(asked: Asked, command: q.CallBackShow) -> q.CallBackCard:
    """Whom to call, audited."""
    talk = _phone_talk(asked, command.session_id)
    require(StaffRole(asked.client.role.value), Action.SEE_CUSTOMER)
    card = asked.services.call_backs.card(asked.front.queue.ticket(talk.ticket_id))
    if card is None:
        raise ProtocolError(ErrorCode.TICKET_UNKNOWN)
    asked.audit("callback.show", session_id=talk.id, ticket=talk.ticket_id)
    return card


async def callback_unanswered(asked: Asked, command: q.CallBackUnanswered) -> Done:
    """Nobody was reached."""
    talk = _phone_talk(asked, command.session_id)
    asked.services.queue.feed(asked.change, ev.CallBackUnanswered(talk.ticket_id))
    asked.change.writes.append(Update("contacts", {"id": talk.id}, {"result": "not_reached"}))
    return Done()


async def line_find(asked: Asked, command: LineFind) -> LineFound:
    """Who has the number, wherever in the line."""
    found = queue_view.found(asked.front, asked.services.numbers.expected(command.number), asked.change.at)
    if not found:
        raise ProtocolError(ErrorCode.TICKET_UNKNOWN, "nobody who is expected has this number")
    return LineFound(rows=found)


async def ticket_park(asked: Asked, command: q.TicketPark) -> Done:
    """Send the customer to fetch papers."""
    talk = asked.front.live_talk_of(asked.client.identity, command.session_id)
    asked.services.queue.feed(asked.change, ev.TicketParked(talk.ticket_id))
    return Done()


async def session_hold(asked: Asked, command: q.SessionHold) -> Done:
    """Away for a moment, or back; said twice it is the same."""
    talk = asked.front.live_talk_of(asked.client.identity, command.session_id)
    held = asked.front.queue.ticket(talk.ticket_id).state is QueueState.HOLD
    if held != command.on:
        event = ev.SessionHeld(talk.ticket_id) if command.on else ev.SessionResumed(talk.ticket_id)
        asked.services.queue.feed(asked.change, event)
    return Done()


async def ticket_transfer(asked: Asked, command: q.TicketTransfer) -> Done:
    """Pass the customer on, to a service or to one colleague."""
    talk = asked.front.live_talk_of(asked.client.identity, command.session_id)
    if command.service is None and command.operator_id is None:
        raise ProtocolError(ErrorCode.MALFORMED, "either service or operator_id")
    event = ev.TicketTransferred(talk.ticket_id, command.service, operator_id=command.operator_id or "")
    asked.services.queue.feed(asked.change, event)
    if command.service is not None:
        asked.front.tickets[talk.ticket_id].service = command.service
        asked.change.writes.append(Update("tickets", {"id": talk.ticket_id}, {"service": command.service}))
    return Done()


async def colleagues_ask(asked: Asked, command: q.ColleaguesAsk) -> q.Colleagues:
    """Everybody else on duty."""
    front, me = asked.front, asked.client.identity
    rows = [
        q.Colleague(operator_id=one.id, name=front.clerks[one.id].name, free=one.state is OperatorState.AVAILABLE)
        for one in front.queue.operators()
        if one.on_duty and one.id != me
    ]
    return q.Colleagues(rows=tuple(sorted(rows, key=lambda one: (not one.free, one.name, one.operator_id))))


async def ticket_absent(asked: Asked, command: q.TicketAbsent) -> Done:
    """Nobody is at the kiosk."""
    talk = asked.front.live_talk_of(asked.client.identity, command.session_id)
    asked.services.queue.feed(asked.change, ev.CustomerMissing(talk.ticket_id))
    return Done()


# Supervisors.


async def ticket_move(asked: Asked, command: q.TicketMove) -> Done:
    """One customer ahead, for a reason on record."""
    require(StaffRole(asked.client.role.value), Action.MOVE_IN_QUEUE)
    asked.services.queue.feed(
        asked.change,
        ev.TicketMovedAhead(command.ticket_id, command.seconds, asked.client.identity, command.reason),
    )
    told = {"ticket": command.ticket_id, "seconds": str(command.seconds), "reason": command.reason}
    asked.audit("queue.move", **told)
    return Done()


async def centre_weigh(asked: Asked, command: q.CentreWeigh) -> Done:
    """A service centre faster or slower."""
    require(StaffRole(asked.client.role.value), Action.MOVE_IN_QUEUE)
    if command.centre not in asked.front.centres():
        raise ProtocolError(ErrorCode.MALFORMED, "no such service centre")
    asked.services.queue.feed(
        asked.change, ev.CentreFactorChanged(command.centre, command.percent, asked.client.identity, command.reason)
    )
    told = {"centre": command.centre, "percent": str(command.percent), "reason": command.reason}
    asked.audit("queue.weigh", **told)
    return Done()


async def next_home(asked: Asked) -> bool:
    """Whether going home has to wait for what is under way; it is then what comes next."""
    at_work = asked.front.at_work(asked.client.identity)
    if at_work is None or at_work.own_state not in (OperatorState.BUSY, OperatorState.HOLD, OperatorState.SHARING):
        return False
    asked.services.queue.feed(asked.change, ev.NextStatusChosen(at_work.id, "offline"))
    return True
