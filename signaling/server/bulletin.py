"""Adapter: what many clients are told about the line and the floor: soon after a change, but not for each one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from equeue.ticket_states import TicketState
from signaling.protocol.events import FloorChanged, LineChanged, LineTold, TicketChanged
from signaling.protocol.queueing import DoorTold
from signaling.protocol.values import Role, TicketView
from signaling.server import views
from signaling.server.asked import Client, Services
from signaling.server.event_log import Change
from signaling.server.hub import Hub

_PAUSE_S = 0.2  # what happens within it is told once
_STAFF = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR)


class Bulletin:
    """Tells only what differs from what was told last."""

    def __init__(self, services: Services, hub: Hub, submit: Callable[[Change], asyncio.Future[None]]) -> None:
        self._services, self._hub, self._submit = services, hub, submit
        self._planned: asyncio.TimerHandle | None = None
        self._line_told: LineTold | None = None
        self._line: LineChanged | None = None
        self._floor: FloorChanged | None = None
        self._tickets: dict[str, TicketView] = {}
        self._doors: dict[str, DoorTold] = {}

    def soon(self) -> None:
        """Something changed."""
        if self._planned is None:
            self._planned = asyncio.get_running_loop().call_later(_PAUSE_S, self._publish)

    def catch_up(self, client: Client) -> None:
        """A client that resumed gets the line as it is; these events are not kept for those who are away."""
        change = Change(self._services.clock.now())
        front = self._services.front
        if client.role is Role.KIOSK:
            change.tell(client.identity, views.line_told(front, change.at))
        else:
            change.tell(client.identity, views.line_changed(front, change.at))
        self._submit(change)

    def _publish(self) -> None:
        self._planned = None
        change = Change(self._services.clock.now())
        self._tell_kiosks(change)
        self._tell_doors(change)
        self._tell_staff(change)
        self._tell_tickets(change)
        if change.tells:
            self._submit(change)

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
        line = views.line_changed(front, change.at)
        if line != self._line:
            self._line = line
            for link in self._hub.links(*_STAFF):
                change.tell(link.client.identity, line)
        watching = [clerk.id for clerk in front.clerks.values() if clerk.watches_floor]
        floor = views.floor_changed(front, change.at) if watching else None
        if floor is not None and floor != self._floor:
            for identity in watching:
                change.tell(identity, floor)
        self._floor = floor

    def _tell_tickets(self, change: Change) -> None:
        """Those who wait hear when their place or their wait is another one."""
        front, now = self._services.front, {}
        for ticket in front.queue.waiting(change.at):
            now[ticket.id] = view = views.ticket_view(front, ticket, change.at)
            if ticket.kiosk_id and ticket.state is TicketState.WAITING and self._tickets.get(ticket.id, view) != view:
                change.tell(ticket.kiosk_id, TicketChanged(ticket=view))
        self._tickets = now
