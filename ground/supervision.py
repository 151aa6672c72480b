"""Adapter: what a service tells systemd: that it is ready, that its loop turns, that it ends (sd_notify(3)).

Without systemd, and on other systems, nobody is told and nothing waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket

_SHARE = 3  # signs of life in the time that the unit's WatchdogSec= allows


def tell(state: str) -> bool:
    """Say ``READY=1``, ``WATCHDOG=1`` or ``STOPPING=1``; whether somebody was there to be told."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place or not hasattr(socket, "AF_UNIX"):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out, contextlib.suppress(OSError):
        out.setblocking(False)
        out.sendto(state.encode(), "\0" + place[1:] if place.startswith("@") else place)
        return True
    return False


def watchdog_s(pid: int) -> float:
    """Seconds after which systemd takes a silent process for hung; 0 when it does not watch this one."""
    watched = os.environ.get("WATCHDOG_PID", str(pid)) == str(pid)
    micros = os.environ.get("WATCHDOG_USEC", "")
    return int(micros) / 1e6 if watched and micros.isdigit() else 0.0


async def show_life() -> None:
    """Say that we are ready, then that this loop turns, until cancelled; a loop that hangs is ended by systemd."""
    tell("READY=1")
    allowed = watchdog_s(os.getpid())
    try:
        while allowed:
            tell("WATCHDOG=1")
            await asyncio.sleep(allowed / _SHARE)
    except asyncio.CancelledError:
        tell("STOPPING=1")
        raise
