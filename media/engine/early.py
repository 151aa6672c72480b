"""Adapter: an ICE connection that carries a handshake before a path is chosen, inside its checks.

ICE and DTLS one after the other cost a round trip more than they need. Here the DTLS client's first flight rides in the
first connectivity check, as an attribute that others pass over (comprehension-optional, RFC 8489 section 14), and who
has been checked answers in a check of its own: nothing but STUN goes to an address that has not answered a check, or
the flight in it. From the first answer on, all goes by the best pair that has one (RFC 8445 section 12.1), chosen or
not. The idea is that of draft-hancke-webrtc-sped; of it we do only this, so the attribute's number is another one.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aioice.ice
import aioice.stun

from media.engine import arrivals

NUMBER, NAME = 0xC0D5, "INFOMAT-DTLS"
LONGEST = 1200  # bytes of a datagram that a check can carry and stay below IPv6's least MTU
TWICE = 0.015  # seconds between a check and its copy
ANSWERED_FOR = 0.5  # seconds a pair may carry media for the flight that came back by it, while its check is said again
SOON = 0.004  # seconds between the first answer and the flight said again without a check, should none have come

_ice: Any = aioice.ice
_stun: Any = aioice.stun


class PathProtocol(_ice.StunProtocol):  # type: ignore[misc]  # aioice is looked at as a thing whose parts are replaced
    """A socket that hands on only what comes from an address of the other end, and knows when it came."""

    def connection_made(self, transport: Any) -> None:
        """As aioice's."""
        super().connection_made(transport)
        arrivals.stamp(transport, self.receiver.arrivals)

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """A datagram: STUN has 00 as its first two bits (RFC 7983), all else must come from where we were checked."""
        if data and int(data[0]) > 3 and not self.receiver.knows(addr):
            return
        super().datagram_received(data, addr)

    async def request(
        self,
        request: Any,
        addr: tuple[str, int],
        integrity_key: bytes | None = None,
        retransmissions: int | None = None,
    ) -> Any:
        """A question and its answer; a check of a path that is looked for goes twice, for all that follows waits."""
        if integrity_key is None or retransmissions == 0:
            return await super().request(request, addr, integrity_key, retransmissions)
        copy = asyncio.get_running_loop().call_later(TWICE, self.send_stun, request, addr)
        try:
            return await super().request(request, addr, integrity_key, retransmissions)
        finally:
            copy.cancel()


