"""Adapter: a DTLS handshake that does not wait a second for a lost datagram.

OpenSSL's timer begins at 1 s (RFC 6347 section 4.2.4.1) and cannot be set through pyOpenSSL: on a link that loses
3 %, a quarter of all calls began a second late. Here the datagrams of the last flight are sent again as they were: once
after ``TWICE``, which costs two kilobytes a call and comes before a loss could be noticed, then from ``AGAIN`` on and
doubling, until there is something else to say or media comes; who has them already drops them (section 4.1.2.6).
Browsers begin at 50 ms too. OpenSSL's own timer stays for what is lost seven times over.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiortc.rtcpeerconnection
from aiortc.rtcicetransport import RTCIceTransport

TWICE, AGAIN = 0.015, 0.06  # seconds
TIMES = 6
_CHANGE_CIPHER, _HANDSHAKE = 20, 22  # DTLS content types

_connection: Any = aiortc.rtcpeerconnection
#: what must be there for this to work: (owner, attribute)
EXPECTED: tuple[tuple[Any, str], ...] = ((_connection, "RTCIceTransport"), (RTCIceTransport, "stop"))


class Transport(RTCIceTransport):
    """What DTLS and SRTP send and receive through; once SRTP is heard it is out of the way."""

    def __init__(self, gatherer: Any) -> None:
        super().__init__(gatherer)
        self._plain_send: Any = self._send
        self._plain_recv: Any = self._recv
        self._flight: list[bytes] = []
        self._answered = False
        self._again: asyncio.Task[None] | None = None
        noted: Any = self._noted_send  # aiortc declares these two as they are in aioice
        self._send, self._recv = noted, self._noted_recv

    async def stop(self) -> None:
        """Send nothing again."""
        self._rest()
        await super().stop()

    async def _noted_send(self, data: bytes) -> None:
        if data[0] == _HANDSHAKE or data[0] == _CHANGE_CIPHER:
            if self._answered:
                self._flight, self._answered = [], False
            self._flight.append(data)
            self._rest()
            self._again = asyncio.create_task(self._repeat(), name="dtls flight")
        await self._plain_send(data)

    async def _noted_recv(self) -> bytes:
        data: bytes = await self._plain_recv()
        self._answered = True  # what is sent next is another flight; until then ours may still be missing there
        if data[0] > 127:  # SRTP (RFC 7983): the other end has all it needs of the handshake
            self._rest()
            self._send, self._recv = self._plain_send, self._plain_recv
        return data

    async def _repeat(self) -> None:
        for wait in (TWICE, *(AGAIN * 2**turn for turn in range(TIMES))):
            await asyncio.sleep(wait)
            for datagram in self._flight:
                with contextlib.suppress(ConnectionError):
                    await self._plain_send(datagram)

    def _rest(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None


def install() -> None:
    """Every peer connection from now on."""
    _connection.RTCIceTransport = Transport


__all__ = ["EXPECTED", "Transport", "install"]
