"""Adapter: the capsules' doors: which kiosk is taken, whose QR code leads where, and what a door ticket proves.

Nothing is kept: a door's key and a ticket's code are made of the server's secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

from equeue import events as ev
from equeue.ticket_states import TicketState
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.queueing import DoorEnter, DoorTold
from signaling.server.brakes import Failures
from signaling.server.event_log import Change
from signaling.server.front_office import FrontOffice, TicketFacts, Visit

_WRONG_CODES, _WINDOW_S = 5, 300.0
_KEY_LETTERS = 16  # 80 bits: whoever has it stood at the door
#: outside, or called and still welcome
_MAY_ENTER = (TicketState.AT_DOOR, TicketState.CALLED_IN, TicketState.RECALLABLE)


class Doors:
    """All doors. ``feed`` is the queue's."""

    def __init__(self, front: FrontOffice, feed: Callable[[Change, ev.Event], None], secret: bytes) -> None:
        self._front, self._feed, self._secret = front, feed, secret
        self._wrong = Failures(_WRONG_CODES, _WINDOW_S)
        self._kiosks: dict[str, str] = {}

    # Taken or free.

    def occupied(self, change: Change, kiosk_id: str) -> None:
        """Somebody uses the kiosk, or nobody can."""
        if not self._front.queue.door(kiosk_id).occupied:
            self._feed(change, ev.KioskOccupied(kiosk_id))

    def visit_over(self, change: Change, visit: Visit) -> None:
        """The kiosk is free, unless a newer visit runs there already."""
        running = [one for one in self._front.visits.values() if one.kiosk_id == visit.kiosk_id]
        if not any(one.begun_at >= visit.begun_at for one in running):
            self.freed(change, visit.kiosk_id)

    def freed(self, change: Change, kiosk_id: str) -> None:
        """Nobody uses the kiosk, and anybody may."""
        if self._front.queue.door(kiosk_id).occupied:
            self._feed(change, ev.KioskFreed(kiosk_id))

    # Keys and codes.

    def key(self, kiosk_id: str) -> str:
        """What the QR code on this kiosk's door holds."""
        return base64.b32encode(self._made("door", kiosk_id)).decode()[:_KEY_LETTERS].lower()

    def kiosk_of(self, key: str) -> str:
        """The kiosk of a door's key; raises TICKET_UNKNOWN."""
        if key not in self._kiosks:
            self._kiosks = {self.key(one): one for one in self._front.kiosks}
        if key not in self._kiosks:
            raise ProtocolError(ErrorCode.TICKET_UNKNOWN, "no such door")
        return self._kiosks[key]

    def code(self, ticket_id: str) -> str:
        """Four digits that only the phone with this ticket shows."""
        return f"{int.from_bytes(self._made('code', ticket_id)[:8]) % 10_000:04d}"

    def _made(self, use: str, text: str) -> bytes:
        return hmac.new(self._secret, f"{use}:{text}".encode(), hashlib.sha256).digest()

    # People.

    def who_enters(self, kiosk_id: str, command: DoorEnter, now: float) -> TicketFacts:
        """The ticket of the person who typed its number and code; raises TICKET_UNKNOWN or TOO_MANY."""
        if self._wrong.paused_for(kiosk_id, now) > 0:
            raise ProtocolError(ErrorCode.TOO_MANY, "too many wrong codes")
        for facts in self._front.tickets.values():
            ticket = self._front.queued(facts.id) if facts.kiosk_id == kiosk_id else None
            if ticket is None or not ticket.at_door or ticket.number != command.number.strip().upper():
                continue
            if ticket.state in _MAY_ENTER and hmac.compare_digest(self.code(ticket.id), command.code):
                self._wrong.succeeded(kiosk_id)
                return facts
        self._wrong.failed(kiosk_id, now)
        raise ProtocolError(ErrorCode.TICKET_UNKNOWN, "no such number with this code")

    def told(self, kiosk_id: str) -> DoorTold:
        """What the kiosk shows of its door."""
        door = self._front.queue.door(kiosk_id)
        called = self._front.queued(door.called) if door.called else None
        until: datetime | None = None if called is None else called.deadline
        return DoorTold(
            path=f"/door/{self.key(kiosk_id)}",
            waiting=len(door.outside),
            called=None if called is None else called.number,
            called_until=until,
        )
