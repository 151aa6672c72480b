"""Rules: why each one who was called before a customer was, in a sentence, from the log alone.

A sentence never tells what somebody declared: booked, called again and in special need are all "a published rule".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from equeue import effects as tell
from equeue import events as ev
from equeue.dispatcher import Dispatcher
from equeue.errors import UnknownTicket
from equeue.operators import CAPACITY, Operator
from equeue.proof import Entry
from equeue.settings import Settings
from equeue.ticket import Ticket
from equeue.ticket_states import TicketState


class Reason(StrEnum):
    """Why somebody was called before; a stable code for translations."""

    CAME_EARLIER = "came_earlier"
    PUBLISHED_RULE = "published_rule"
    OTHER_OPERATOR = "other_operator"
    NOBODY_THERE = "nobody_there"
    KEPT_FROM = "kept_from"
    MOVED = "moved"
    CENTRE = "centre"
    RESERVED = "reserved"
    NO_ROOM = "no_room"
    NAMED = "named"
    WAS_AWAY = "was_away"
    OUTSIDE = "outside"
    NOT_YET_DUE = "not_yet_due"
    ANOTHER_REQUEST = "another_request"
    UNEXPLAINED = "unexplained"


_SENTENCES = {
    Reason.CAME_EARLIER: "{number} was called before because they came earlier.",
    Reason.PUBLISHED_RULE: "{number} was called before by a published rule of priority.",
    Reason.OTHER_OPERATOR: "{number} was called before by an operator for other matters or languages than yours.",
    Reason.NOBODY_THERE: "{number} was called before; nobody who had signed in by then could serve you.",
    Reason.KEPT_FROM: "{number} was called before by an operator who could not serve you at that time.",
    Reason.MOVED: "{number} was called before because a supervisor moved them ahead, for a reason on record.",
    Reason.CENTRE: "{number} was called before because a supervisor speeds their centre up, for a reason on record.",
    Reason.RESERVED: "{number} was called before by an operator kept free for what no colleague could do.",
    Reason.NO_ROOM: "{number} was called before by an operator who was busy and had no room for you beside it.",
    Reason.NAMED: "{number} was called before by a colleague of the very person whom you were passed on to.",
    Reason.WAS_AWAY: "{number} was called while you were away; your place was kept.",
    Reason.OUTSIDE: "{number} was called while you waited outside to be asked in; your place was kept.",
    Reason.NOT_YET_DUE: "{number} was called before the time agreed with you had come; your place was kept.",
    Reason.ANOTHER_REQUEST: "{number} was called while another request of yours stood in the line for this one.",
    Reason.UNEXPLAINED: "{number} was called before, and no rule explains it.",
}


@dataclass(frozen=True, slots=True)
class CalledBefore:
    """Somebody called while this customer was still to be called."""

    number: str
    at: datetime
    reason: Reason

    @property
    def sentence(self) -> str:
        """The reason in English, for engineers and as the source of translations."""
        return _SENTENCES[self.reason].format(number=self.number)


def why(entries: Iterable[Entry], begin: Settings | Dispatcher, ticket_id: str) -> list[CalledBefore]:
    """Everybody first called while this ticket waited or was away, in order. Verify the log before believing it.

    ``begin``: what a log began with, or the queue as it was before these entries and the ticket; it is stepped on.
    Reads the entries once, and only to the ticket's end. Raises UnknownTicket when none of them is of this ticket.
    """
    queue = begin if isinstance(begin, Dispatcher) else Dispatcher(begin)
    seen, known = {ticket_id}, False
    found: list[CalledBefore] = []
    for entry in entries:
        event, now = ev.from_json(entry.event), datetime.fromisoformat(entry.at)
        effects = queue.step(event, now)
        known = known or getattr(event, "ticket_id", None) == ticket_id
        if not known:
            continue
        for one in effects:
            if isinstance(one, tell.TicketChanged) and one.ticket_id == ticket_id:
                if one.state in (TicketState.WRAPPING, TicketState.CLOSED):
                    return found
            elif isinstance(one, tell.OfferMade) and one.ticket_id not in seen:
                seen.add(one.ticket_id)
                try:
                    mine = queue.ticket(ticket_id)
                except UnknownTicket:  # gone for good, and forgotten since
                    return found
                found += _explain(queue, mine, one, now)
    if not known:
        raise UnknownTicket(f"no ticket {ticket_id} in these entries")
    return found


_NOT_IN_LINE = {
    TicketState.PARKED: Reason.WAS_AWAY,
    TicketState.ABANDONED: Reason.WAS_AWAY,
    TicketState.RECALLABLE: Reason.WAS_AWAY,
    TicketState.AT_DOOR: Reason.OUTSIDE,
    TicketState.CALLED_IN: Reason.OUTSIDE,
    TicketState.CALLBACK: Reason.NOT_YET_DUE,
    TicketState.BOOKED: Reason.NOT_YET_DUE,
    TicketState.CHECKED_IN: Reason.NOT_YET_DUE,
    TicketState.MERGED: Reason.ANOTHER_REQUEST,
}


def _explain(queue: Dispatcher, mine: Ticket, offer: tell.OfferMade, now: datetime) -> list[CalledBefore]:
    other = queue.ticket(offer.ticket_id)
    if mine.state in _NOT_IN_LINE:
        return [CalledBefore(offer.number, now, _NOT_IN_LINE[mine.state])]
    if mine.state is not TicketState.WAITING:
        return []
    operator, channels = queue.operator(offer.operator_id), queue.settings().channels
    no_room = operator.load > 0 and operator.load + channels.get(mine.channel, CAPACITY) > CAPACITY
    reason = Reason.NO_ROOM if no_room else _reason(mine, other, operator, now)
    if reason is Reason.OTHER_OPERATOR and mine.id in queue.unserved((mine,)):
        reason = Reason.NOBODY_THERE
    if reason is Reason.PUBLISHED_RULE and _by_the_centre_alone(queue, mine, other):
        reason = Reason.CENTRE
    return [CalledBefore(offer.number, now, reason)]


def _by_the_centre_alone(queue: Dispatcher, mine: Ticket, other: Ticket) -> bool:
    """Whether, but for a factor that a supervisor set live, the other would not have been called before."""
    usual = {one: round(queue.settings().centre_factors.get(one, 1.0) * 100) for one in (mine.centre, other.centre)}
    live = {one: queue.centre_percent(one) for one in usual}
    if live == usual or other.place < mine.place:
        return False
    rates = [one.rate * usual[one.centre] // live[one.centre] for one in (mine, other)]
    return rates[1] <= rates[0]


def _reason(mine: Ticket, other: Ticket, operator: Operator, now: datetime) -> Reason:
    if mine.person and operator.id != mine.person:
        return Reason.NAMED
    if not operator.serves(mine.need):
        return Reason.OTHER_OPERATOR
    if mine.excludes(operator.id, now):
        return Reason.KEPT_FROM
    if other.arrived <= mine.arrived and other.place < mine.place:
        return Reason.CAME_EARLIER
    if operator.universal and mine.held_until is not None and now < mine.held_until:
        return Reason.RESERVED
    if other.moved:
        return Reason.MOVED
    by_rule = other.place < mine.place or other.rate > mine.rate
    return Reason.PUBLISHED_RULE if by_rule else Reason.UNEXPLAINED
