"""Rules: what sites and phone menus asked for and still may ask about: found by their own ids, forgotten in time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from equeue.ticket import Ticket
from equeue.ticket_states import ENDED
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.server.brakes import Bucket
from signaling.server.event_log import Change, Expire, Update
from signaling.server.front_office import FrontOffice

_OF_A_SOURCE, _AT_ONCE = 10.0, 50.0  # requests a second
_KEPT = timedelta(days=1)


class SourceRequest(Protocol):
    """A call-back or a booking as the server remembers it; ``over_at``: since when it is known to be over."""

    ticket_id: str
    source: str
    request_id: str
    over_at: datetime | None


Request = TypeVar("Request", bound=SourceRequest)


class SourceRequests(Generic[Request]):
    """All of one kind: ``known`` by ticket in memory, and a ``table``; and how much each source may ask."""

    def __init__(self, front: FrontOffice, known: dict[str, Request], table: str) -> None:
        self._front, self._known, self._table = front, known, table
        self._sources: dict[str, Bucket] = {}

    def brake(self, source: str, now: float) -> None:
        """Raises TOO_MANY. ``now``: seconds of any one clock."""
        if not self._sources.setdefault(source, Bucket(_OF_A_SOURCE, _AT_ONCE)).take(now):
            raise ProtocolError(ErrorCode.TOO_MANY, "1")

    def find(self, source: str, request_id: str) -> Request | None:
        """The request of this source and id, while the queue still knows its ticket."""
        for facts in self._known.values():
            if (facts.source, facts.request_id) == (source, request_id):
                return facts if self._front.queued(facts.ticket_id) is not None else None
        return None

    def ticket_of(self, source: str, request_id: str) -> Ticket:
        """The ticket of a request; raises TICKET_UNKNOWN."""
        facts = self.find(source, request_id)
        if facts is None:
            raise ProtocolError(ErrorCode.TICKET_UNKNOWN)
        return self._front.queue.ticket(facts.ticket_id)

    def tidy(self, change: Change) -> None:
        """Once an hour: what is over is marked so, and a day later forgotten."""
        for facts in list(self._known.values()):
            ticket = self._front.queued(facts.ticket_id)
            if ticket is not None and ticket.state not in ENDED:
                continue
            if facts.over_at is None:
                facts.over_at = change.at
                change.writes.append(Update(self._table, {"ticket_id": facts.ticket_id}, {"over_at": change.at}))
            elif change.at - facts.over_at > _KEPT:
                del self._known[facts.ticket_id]
        change.writes.append(Expire(self._table, "over_at", change.at - _KEPT))
