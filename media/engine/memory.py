"""Adapter: memory that a finished call used goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys


def give_back() -> None:
    """Not during a call: it may stop all threads for some tens of milliseconds.

    aiortc's objects hold each other in rings and would wait for a rare collection, with megabytes of pictures and
    coders behind them; glibc would keep what they leave, in pieces.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
