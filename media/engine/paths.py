"""Adapter: aioice's connection for calls that must get through and stay through.

What is other than in aioice 0.13 (its ``Connection`` is replaced through aiortc's own attribute by ``install``):

- all STUN and TURN servers are used (``gathering``), and a handshake goes along with the checks (``early``)
- a check is said twice, 15 ms apart, and one that is lost again after ``FIRST_RETRY``, not 0.5 s. A relay always
  loses the first one, for its permission is under way (RFC 8656 section 9)
- ``find_paths`` moves a running connection to another path without a word by signaling: every pair is checked again,
  from network interfaces that came meanwhile too, and the other end follows the nomination (RFC 8445 section 7.3.1.5)
- consent (RFC 7675) is asked for again until the answer has come: stock asks once, and waits as long as between two
  checks, which is too short for every path with a longer way
- ``heard_at`` and ``on_return`` tell when packets came, and that they come again after ``QUIET``
- a datagram from an address that no check has proved is not handed to DTLS (it could end a handshake)
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Callable, Coroutine
from typing import Any

import aioice.ice
import aioice.stun
import aiortc.rtcicetransport
from aioice.candidate import Candidate, candidate_foundation, candidate_priority

from ground.logs import get_logger
from media.engine import early, gathering
from media.engine.early import PathProtocol
from media.engine.gathering import GatheringConnection
from media.engine.relays import servers_of

FIRST_RETRY = 0.05  # seconds; then doubled. RFC 8489 says 0.5 for servers; a path to a person is asked more often
RETRIES = 7
PACE = 0.005  # seconds between the checks of two pairs, the least that RFC 8445 section 14.2 allows
QUIET = 0.6  # seconds without a packet after which the next one is a return
SWITCH_REST = 0.5  # seconds a new path is kept before another may take its place
ASKS = 3  # repetitions of a check that looks for another path: 0.05 + 0.1 + 0.2 + 0.4 seconds
CONSENT_EVERY = (4.0, 6.0)  # seconds between two questions (RFC 7675 section 5.1: 5 s and a fifth more or less)
CONSENT_ASKS = 5  # repetitions of one, over 3.2 seconds
CONSENT_FOR = 30.0  # seconds for which an answer is a consent

_transport: Any = aiortc.rtcicetransport
_ice: Any = aioice.ice
_stun: Any = aioice.stun
_log = get_logger()


class PathConnection(GatheringConnection):
    """An ICE connection (RFC 8445) that looks for another path while it lives."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.heard_at: float | None = None
        self.on_return: Callable[[], None] | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self._query_consent_task: asyncio.Task[None] | None = None
        self._switched_at = float("-inf")
        self._direct: tuple[Any, socket.socket] | None = None  # the way of ``send_now``

    async def connect(self) -> None:
        """As aioice's, but that it goes on in the moment a path is there: stock looks each 20 ms whether one is.

        Raises ConnectionError when there is none.
        """
        if not self._local_candidates_end or self.remote_username is None or self.remote_password is None:
            raise ConnectionError("connect comes after gathering, and after the other end's description")
        for candidate in self._remote_candidates:
            self._pair_remote_candidate(candidate)
        self.sort_check_list()
        self._unfreeze_initial()
        for check in self._early_checks:
            self.check_incoming(*check)
        self._early_checks.clear()
        self._early_checks_done = True
        outcome = None
        while outcome is None and self._check_periodic():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PACE):
                    outcome = await self._check_list_state.get()
        if outcome is None:
            outcome = await self._check_list_state.get() if self._check_list else _ice.ICE_FAILED
        for pair in self._check_list:
            if pair.task:
                pair.task.cancel()
        if outcome != _ice.ICE_COMPLETED:
            raise ConnectionError("no path was found")
        self._query_consent_task = asyncio.create_task(self.query_consent())

    # --- while it lives ----------------------------------------------------------------------------------

    async def query_consent(self) -> None:
        """Ask the other end whether it still wants what we send; close when it has not said so for ``CONSENT_FOR``."""
        consented = self._loop.time()
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout_at(consented + CONSENT_FOR):
                    await asyncio.sleep(random.uniform(*CONSENT_EVERY))
                    asked, pair = self._loop.time(), self._nominated.get(1)
                    if pair is not None and await self._answers(pair, nominate=False, again=CONSENT_ASKS):
                        consented = asked
        _log.warning("consent expired", kind=self.way)
        self._query_consent_task = None  # closing would wait for it
        await self.close()

    @property
    def established(self) -> bool:
        """Whether a path was found, and it was not closed since."""
        return bool(self._nominated) and not self._closing

    @property
    def way(self) -> str:
        """How packets go now: host, srflx, prflx or relay of ours, an arrow, and theirs; empty without a path."""
        pair = self._nominated.get(1)
        return "" if pair is None else f"{pair.local_candidate.type}>{pair.remote_candidate.type}"

    def knows(self, address: tuple[Any, ...]) -> bool:
        """Whether an address is the other end's; before the first check nobody's is known."""
        if not self._early_checks_done:
            return True
        return any(c._network_host == address[0] and c.port == address[1] for c in self._remote_candidates)

    def send_now(self, data: bytes) -> None:
        """Send from a thread that is not the loop's; lost like any datagram when there is no path, or no room.

        Through a socket of ours at once, through a relay by the loop.
        """
        pair = self.carrier or self.promising
        if pair is None or self._closing:
            return
        protocol, address = pair.protocol, pair.remote_addr
        if protocol.local_candidate.type == "relay":
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(lambda: self._in_background(_sent(protocol, data, address)))
            return
        if self._direct is None or self._direct[0] is not protocol:
            self._direct = (protocol, protocol.transport.get_extra_info("socket").dup())
        with contextlib.suppress(OSError):
            self._direct[1].sendto(data, address)

    def data_received(self, data: bytes, component: int) -> None:
        """Media or DTLS came."""
        now, before = time.monotonic(), self.heard_at
        self.heard_at = now
        super().data_received(data, component)
        if before is not None and now - before > QUIET and self.on_return is not None:
            self.on_return()

    def check_incoming(self, message: Any, addr: tuple[str, int], protocol: Any) -> None:
        """A check by the other end. On another path than ours it says: take this one (or, to who decides: you may)."""
        current = self._nominated.get(protocol.local_candidate.component)
        if not self._check_list_done or current is None:
            super().check_incoming(message, addr, protocol)
            return
        self.unpack(message, protocol)
        pair = self._pair_with(addr, protocol, message.attributes["PRIORITY"])
        if pair is current:
            return
        if not self.ice_controlling:
            if "USE-CANDIDATE" in message.attributes:
                self._follow(pair)
        elif self.quiet:
            self._spawn(self._choose(pair))

    @property
    def quiet(self) -> bool:
        """Whether nothing came lately."""
        return self.heard_at is None or time.monotonic() - self.heard_at > QUIET

    def _pair_with(self, address: tuple[str, int], protocol: Any, priority: int) -> Any:
        """The pair of our socket and that address, which may be new: the other end has moved (RFC 8445 7.3.1.3)."""
        known = (c for c in self._remote_candidates if (c._network_host, c.port) == address)
        remote = next(known, None)
        if remote is None:
            remote = Candidate(_ice.random_string(10), 1, "udp", priority, address[0], address[1], "prflx")
            remote._network_host = address[0]
            self._remote_candidates.append(remote)
        pair = self._find_pair(protocol, remote)
        if pair is None:
            pair = _ice.CandidatePair(protocol, remote)
            self._check_list.append(pair)
        return pair

    async def find_paths(self) -> None:
        """Check every pair anew, from new interfaces too; what works first carries the call. Never raises."""
        if not self.established or self._asking:
            return
        with contextlib.suppress(OSError):
            await self._new_hosts()
        for candidate in self._remote_candidates:
            self._pair_remote_candidate(candidate)
        self.sort_check_list()
        for pair in self._check_list:
            self._spawn(self._ask(pair))

    async def _ask(self, pair: Any) -> None:
        """Who decides takes the first that answers; the other end's question is answered by its decision."""
        if await self._answers(pair, nominate=False):
            pair.state = pair.State.SUCCEEDED
            if self.ice_controlling:
                await self._choose(pair)

    def _follow(self, pair: Any) -> None:
        """Take what the other end nominates, if our packets pass there too: it nominates with its very first checks."""
        if pair.state is pair.State.SUCCEEDED:
            self._take(pair)
        else:
            self._spawn(self._take_if_it_answers(pair))

    async def _take_if_it_answers(self, pair: Any) -> None:
        if await self._answers(pair, nominate=False):
            self._take(pair)

    async def _choose(self, pair: Any) -> None:
        if pair is self._nominated.get(1):
            self._switched_at = time.monotonic()  # our path is back: no other is needed
            return
        if time.monotonic() - self._switched_at >= SWITCH_REST:
            self._switched_at = time.monotonic()
            if await self._answers(pair, nominate=True):
                self._take(pair)
            else:
                self._switched_at = float("-inf")

    def _take(self, pair: Any) -> None:
        if not self._closing:
            self._nominated[1] = pair
            pair.nominated, pair.state = True, pair.State.SUCCEEDED
            _log.info("another path", kind=self.way)

    async def _answers(self, pair: Any, *, nominate: bool, again: int = ASKS) -> bool:
        assert self.remote_password is not None
        request = self.build_request(pair, nominate=nominate)
        try:
            _, address = await pair.protocol.request(
                request, pair.remote_addr, integrity_key=self.remote_password.encode(), retransmissions=again
            )
        except (aioice.stun.TransactionError, OSError):
            return False
        return bool(address == pair.remote_addr)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _new_hosts(self) -> None:
        known = {p.local_candidate.host for p in self._protocols if p.local_candidate.type == "host"}
        addresses = [a for a in _ice.get_host_addresses(self._use_ipv4, self._use_ipv6) if a not in known]
        for address in addresses if self._transport_policy == _ice.TransportPolicy.ALL else ():
            transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: PathProtocol(self), local_addr=(address, 0)
            )
            host, port = transport.get_extra_info("sockname")[:2]
            protocol.local_candidate = Candidate(
                candidate_foundation("host", "udp", host), 1, "udp", candidate_priority(1, "host"), host, port, "host"
            )
            self._protocols.append(protocol)

    async def close(self) -> None:
        """End it."""
        self._closing = True  # first: the voice's thread looks at it before it takes the socket
        if self._direct is not None:
            self._direct[1].close()
        for task in [*self._asking]:
            task.cancel()
        await super().close()


