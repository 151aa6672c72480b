"""Adapter: the capsules' doors: which kiosk is taken, whose QR code leads where, and who is asked in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from equeue import events as ev
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.queueing import DoorTold
from signaling.server.event_log import Change
from signaling.server.front_office import FrontOffice, Visit

#: Digits that a key does not have, taken for the letters that look so.
_ALIKE = str.maketrans("018", "olb")


class Doors:
    """All doors. ``feed`` is the queue's."""

    def __init__(self, front: FrontOffice, feed: Callable[[Change, ev.Event], None]) -> None:
        self._front, self._feed = front, feed
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

    # Its page.

    def kiosk_of(self, key: str) -> str:
        """The kiosk of a door's key, also as people type it from the sheet; raises TICKET_UNKNOWN."""
        key = key.strip().lower().translate(_ALIKE)
        if key not in self._kiosks:
            self._kiosks = {self._front.codes.door_key(one): one for one in self._front.kiosks}
        if key not in self._kiosks or self._front.kiosks[self._kiosks[key]].retired:
            raise ProtocolError(ErrorCode.TICKET_UNKNOWN, "no such door")
        return self._kiosks[key]

    def told(self, kiosk_id: str) -> DoorTold:
        """What the kiosk shows of its door."""
        door = self._front.queue.door(kiosk_id)
        called = self._front.queued(door.called) if door.called else None
        until: datetime | None = None if called is None else called.deadline
        return DoorTold(
            path=f"/door/{self._front.codes.door_key(kiosk_id)}",
            waiting=len(door.outside),
            called=None if called is None else called.number,
            called_until=until,
        )
