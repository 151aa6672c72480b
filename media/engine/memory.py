"""Adapter: Python's memory: what a finished call used goes back to the system, no call waits for a collection."""

from __future__ import annotations

import ctypes
import sys

from ground.collection import keep_what_is_there

_YOUNG = 10_000  # new objects between two looks at the young


def keep() -> None:
    """What lives now, outside a call, is not looked through during the next: that took 26 to 41 ms, heard as a gap."""
    keep_what_is_there(_YOUNG)


def give_back() -> None:
    """Not during a call: it may stop all threads for some tens of milliseconds.

    aiortc's objects hold each other in rings and would wait for a rare collection, with megabytes of pictures and
    coders behind them; glibc would keep what they leave, in pieces.
    """
    keep()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
