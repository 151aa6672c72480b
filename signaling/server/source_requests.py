"""Rules: what sites and phone menus asked for and still may ask about: found by their own ids, forgotten in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from equeue.ticket_states import ENDED
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.server.brakes import Bucket
from signaling.server.event_log import Change, Update
from signaling.server.front_office import FrontOffice

_OF_A_SOURCE, _AT_ONCE = 10.0, 50.0  # requests a second
_KEPT = timedelta(days=1)


class SourceRequest(Protocol):
    """A call-back or a booking as the server remembers it; ``over_at``: since when it is known to be over."""

    ticket_id: str
    source: str
    request_id: str
    over_at: Any


Request = TypeVar("Request", bound=SourceRequest)


class SourceBrakes:
    """How much each source may ask."""

    def __init__(self) -> None:
        self._sources: dict[str, Bucket] = {}

    def check(self, source: str, now: float) -> None:
        """Raises TOO_MANY. ``now``: seconds of any one clock."""
        if not self._sources.setdefault(source, Bucket(_OF_A_SOURCE, _AT_ONCE)).take(now):
            raise ProtocolError(ErrorCode.TOO_MANY, "1")


def known_request(front: FrontOffice, requests: Mapping[str, Request], source: str, request_id: str) -> Request | None:
    """The request of this source and id, while the queue still knows its ticket."""
    for facts in requests.values():
        if (facts.source, facts.request_id) == (source, request_id):
            return facts if front.queued(facts.ticket_id) is not None else None
    return None


def forget_old(front: FrontOffice, requests: dict[str, Request], table: str, change: Change) -> None:
    """What is over is marked so in its ``table``, and a day later forgotten."""
    for facts in list(requests.values()):
        ticket = front.queued(facts.ticket_id)
        if ticket is not None and ticket.state not in ENDED:
            continue
        if facts.over_at is None:
            facts.over_at = change.at
            change.writes.append(Update(table, {"ticket_id": facts.ticket_id}, {"over_at": change.at}))
        elif change.at - facts.over_at > _KEPT:
            del requests[facts.ticket_id]
