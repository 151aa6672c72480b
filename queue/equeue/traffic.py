"""Rules: how customers came and gave up lately, derived from the tickets that are held. Changes no state.

What somebody is told of their wait hangs on it: those who gather priority faster and come later go before them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from equeue.floor import Floor
from equeue.row import Requirement
from equeue.ticket_states import TicketState

#: so far back customers are counted, and so long what was counted holds
_LATELY = timedelta(hours=1)
_HOLDS = timedelta(minutes=1)
#: who came in less than this is not worth a rate of its own
_LEAST = timedelta(minutes=5)
#: what the settings say of patience is worth so many seconds of somebody waiting
_PRIOR_S = 6_000
#: not in the line, and not there for whom it is merged
_ELSEWHERE = frozenset(
    {TicketState.BOOKED, TicketState.CHECKED_IN, TicketState.CALLBACK, TicketState.NO_SHOW, TicketState.MERGED}
)


class Traffic:
    """Counted anew once a minute of the queue's time, when somebody asks."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._counted: datetime | None = None
        #: (what is needed, thousandths of priority a second) -> customers a second
        self.coming: dict[tuple[Requirement, int], float] = {}
        #: how many of those who wait give up in a second, each
        self.giving_up = 0.0

    def count(self, now: datetime) -> bool:
        """Bring both up to date; whether they are counted anew."""
        if self._counted is not None and timedelta() <= now - self._counted < _HOLDS:
            return False
        self._counted = now
        since, first = now - _LATELY, now
        came: dict[tuple[Requirement, int], int] = {}
        waited_s, gave_up = 0.0, 0
        for ticket in self._floor.tickets.values():
            if ticket.arrived < since or ticket.state in _ELSEWHERE:
                continue
            first = min(first, ticket.arrived)
            kind = ticket.need._replace(level=1, person=""), ticket.rate or self._floor.rate(ticket)
            came[kind] = came.get(kind, 0) + 1
            if ticket.state is TicketState.ABANDONED and ticket.connected_at is None:
                gave_up += 1
                until = ticket.since or now
            else:
                until = ticket.connected_at or now
            # who was talked with before they went home to be called back has a later arrival since
            waited_s += max(0.0, (until - ticket.arrived).total_seconds())
        span = max(now - first, _LEAST).total_seconds()
        self.coming = {kind: count / span for kind, count in came.items()}
        expected = _PRIOR_S / self._floor.settings.patience_s if self._floor.settings.patience_s else 0.0
        self.giving_up = (gave_up + expected) / (waited_s + _PRIOR_S)
        return True
