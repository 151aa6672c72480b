"""Adapter: what many clients are told about the line and the floor: soon after a change, but not for each one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from equeue.ticket_states import TicketState
from signaling.protocol.events import DeskSnapshot, FloorChanged, KioskSnapshot, LineTold, TicketChanged
from signaling.protocol.queueing import DoorTold
from signaling.protocol.values import Role, TicketView
from signaling.protocol.waiting_line import LineChanged, difference, whole_line
from signaling.server import views
from signaling.server.asked import Client, Services
from signaling.server.event_log import Change
from signaling.server.hub import Hub
from signaling.server.queue_view import LineSeen, line_seen

#: What happens within the pause is told once. A long line takes long to look through: then the pause is so many times
#: as long, at most the last, so that the server has its time for commands.
_PAUSE_S, _PAUSE_TO_WORK, _PAUSE_MOST_S = 0.2, 9, 5.0
_STAFF = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR)


class Bulletin:
    """Tells only what differs from what was told last."""

    def __init__(self, services: Services, hub: Hub, submit: Callable[[Change], asyncio.Future[None]]) -> None:
        self._services, self._hub, self._submit = services, hub, submit
        self._planned: asyncio.TimerHandle | None = None
        self._pause = _PAUSE_S
        self._line_told: LineTold | None = None
        #: the line as it was looked at last, and as every linked desk has it, which is durable
        self._line = self._told = LineSeen()
        self._floor: FloorChanged | None = None
        self._tickets: dict[str, TicketView] = {}
        self._doors: dict[str, DoorTold] = {}

    def begin(self, line: LineSeen) -> None:
        """After a start: this line is durable, and differences from it are told from now on."""
        self._line = self._told = line

    def soon(self) -> None:
        """Something changed."""
        if self._planned is None:
            self._planned = asyncio.get_running_loop().call_later(self._pause, self._publish)

    def with_line(self, snapshot: KioskSnapshot | DeskSnapshot) -> KioskSnapshot | DeskSnapshot:
        """The snapshot of a desk with the line that the next difference will be from."""
        if isinstance(snapshot, KioskSnapshot):
            return snapshot
        return snapshot.model_copy(update={"line": self._told.rows, "counts": self._told.counts})

    def catch_up(self, client: Client) -> None:
        """A client that resumed gets the line as it is; these events are not kept for those who are away."""
        if client.role is not Role.KIOSK:
            self._hub.tell(client.identity, whole_line(*self._told))
            return
        change = Change(self._services.clock.now())
        change.tell(client.identity, views.line_told(self._services.front, change.at))
        self._submit(change)

    def _publish(self) -> None:
        self._planned = None
        begun = time.perf_counter()
        change = Change(self._services.clock.now())
        self._tell_kiosks(change)
        self._tell_doors(change)
        self._tell_staff(change)
        self._tell_tickets(change)
        if change.tells or change.afterwards:
            self._submit(change)
        took = time.perf_counter() - begun
        self._pause = min(max(_PAUSE_S, _PAUSE_TO_WORK * took), _PAUSE_MOST_S)

    def _tell_kiosks(self, change: Change) -> None:
        told = views.line_told(self._services.front, change.at)
        if told != self._line_told:
            self._line_told = told
            for link in self._hub.links(Role.KIOSK):
                change.tell(link.client.identity, told)

    def _tell_doors(self, change: Change) -> None:
        for link in self._hub.links(Role.KIOSK):
            identity = link.client.identity
            told = self._services.doors.told(identity)
            if self._doors.get(identity) != told:
                self._doors[identity] = told
                change.tell(identity, told)

    def _tell_staff(self, change: Change) -> None:
        front = self._services.front
        line = line_seen(front, change.at)
        if line != self._line:
            event = difference(self._line.rows, line.rows, line.counts)
            self._line = line
            change.afterwards.append(partial(self._tell_line, line, event))
        watching = [clerk.id for clerk in front.clerks.values() if clerk.watches_floor]
        floor = views.floor_changed(front, change.at) if watching else None
        if floor is not None and floor != self._floor:
            for identity in watching:
                change.tell(identity, floor)
        self._floor = floor

    def _tell_line(self, line: LineSeen, event: LineChanged) -> None:
        """It is durable: to whoever is linked now, so that all have the same, whenever they came."""
        self._told = line
        for link in self._hub.links(*_STAFF):
            self._hub.tell(link.client.identity, event)

    def _tell_tickets(self, change: Change) -> None:
        """Those who wait before a kiosk hear when their place or their wait is another one."""
        front, now = self._services.front, {}
        for ticket in front.queue.waiting(change.at):
            if not ticket.kiosk_id or ticket.state is not TicketState.WAITING:
                continue
            now[ticket.id] = view = views.ticket_view(front, ticket, change.at)
            if self._tickets.get(ticket.id, view) != view:
                change.tell(ticket.kiosk_id, TicketChanged(ticket=view))
        self._tickets = now
