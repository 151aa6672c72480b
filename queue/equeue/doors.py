"""Rules: which kiosks are taken, and who stands outside of which with a ticket taken by phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from equeue.ticket import Ticket
from equeue.ticket_states import TicketState


@dataclass(slots=True)
class Door:
    """One kiosk as those outside know it."""

    occupied: bool = False
    #: ids of tickets outside, in the order of coming
    outside: list[str] = field(default_factory=list)
    #: the one who is asked in
    called: str | None = None

    @property
    def can_call(self) -> bool:
        """Whether somebody is outside of a kiosk that nobody uses or is asked into."""
        return bool(self.outside) and not self.occupied and self.called is None


class Doors:
    """All doors that were ever heard of; a kiosk nobody told about is free."""

    def __init__(self) -> None:
        self.by_kiosk: dict[str, Door] = {}
        #: doors at which somebody may be called in as soon as an operator is nearly free
        self.open: set[str] = set()
        #: grows with each change that may bring somebody outside nearer to an operator
        self.changes = 0
        #: somebody has become idle since the last look
        self.idle_grew = False
        #: open door -> by how many changes nobody there can be asked in, counted from when it was looked at
        self.not_before: dict[str, int] = {}
        #: open door -> when to look again though nothing happens: enough sessions are nearly over by then
        self.looks: dict[str, datetime] = {}
        #: for which of these there is a deadline
        self.planned: datetime | None = None
        #: ticket -> the kiosk outside of which it stands; who goes to another is told of there already
        self._where: dict[str, str] = {}

    def of(self, kiosk_id: str) -> Door:
        """The door of this kiosk."""
        return self.by_kiosk.setdefault(kiosk_id, Door())

    def join(self, ticket: Ticket) -> None:
        """Somebody stands outside, or was asked in."""
        door = self.of(ticket.kiosk_id)
        self._where[ticket.id] = ticket.kiosk_id
        if ticket.state is TicketState.CALLED_IN:
            door.called = ticket.id
        else:
            door.outside.append(ticket.id)
        self._update(ticket.kiosk_id)

    def leave(self, ticket: Ticket) -> None:
        """As told by ``join``, no more."""
        kiosk_id = self._where.pop(ticket.id)
        door = self.of(kiosk_id)
        if ticket.state is TicketState.CALLED_IN:
            door.called = None
            self.stale()
        else:
            door.outside.remove(ticket.id)
        self._update(kiosk_id)

    def occupied(self, kiosk_id: str, taken: bool) -> None:
        """Somebody begins or ceases to use the kiosk."""
        self.of(kiosk_id).occupied = taken
        self._update(kiosk_id)

    @property
    def look_at(self) -> datetime | None:
        """When to look again, though nothing happens."""
        return min(self.looks.values(), default=None)

    def stale(self) -> None:
        """Who could serve whom, or who is before whom, has changed: every open door is looked at again."""
        self.not_before.clear()
        self.looks.clear()

    def look_again(self, now: datetime) -> None:
        """The moments that have come are over: look at those doors."""
        self.planned = None
        for kiosk_id in [one for one, moment in self.looks.items() if moment <= now]:
            self._forget(kiosk_id)

    def due(self) -> list[str]:
        """Open doors at which somebody may be nearer by now."""
        return sorted(one for one in self.open if self.changes >= self.not_before.get(one, 0))

    def looked(self, kiosk_id: str, changes: int, look: datetime | None) -> None:
        """Nobody there can be asked in before so many changes, or before ``look``."""
        self._forget(kiosk_id)
        self.not_before[kiosk_id] = self.changes + changes
        if look is not None:
            self.looks[kiosk_id] = look

    def _forget(self, kiosk_id: str) -> None:
        self.not_before.pop(kiosk_id, None)
        self.looks.pop(kiosk_id, None)

    def _update(self, kiosk_id: str) -> None:
        self._forget(kiosk_id)
        if self.by_kiosk[kiosk_id].can_call:
            self.open.add(kiosk_id)
        else:
            self.open.discard(kiosk_id)

    def picture(self) -> list[object]:
        """Everything as plain values."""
        doors = [[key, one.occupied, list(one.outside), one.called] for key, one in sorted(self.by_kiosk.items())]
        waits = [
            [key, count - self.changes, str(self.looks.get(key))] for key, count in sorted(self.not_before.items())
        ]
        return [doors, waits, str(self.planned)]
