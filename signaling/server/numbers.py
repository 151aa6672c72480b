"""Adapter: people who type the number and the code they have: whose it is, and what has become of the place since.

A number without its letter will do, and that of a booked visit too. A wrong code, a wrong number and one that nobody
ever had are the same refusal; a kiosk is paused after a few of them, and so is a number, whoever has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from equeue import events as ev
from equeue.ticket import Ticket
from equeue.ticket_states import ENDED, TicketState
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.server import views
from signaling.server.brakes import Failures
from signaling.server.event_log import Change
from signaling.server.front_office import FrontOffice, TicketFacts
from signaling.server.queue_runner import QueueRunner

_OF_A_KIOSK, _PAUSE_S = 5, 300.0
_OF_A_NUMBER, _NUMBER_PAUSE_S = 10, 600.0
_DOOR = (TicketState.AT_DOOR, TicketState.CALLED_IN)
_TALKS = (TicketState.CONNECTED, TicketState.HOLD)


class Numbers:
    """All numbers that anybody has."""

    def __init__(self, front: FrontOffice) -> None:
        self._front = front
        self._kiosks = Failures(_OF_A_KIOSK, _PAUSE_S)
        self._tried = Failures(_OF_A_NUMBER, _NUMBER_PAUSE_S)

    def whose(self, kiosk_id: str, number: str, code: str, now: float) -> TicketFacts:
        """The ticket that this number and code are of, or the one that stands for it; raises TICKET_UNKNOWN or
        TOO_MANY with the seconds of the pause. A success forgives nothing: who has one number could guess another."""
        letters, digits = _parts(number)
        pause = max(self._kiosks.paused_for(kiosk_id, now), self._tried.paused_for(digits, now))
        if pause > 0:
            raise ProtocolError(ErrorCode.TOO_MANY, str(round(pause)))
        found = self._found(letters, digits, code)
        if len(found) > 1:  # one chance in thousands: of another letter with the same code
            place = self._front.kiosks[kiosk_id].place
            found = [one for one in found if one.centre == place] or found
        if len(found) != 1:
            self._kiosks.failed(kiosk_id, now)
            self._tried.failed(digits, now)
            raise ProtocolError(ErrorCode.TICKET_UNKNOWN, "no such number with this code")
        return self._front.tickets[self._front.queue.standing_for(found[0].id).id]

    def _found(self, letters: str, digits: str, code: str) -> list[Ticket]:
        """Who has it, among those whose place is kept if there are any."""
        found = [one for one in self._having(letters, digits) if self._front.codes.fits(one.id, code)]
        return [one for one in found if one.state not in ENDED] or found

    def _having(self, letters: str, digits: str) -> Iterator[Ticket]:
        booked = self._front.bookings
        for facts in self._front.tickets.values():
            ticket = self._front.queued(facts.id)
            if ticket is not None and (
                (_parts(ticket.number)[1] == digits and letters in ("", _parts(ticket.number)[0]))
                or (facts.id in booked and _parts(booked[facts.id].number) == (letters, digits))
            ):
                yield ticket

    def expected(self, number: str) -> list[Ticket]:
        """Everybody who has this number and is still expected, for the staff, who need no code."""
        return [one for one in self._having(*_parts(number)) if one.state not in ENDED]

    def free(self, ticket_id: str) -> bool:
        """Whether nobody else who is still expected has the booking's number together with the code."""
        codes = self._front.codes
        return not self._found(*_parts(codes.booking_number(ticket_id)), codes.of_ticket(ticket_id))


def come(queue: QueueRunner, change: Change, ticket: Ticket, event_of_door: ev.DoorEntered) -> None:
    """The person of this ticket is at the kiosk that ``event_of_door`` tells of, whatever they were doing.

    Raises ProtocolError or a QueueError: too late, too early, at the wrong place, or in a conversation.
    """
    kiosk_id, centre = event_of_door.kiosk_id, event_of_door.centre
    if ticket.state in _TALKS:
        raise ProtocolError(ErrorCode.ILLEGAL_MOVE, "in a conversation")
    if ticket.at_door and ticket.state is TicketState.ABANDONED:
        queue.feed(change, ev.TicketReturned(ticket.id, "", centre))
    if ticket.state in _DOOR or (ticket.at_door and ticket.state is TicketState.RECALLABLE):
        queue.feed(change, event_of_door)
    elif ticket.state is TicketState.BOOKED or (ticket.slot is not None and ticket.state is TicketState.NO_SHOW):
        queue.feed(change, ev.BookedCheckedIn(ticket.id, kiosk_id, centre))
    elif ticket.state in ENDED - {TicketState.ABANDONED} or ticket.state is TicketState.WRAPPING:
        raise ProtocolError(ErrorCode.TICKET_LATE)
    else:
        queue.feed(change, ev.TicketReturned(ticket.id, kiosk_id, centre))


def give_up(queue: QueueRunner, change: Change, ticket: Ticket, reason: str) -> None:
    """The kiosk is not this person's any more: the place goes too, unless they are to come back with their number."""
    if ticket.state is TicketState.CHECKED_IN:
        queue.feed(change, ev.BookedWentAway(ticket.id))
    elif views.stands_here(ticket):
        queue.feed(change, ev.TicketLeft(ticket.id, reason))


def _parts(number: str) -> tuple[str, str]:
    """Letters and digits: ``A-027`` is A and 27, ``027`` nothing and 27."""
    text = number.strip().upper()
    digits = "".join(each for each in text if each.isdecimal())
    return "".join(each for each in text if each.isalpha()), digits.lstrip("0") or "0"
