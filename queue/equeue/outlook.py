"""Rules: what a waiting customer is told: how many are ahead, and how long it will take. Changes no state.

What was told does not grow without a reason; how it is computed is in ``equeue.forecast``.
"""

from __future__ import annotations

from datetime import datetime

from equeue.floor import Floor
from equeue.forecast import Expected, Forecast
from equeue.ticket import Ticket
from equeue.ticket_states import TicketState
from equeue.waits import WaitBand

_IN_LINE = frozenset({TicketState.WAITING, TicketState.PARKED, TicketState.AT_DOOR, TicketState.CALLED_IN})
#: called at a moment of their own, not as soon as the line allows
_LATER = frozenset({TicketState.BOOKED, TicketState.CHECKED_IN, TicketState.CALLBACK})
_MEAN_GREW = 1.25
_NO_WAIT = WaitBand(0.0, 0.0)


class Outlook:
    """Answers for views. What was told to each customer is remembered, so that it never grows for no reason."""

    def __init__(self, floor: Floor) -> None:
        self._floor, self._forecast = floor, Forecast(floor)
        self._told: dict[str, Expected] = {}
        self._reasons: dict[str, str] = {}
        #: told no wait at all while a desk rang for them
        self._rang: set[str] = set()

    def ahead(self, ticket: Ticket, now: datetime) -> int:
        """How many will be called before this one and need somebody who could serve it; 0 if not in the line."""
        ticket = self.standing_for(ticket)
        if ticket.state not in _IN_LINE:
            return 0
        return self._forecast.ahead(ticket, now)

    def band(self, ticket: Ticket, now: datetime) -> WaitBand | None:
        """The wait still to come; None while booked or nobody at work can serve it; zero once somebody is found."""
        self._tidy()
        asked, ticket = ticket, self.standing_for(ticket)
        if ticket.state is TicketState.OFFERED:
            self._reasons.pop(ticket.id, None)
            self._rang.add(ticket.id)  # what was told before holds again should the offer come to nothing
            return _NO_WAIT
        if ticket.state not in _IN_LINE:
            self._forget(ticket)
            return None if ticket.state in _LATER else _NO_WAIT
        new = self._forecast.expected(ticket, now)
        if new is None:
            self._forget(ticket)
            self._reasons[ticket.id] = "nobody_at_work"
            return None
        # Under both, for whoever asks by the one merged: it may be the one that stands there next.
        self._told[asked.id] = self._told[ticket.id] = new = self._not_growing(ticket, new)
        return new.band

    def standing_for(self, ticket: Ticket) -> Ticket:
        """The ticket that stands for this one in the line: itself, unless it merged."""
        if ticket.state is not TicketState.MERGED:
            return ticket
        return self._floor.tickets[self._floor.cases[ticket.case_id or ""].leading]

    def rise_reason(self, ticket_id: str) -> str | None:
        """Why the band last told is longer than the one before, also to those who ask after the first; None if not."""
        ticket = self._floor.tickets.get(ticket_id)
        return None if ticket is None else self._reasons.get(self.standing_for(ticket).id)

    def _not_growing(self, ticket: Ticket, new: Expected) -> Expected:
        requests = self._requests(ticket)
        old = next((self._told[one] for one in requests if one in self._told), None)
        if old is None or new.band < old.band:
            self._reasons.pop(ticket.id, None)  # one for the same band holds for whoever asks next
        if not self._rang.isdisjoint(requests):
            self._rang.difference_update(requests)
            self._reasons[ticket.id] = "offer_ended"  # unless there is a better one
        if old is None or (new.band[0] <= old.band[0] and new.band[1] <= old.band[1]):
            return new
        if new.operators < old.operators:
            self._reasons[ticket.id] = "fewer_operators"
        elif new.ahead > old.ahead + 1e-9:
            self._reasons[ticket.id] = "more_urgent_ahead"
        elif new.mean_s > old.mean_s * _MEAN_GREW:
            self._reasons[ticket.id] = "longer_talks"
        else:
            band = WaitBand(min(new.band[0], old.band[0]), min(new.band[1], old.band[1]))
            return Expected(band, new.ahead, new.operators, old.mean_s)
        return new

    def _requests(self, ticket: Ticket) -> list[str]:
        """The ticket, and those for which it stands, the last merged first: what they were told, this person was."""
        case = self._floor.cases.get(ticket.case_id or "")
        return [ticket.id] if case is None or case.leading != ticket.id else [ticket.id, *reversed(case.merged)]

    def _forget(self, ticket: Ticket) -> None:
        for one in self._requests(ticket):
            self._told.pop(one, None)
            self._reasons.pop(one, None)
            self._rang.discard(one)

    def _tidy(self) -> None:
        held = self._floor.tickets
        if max(len(self._told), len(self._reasons), len(self._rang)) > 2 * len(held) + 1000:
            self._told = {one: told for one, told in self._told.items() if one in held}
            self._reasons = {one: reason for one, reason in self._reasons.items() if one in held}
            self._rang = {one for one in self._rang if one in held}
