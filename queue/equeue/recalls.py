"""Rules: customers who were called and were not there. They may come for so many further calls, or so long."""

from __future__ import annotations

from equeue import cases, session_rules, ticket_states
from equeue import events as ev
from equeue.deadlines import Deadline, Kind
from equeue.errors import IllegalMove
from equeue.floor import Floor
from equeue.settings import Settings
from equeue.ticket import PHONE, Ticket


def missing(floor: Floor, event: ev.CustomerMissing) -> None:
    """The operator finds nobody there: the place is kept for a few further calls of the same letter."""
    ticket = floor.ticket(event.ticket_id)
    ticket_states.after(ticket.state, ev.CustomerMissing)
    if ticket.channel == PHONE:
        raise IllegalMove(f"ticket {ticket.id} is a call-back: it was unanswered, or not")
    session_rules.end_session(floor, ticket, ev.CustomerMissing, "nobody_there")
    keep(floor, ticket)


def keep(floor: Floor, ticket: Ticket) -> None:
    """The place is kept for a few further calls of the same letter, and not for ever."""
    letter = count_from_now(floor, ticket)
    waited_for = [one for one in floor.recallable.get(letter, ()) if _may_be_missed(floor, one)]
    if ticket.id not in waited_for:
        waited_for.append(ticket.id)
    floor.recallable[letter] = waited_for
    floor.set_deadline(ticket, floor.in_seconds(floor.settings.recall_limit_s), Kind.RECALL)


def _may_be_missed(floor: Floor, ticket_id: str) -> bool:
    """Whether the ticket keeps its turn among those who are waited for: it is one of them, or may be once more
    without a call of its letter between, as somebody who left the door and is asked in again."""
    ticket = floor.tickets.get(ticket_id)
    return ticket is not None and (ticket.state is ticket_states.TicketState.RECALLABLE or ticket.at_door)


def count_from_now(floor: Floor, ticket: Ticket) -> str:
    """Only so many further calls of the ticket's letter are waited for it; the letter."""
    letter = floor.settings.letter(ticket.service)
    ticket.recall_before = floor.calls.get(letter, 0) + floor.settings.recall_tickets
    return letter


def accepted(floor: Floor, event: ev.OfferAccepted) -> None:
    """One more is called; those who did not come for too many calls are no-shows."""
    session_rules.accepted(floor, event)
    letter = floor.settings.letter(floor.ticket(event.ticket_id).service)
    floor.calls[letter] = calls = floor.calls.get(letter, 0) + 1
    still = []
    for ticket_id in floor.recallable.pop(letter, []):
        ticket = floor.tickets.get(ticket_id)
        if ticket is None or ticket.state is not ticket_states.TicketState.RECALLABLE:
            continue
        if ticket.recall_before <= calls:
            _give_up(floor, ticket)
        else:
            still.append(ticket_id)
    if still:
        floor.recallable[letter] = still


def letters_changed(floor: Floor, before: Settings) -> None:
    """Other settings hold: whoever may still come has as many further calls left, of the letter that is theirs now."""
    waited_for = [one for letter in sorted(floor.recallable) for one in floor.recallable[letter]]
    floor.recallable = {}
    for ticket_id in waited_for:
        if ticket_id in floor.tickets:
            letter = floor.settings.letter(floor.tickets[ticket_id].service)
            floor.recallable.setdefault(letter, []).append(ticket_id)
    for ticket in floor.tickets.values():
        letters = (before.letter(ticket.service), floor.settings.letter(ticket.service))
        if ticket.recall_before and letters[0] != letters[1]:
            ticket.recall_before += floor.calls.get(letters[1], 0) - floor.calls.get(letters[0], 0)


def recall_limit_passed(floor: Floor, deadline: Deadline) -> None:
    """Nobody came in time."""
    ticket = floor.ticket(deadline.key)
    _give_up(floor, ticket)
    # By whatever letter: other settings may hold than when it was called.
    for letter, waited_for in list(floor.recallable.items()):
        if ticket.id in waited_for:
            waited_for.remove(ticket.id)
            if not waited_for:
                del floor.recallable[letter]


def _give_up(floor: Floor, ticket: Ticket) -> None:
    floor.move_ticket(ticket, ticket_states.NobodyCame, "not_there")
    cases.left(floor, ticket)