async def _sent(protocol: Any, data: bytes, address: tuple[str, int]) -> None:
    with contextlib.suppress(ConnectionError, OSError):
        await protocol.send_data(data, address)


EXPECTED: tuple[tuple[Any, str], ...] = (
    (_transport, "Connection"),
    (_transport, "connection_kwargs"),
    (_ice.Connection, "_check_periodic"),
    (_ice.Connection, "_unfreeze_initial"),
    (_ice.Connection, "query_consent"),
    (_ice.Connection, "check_incoming"),
    (_ice.Connection, "data_received"),
    (_ice.Connection, "_find_pair"),
    (_ice, "CandidatePair"),
    (_stun, "RETRY_RTO"),
    (_stun, "RETRY_MAX"),
    *early.EXPECTED,
    *gathering.EXPECTED,
)


def host_addresses() -> frozenset[str]:
    """The addresses of this machine's network interfaces now."""
    return frozenset(_ice.get_host_addresses(True, True))


def install() -> None:
    """Put it in the place of aioice's (again is harmless)."""
    _transport.Connection = PathConnection
    _transport.connection_kwargs = servers_of
    _ice.StunProtocol = PathProtocol
    early.install()
    _stun.RETRY_RTO, _stun.RETRY_MAX = FIRST_RETRY, RETRIES
