"""Adapter: the ways to a printer: a TCP port, or a character device (usblp, a serial line, a pty).

Everything here blocks and is called in a thread. An OSError means that the printer is not there, or not any more.
"""

from __future__ import annotations

import os
import select
import socket
import time
from typing import Protocol
from urllib.parse import urlsplit

PORT = 9100
_CONNECT_S = 3.0


class WireClogged(OSError):
    """The printer takes no more bytes: it has stopped with a full buffer."""


class Wire(Protocol):
    """An open way to a printer."""

    def write(self, data: bytes, seconds: float) -> None:
        """Hand all bytes over; raises WireClogged when it takes none for so long."""
        ...

    def read(self, seconds: float) -> bytes:
        """What it answers within this time; nothing when it is silent. Raises OSError at its end."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def open_wire(address: str, baud: int = 19200) -> Wire:
    """``tcp://HOST[:9100]`` or a device's path. Raises OSError."""
    if address.startswith("tcp://"):
        parts = urlsplit(address)
        return _Network(parts.hostname or "", parts.port or PORT)
    return _Device(address, baud)


class _Network:
    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=_CONNECT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: bytes, seconds: float) -> None:
        self._socket.settimeout(seconds)
        view = memoryview(data)
        while view:
            try:
                view = view[self._socket.send(view) :]
            except TimeoutError as error:
                raise WireClogged("the printer takes nothing") from error

    def read(self, seconds: float) -> bytes:
        self._socket.settimeout(seconds)
        try:
            found = self._socket.recv(256)
        except TimeoutError:
            return b""
        if not found:
            raise ConnectionResetError("the printer hung up")
        return found

    def close(self) -> None:
        self._socket.close()


class _Device:
    """``baud`` counts on a serial line only."""

    def __init__(self, path: str, baud: int) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            if os.isatty(self._fd):
                _raw_line(self._fd, baud)
        except BaseException:
            os.close(self._fd)
            raise

    def write(self, data: bytes, seconds: float) -> None:
        view = memoryview(data)
        while view:
            if not select.select([], [self._fd], [], seconds)[1]:
                raise WireClogged("the printer takes nothing")
            view = view[os.write(self._fd, view) :]

    def read(self, seconds: float) -> bytes:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                break
            found = os.read(self._fd, 256)
            if found:
                return found
            time.sleep(min(0.05, left))  # usblp answers an empty read while it has nothing to say
        return b""

    def close(self) -> None:
        os.close(self._fd)


def _raw_line(fd: int, baud: int) -> None:
    import termios  # POSIX alone, as such devices are
    import tty

    speed = getattr(termios, f"B{baud}", None)
    if speed is None:
        raise OSError(f"no serial line has {baud} baud")
    try:
        tty.setraw(fd)
        iflag, oflag, cflag, lflag, _, _, signs = termios.tcgetattr(fd)
        cflag |= termios.CLOCAL | termios.CREAD | termios.CRTSCTS
        termios.tcsetattr(fd, termios.TCSANOW, [iflag, oflag, cflag, lflag, speed, speed, signs])
    except termios.error as error:  # unplugged this very moment; it is no OSError of its own
        raise OSError(*error.args) from error
