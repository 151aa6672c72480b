"""Adapter: when a packet came, as the kernel saw it. A busy loop reads late, and what came apart looks like a bunch.

Linux tells it beside each datagram (SO_TIMESTAMPNS, socket(7)), but asyncio reads by ``recvfrom``, which leaves it out:
the socket under its transport is replaced by one that asks. Elsewhere, and through a relay, nothing is known, and the
clock of who reads counts.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from typing import Any

LARGEST = 1 << 16  # bytes of a datagram
KEPT = 256  # packets whose moment nobody has asked for
_TIMESTAMPNS = 35  # SO_TIMESTAMPNS and SCM_TIMESTAMPNS of asm-generic/socket.h; Python does not name it
_TIMESPEC = struct.Struct("@ll")
_KEY = struct.Struct("!2xH4xL")  # sequence number and stream (RFC 3550 section 5.1), which SRTP leaves legible


class Arrivals:
    """Moments of packets that came, in seconds since 1970, until they are asked for."""

    def __init__(self) -> None:
        self._came: dict[tuple[int, int], float] = {}

    def note(self, datagram: bytes, came: float) -> None:
        """A datagram came; all but RTP is passed over."""
        if len(datagram) >= _KEY.size and datagram[0] & 0xC0 == 0x80:
            self._came[_KEY.unpack_from(datagram)] = came
            if len(self._came) > KEPT:
                del self._came[next(iter(self._came))]

    def take(self, sequence: int, ssrc: int) -> float | None:
        """When that packet came; None where nobody knows."""
        return self._came.pop((sequence, ssrc), None)


class StampedSocket:
    """A socket whose ``recvfrom`` notes when the datagram came; all else is the socket's."""

    def __init__(self, plain: Any, arrivals: Arrivals) -> None:
        self._plain, self._arrivals = plain, arrivals
        self.sendto = plain.sendto  # often called

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def recvfrom(self, _size: int) -> tuple[bytes, Any]:
        """As a socket's."""
        data, told, _, address = self._plain.recvmsg(LARGEST, socket.CMSG_SPACE(_TIMESPEC.size))
        for level, kind, value in told:
            if level == socket.SOL_SOCKET and kind == _TIMESTAMPNS and len(value) == _TIMESPEC.size:
                seconds, nanoseconds = _TIMESPEC.unpack(value)
                self._arrivals.note(data, seconds + nanoseconds / 1e9)
        return data, address


def stamp(transport: Any, arrivals: Arrivals) -> None:
    """Note from now on what comes to a datagram transport of asyncio's, where that can be known."""
    plain = getattr(transport, "_sock", None)
    if not sys.platform.startswith("linux") or plain is None or not hasattr(transport, "_read_ready"):
        return
    with contextlib.suppress(OSError):
        plain.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)
        transport._sock = StampedSocket(plain, arrivals)