class EarlyConnection(_ice.Connection):  # type: ignore[misc]  # aioice is looked at as a thing whose parts are replaced
    """``send`` and ``recv`` may be used as soon as ``connect`` has begun; what has no path yet must be DTLS."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.arrivals = arrivals.Arrivals()
        self._rides: bytes | None = None  # goes in every check until there is a path or an answer
        self._checked: Any = None  # the pair by which the other end has checked us
        self._answered: tuple[Any, float] | None = None  # the pair our flight was answered by, and when
        self._said = False  # whether a flight of ours was there to answer
        self._loop = asyncio.get_running_loop()
        self._plainly = False  # whether the other end said its last word without a check: it looks into none

    @property
    def carrier(self) -> Any:
        """The pair by which data goes now: the nominated one, until then the best that answered; None without."""
        if (pair := self._nominated.get(1)) is not None:
            return pair
        return next((pair for pair in list(self._check_list) if pair.state is pair.State.SUCCEEDED), None)

    async def sendto(self, data: bytes, component: int) -> None:
        """As aioice's, by the carrier; a handshake without one inside checks.

        Media without a way, which is for a moment at most, is lost as datagrams are. Raises ConnectionError at the end.
        """
        if self._closing:
            raise ConnectionError("the connection is closed")
        pair = self.carrier or (None if _is_dtls(data) else self.promising)
        if pair is not None:
            await pair.protocol.send_data(data, pair.remote_addr)
        elif _is_dtls(data):
            self._rides, self._said = data, True
            if self._checked is not None and not self._plainly:
                self._check_with(self._checked)

    @property
    def promising(self) -> Any:
        """A pair whose check's answer is lost, but not the answer to the flight that rode in it; None without."""
        if self._answered is None or self._loop.time() - self._answered[1] > ANSWERED_FOR:
            return None
        return self._answered[0]

    async def recvfrom(self) -> tuple[bytes, int]:
        """As aioice's, from the beginning on. Raises ConnectionError when it is closed or no path was found."""
        found: tuple[bytes, int] | None = None if self._closed else await self._queue.get()
        if found is None:
            raise ConnectionError("the connection is lost")
        return found

    def give_up(self) -> None:
        """No path was found: whoever waits for data is told."""
        self._queue.put_nowait(None)

    def build_request(self, pair: Any, nominate: bool) -> Any:
        """As aioice's, with what rides in it."""
        request = super().build_request(pair, nominate)
        if self._rides is not None and not self._plainly:
            request.attributes[NAME] = self._rides
        return request

    def check_incoming(self, message: Any, addr: tuple[str, int], protocol: Any) -> None:
        """As aioice's; the other end is there, and may have said something in its check."""
        super().check_incoming(message, addr, protocol)
        ours = (pair for pair in self._check_list if pair.protocol is protocol and pair.remote_addr == addr)
        self._checked = next(ours, self._checked)
        self.unpack(message, protocol)

    def check_complete(self, pair: Any) -> None:
        """As aioice's; who does not look into checks is told without them."""
        super().check_complete(pair)
        if self._rides is not None and pair.state is pair.State.SUCCEEDED:
            self._loop.call_later(0 if self._plainly else SOON, self._say_plainly)

    def unpack(self, message: Any, protocol: Any) -> None:
        """Hand on what an authenticated check carried."""
        if _is_dtls(data := message.attributes.get(NAME, b"")):
            self.data_received(data, protocol.local_candidate.component)
            self._plainly = False

    def data_received(self, data: bytes, component: int) -> None:
        """As aioice's; an answer ends what rides."""
        self._rides, self._plainly = None, True
        if self._said and self._answered is None and self._checked is not None:
            self._answered = (self._checked, self._loop.time())
        super().data_received(data, component)

    def _say_plainly(self) -> None:
        data, pair = self._rides, self.carrier
        if data is not None and pair is not None and not self._closing:
            self._rides = None
            asyncio.ensure_future(pair.protocol.send_data(data, pair.remote_addr))  # noqa: RUF006 does not wait

    def _check_with(self, pair: Any) -> None:
        """One more check with what rides; its answer is not waited for."""
        assert self.remote_password is not None
        request = self.build_request(pair, nominate=self.ice_controlling and not self.remote_is_lite)
        request.add_message_integrity(self.remote_password.encode())
        pair.protocol.send_stun(request, pair.remote_addr)


def _is_dtls(data: bytes) -> bool:
    """RFC 7983."""
    return 0 < len(data) <= LONGEST and 19 < data[0] < 64


EXPECTED: tuple[tuple[Any, str], ...] = (
    (_ice.Connection, "build_request"),
    (_ice.Connection, "check_complete"),
    (_ice.Connection, "recvfrom"),
    (_ice.Connection, "sendto"),
    (_stun.Message, "add_message_integrity"),
    (_stun, "ATTRIBUTES_BY_TYPE"),
    (_stun, "ATTRIBUTES_BY_NAME"),
    (_stun, "pack_bytes"),
    (_stun, "unpack_bytes"),
)


def install() -> None:
    """Make the attribute known to aioice (again is harmless)."""
    entry = (NUMBER, NAME, _stun.pack_bytes, _stun.unpack_bytes)
    _stun.ATTRIBUTES_BY_TYPE[NUMBER] = _stun.ATTRIBUTES_BY_NAME[NAME] = entry
