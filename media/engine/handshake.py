"""Adapter: a DTLS handshake that waits for nothing it need not wait for, and not a second for a lost datagram.

- It begins with the connectivity checks and rides in them (``media.engine.early``), not after them.
- OpenSSL's timer begins at 1 s (RFC 6347 section 4.2.4.1) and cannot be set through pyOpenSSL: on a link that loses
  3 %, a quarter of all calls began a second late. Here the datagrams of the last flight are sent again as they were:
  after ``TWICE``, which costs two kilobytes a call and comes before a loss could be noticed, then from ``AGAIN`` on and
  doubling, until there is something else to say or media comes; who has them already drops them (section 4.1.2.6).
  Browsers begin at 50 ms too. OpenSSL's own timer stays for what is lost seven times over.
- The client speaks as soon as its own last flight is sent, not a round trip later, when the server's Finished has come:
  a False Start (RFC 7918). The server's key is known by then, and has signed this very exchange of keys; all ciphers
  and protection profiles that could have been chosen are good ones, so that a changed ClientHello wins nothing. A
  Finished that is false, or does not come ``FINISHED_WITHIN``, ends the connection.
- Media that overtakes the flight its keys are made of is kept until they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections import deque
from typing import Any

import aiortc.rtcdtlstransport
import aiortc.rtcpeerconnection
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcdtlstransport import State as DtlsState
from aiortc.rtcicetransport import RTCIceTransport
from OpenSSL import SSL

TWICE, AGAIN = 0.010, 0.05  # seconds
TIMES = 6
ALWAYS = 2  # repetitions that are made though media has come: a client's media does not say that it has our Finished
FINISHED_WITHIN = 10.0  # seconds after the first word of media
MOST_EARLY = 64  # datagrams of media kept until there are keys
_CHANGE_CIPHER, _HANDSHAKE = 20, 22  # DTLS content types
_FINISHED_SENT, _DONE = b"SSLv3/TLS write finished", b"SSL negotiation finished successfully"
_FAILED = b"error"

_connection: Any = aiortc.rtcpeerconnection
#: what must be there for this to work: (owner, attribute)
EXPECTED: tuple[tuple[Any, str], ...] = (
    (_connection, "RTCIceTransport"),
    (_connection, "RTCDtlsTransport"),
    (RTCIceTransport, "start"),
    (RTCIceTransport, "stop"),
    (RTCDtlsTransport, "_do_handshake"),
    (RTCDtlsTransport, "_setup_srtp"),
    (RTCDtlsTransport, "_recv_next"),
)


class Transport(RTCIceTransport):
    """What DTLS and SRTP send and receive through; once SRTP is heard it is out of the way."""

    def __init__(self, gatherer: Any) -> None:
        super().__init__(gatherer)
        self._plain_send: Any = self._send
        self._plain_recv: Any = self._recv
        self._flight: list[bytes] = []
        self._answered = self._media = False
        self._again: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._early: deque[bytes] = deque()
        self.keyed = False  # whether media can be read
        noted: Any = self._noted_send  # aiortc declares these two as they are in aioice
        self._send, self._recv = noted, self._noted_recv

    async def start(self, remoteParameters: Any) -> None:
        """Begin the checks, and do not wait for their end: the handshake goes along with them."""
        if self._checking is None and self.state != "closed":
            self._checking = asyncio.create_task(self._check(remoteParameters), name="ice")

    async def stop(self) -> None:
        """Send nothing again."""
        self._rest()
        await super().stop()

    async def _check(self, parameters: Any) -> None:
        if self.state == "closed":
            return
        await super().start(parameters)
        if self.state == "failed":
            self._connection.give_up()  # type: ignore[attr-defined]  # media.engine.early's

    async def _noted_send(self, data: bytes) -> None:
        if data[0] == _HANDSHAKE or data[0] == _CHANGE_CIPHER:
            if self._answered:
                self._flight, self._answered, self._media = [], False, False
            self._flight.append(data)
            self._rest()
            self._again = asyncio.create_task(self._repeat(), name="dtls flight")
        await self._plain_send(data)

    async def _noted_recv(self) -> bytes:
        data: bytes = self._early.popleft() if self.keyed and self._early else await self._plain_recv()
        while data[0] > 127 and not self.keyed:  # SRTP (RFC 7983)
            if len(self._early) < MOST_EARLY:
                self._early.append(data)
            data = await self._plain_recv()
        self._answered = True  # what is sent next is another flight; until then ours may still be missing there
        if data[0] > 127:
            self._media = True  # the other end has all it needs of the handshake to speak
            if not self._early:
                self._send, self._recv = self._plain_send, self._plain_recv
        return data

    async def _repeat(self) -> None:
        for turn, wait in enumerate((TWICE, *(AGAIN * 2**turn for turn in range(TIMES)))):
            await asyncio.sleep(wait)
            if self._media and turn >= ALWAYS:
                return
            for datagram in self._flight:
                with contextlib.suppress(ConnectionError):
                    await self._plain_send(datagram)

    def _rest(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None


class Handshake(RTCDtlsTransport):
    """aiortc's DTLS, whose client does not wait for the last word."""

    def __init__(self, transport: Any, certificates: Any) -> None:
        super().__init__(transport, certificates)
        self._finished_by: float | None = None  # when the server's Finished must have come; None: it has

    async def _do_handshake(self) -> None:
        ssl: Any = self._ssl
        try:
            while not self.encrypted:
                try:
                    ssl.do_handshake()
                    self.encrypted = True
                except SSL.WantReadError:
                    await self._write_ssl()
                    if self._may_speak(ssl):
                        self._finished_by = time.monotonic() + FINISHED_WITHIN
                        self.encrypted = True
                    else:
                        await self._recv_next()
        except (SSL.Error, ConnectionError):
            self._set_state(DtlsState.FAILED)

    def _may_speak(self, ssl: Any) -> bool:
        """Whether only the server's Finished is missing, of a handshake in which each choice there was is strong."""
        version: str = ssl.get_protocol_version_name()
        return self._role == "client" and version == "DTLSv1.2" and bool(ssl.get_state_string() == _FINISHED_SENT)

    def _setup_srtp(self) -> None:
        super()._setup_srtp()
        if self._state != DtlsState.FAILED and isinstance(self.transport, Transport):
            self.transport.keyed = True

    async def _recv_next(self) -> None:
        await super()._recv_next()
        if self._finished_by is None:
            return
        ssl: Any = self._ssl
        state: bytes = ssl.get_state_string()
        if state == _DONE:
            self._finished_by = None
        elif state == _FAILED or time.monotonic() > self._finished_by:
            raise ConnectionError("the server's Finished is false or did not come")


def lacking() -> list[str]:
    """What this aiortc has not where we expect it."""
    source = inspect.getsource(aiortc.rtcdtlstransport)
    return [
        f"RTCDtlsTransport.{name}" for name in ("encrypted", "_role", "_ssl", "_state") if f"self.{name}" not in source
    ]


def install() -> None:
    """Every peer connection from now on."""
    _connection.RTCIceTransport = Transport
    _connection.RTCDtlsTransport = Handshake


__all__ = ["EXPECTED", "Handshake", "Transport", "install", "lacking"]
