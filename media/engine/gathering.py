"""Adapter: how an ICE connection learns where it can be reached: from all STUN and TURN servers, not the first of each.

TURN is asked over UDP at once, over TCP ``STAGE`` later, over TLS after another ``STAGE``; the first that answers is
taken, and one that comes too late for the description still tries its way. A dead server costs ``ENOUGH``, not 5 s.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import aioice.ice
from aioice.candidate import Candidate

from ground.logs import get_logger
from media.engine import permissions
from media.engine.early import EarlyConnection, PathProtocol
from media.engine.relays import Relay, Servers, trust

STAGE = 0.25  # seconds one way to a relay may take before the next is tried beside it
ENOUGH = 0.5  # seconds to wait for a STUN server
RELAY_ENOUGH = 2.0  # seconds to wait for any relay; one that comes later is still used
AFTER_RELAY = 0.1  # seconds more for STUN when a relay is there already

_ice: Any = aioice.ice
_log = get_logger()


class GatheringConnection(EarlyConnection):
    """An ICE connection with several servers."""

    def __init__(self, *args: Any, servers: Servers | None = None, **named: Any) -> None:
        super().__init__(*args, **named)
        self.servers = servers or Servers()
        self._late: set[asyncio.Task[Any]] = set()

    async def get_component_candidates(self, component: int, addresses: list[str], timeout: int = 5) -> list[Candidate]:
        """Our candidates: hosts at once, the others as soon as they are enough."""
        found: list[Candidate] = await super().get_component_candidates(component, addresses, timeout)
        if not self.servers.stun and not self.servers.relays:
            return found
        seen = [
            asyncio.create_task(_ice.server_reflexive_candidate(protocol, server))
            for protocol in self._protocols
            for server in self.servers.stun
            if ":" not in protocol.local_candidate.host
        ]
        relay = asyncio.create_task(self._first_relay(component))
        deadline = ENOUGH
        if self.servers.relays:
            await asyncio.wait({relay}, timeout=RELAY_ENOUGH)
            deadline = AFTER_RELAY
        if seen:
            await asyncio.wait(seen, timeout=deadline)
        for task in seen:
            if task.done() and not task.cancelled() and task.exception() is None:
                found.append(task.result()[0])
            elif not task.done():
                task.cancel()
        if relay.done() and (protocol := relay.result()) is not None:
            self._protocols.append(protocol)
            found.append(protocol.local_candidate)
        elif not relay.done():
            self._late.add(relay)
            relay.add_done_callback(self._relay_came)
        return found

    async def _first_relay(self, component: int) -> Any:
        """The first way to a relay that answers, the ways tried one STAGE after the other; None when none does."""
        waiting: set[asyncio.Task[Any]] = set()
        try:
            for relay in self.servers.relays:
                waiting.add(asyncio.create_task(self._relay(component, relay)))
                won = await _first_good(waiting, STAGE)
                if won is not None:
                    return won
            return await _first_good(waiting, None)
        finally:
            for task in waiting:
                task.cancel()
            # two may have answered in the same moment: the second gives its allocation back
            self._in_background(self._give_back(waiting))

    async def _relay(self, component: int, relay: Relay) -> Any:
        _, protocol = await _ice.relayed_candidate(
            component=component,
            hide_related_address=self._transport_policy == _ice.TransportPolicy.RELAY,
            protocol_factory=lambda: PathProtocol(self),
            turn_server=(relay.host, relay.port),
            turn_username=relay.username,
            turn_password=relay.credential,
            turn_ssl=trust(relay.authority) if relay.tls else False,
            turn_transport=relay.transport,
        )
        _log.info("relay", kind="tls" if relay.tls else relay.transport)
        self._in_background(permissions.renew(protocol))
        return protocol

    async def _give_back(self, tasks: set[asyncio.Task[Any]]) -> None:
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, PathProtocol) and outcome not in self._protocols:
                await outcome.close()

    def _relay_came(self, task: asyncio.Task[Any]) -> None:
        """A relay after all: its checks may still reach the other end, which then learns its address from them."""
        self._late.discard(task)
        if task.cancelled() or task.exception() is not None or (protocol := task.result()) is None:
            return
        if self._closing:
            self._in_background(protocol.close())
            return
        self._protocols.append(protocol)
        for candidate in self._remote_candidates:
            self._pair_remote_candidate(candidate)
        self.sort_check_list()

    async def close(self) -> None:
        """End it."""
        for task in [*self._late]:
            task.cancel()
        for protocol in [p for p in self._protocols if p.local_candidate.type == "relay"]:
            self._protocols.remove(protocol)
            protocol.transport.close()  # gives its allocation back; a relay that is out of reach is not waited for
        await super().close()

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)


async def _first_good(tasks: set[asyncio.Task[Any]], within: float | None) -> Any:
    """The first result that is no error, taken out of ``tasks`` together with the failures; None when time is up."""
    ends = None if within is None else time.monotonic() + within
    while tasks:
        left = None if ends is None else max(0.0, ends - time.monotonic())
        done, _ = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            tasks.discard(task)
            if task.exception() is None:
                return task.result()
            _log.warning("no relay", error=repr(task.exception()))
        if not done:
            return None
    return None


EXPECTED: tuple[tuple[Any, str], ...] = (
    (_ice, "StunProtocol"),
    (_ice, "relayed_candidate"),
    (_ice, "server_reflexive_candidate"),
    (_ice.Connection, "get_component_candidates"),
    (_ice.Connection, "_pair_remote_candidate"),
    *permissions.EXPECTED,
)
