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
        #: when to look again, though nothing happens
        self.look_at: datetime | None = None

    def of(self, kiosk_id: str) -> Door:
        """The door of this kiosk."""
        return self.by_kiosk.setdefault(kiosk_id, Door())

    def join(self, ticket: Ticket) -> None:
        """Somebody stands outside, or was asked in."""
        door = self.of(ticket.kiosk_id)
        if ticket.state is TicketState.CALLED_IN:
            door.called = ticket.id
        else:
            door.outside.append(ticket.id)
        self._update(ticket.kiosk_id)

    def leave(self, ticket: Ticket) -> None:
        """As told by ``join``, no more."""
        door = self.of(ticket.kiosk_id)
        if ticket.state is TicketState.CALLED_IN:
            door.called = None
        else:
            door.outside.remove(ticket.id)
        self._update(ticket.kiosk_id)

    def occupied(self, kiosk_id: str, taken: bool) -> None:
        """Somebody begins or ceases to use the kiosk."""
        self.of(kiosk_id).occupied = taken
        self._update(kiosk_id)

    def _update(self, kiosk_id: str) -> None:
        if self.by_kiosk[kiosk_id].can_call:
            self.open.add(kiosk_id)
        else:
            self.open.discard(kiosk_id)

    def picture(self) -> list[object]:
        """Everything as plain values."""
        return [[key, one.occupied, list(one.outside), one.called] for key, one in sorted(self.by_kiosk.items())]
