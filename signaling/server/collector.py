"""Adapter: Python itself, set for a process that keeps much for long and writes beside its loop.

The queue, the tickets and the links of a day are alive; looking through all of them again and again, as the default
does, took a third of the time under load (./dev bench queue). Nothing is switched off: cycles are still found.
"""

from __future__ import annotations

import gc
import sys

#: Seconds after which the loop leaves Python's lock to the thread that writes, for the little that it needs it for.
#: With the usual 5 ms a transaction of a few statements took 60 ms while the loop was busy, and was told so much later.
_TURN_S = 0.0002
_YOUNG = 20_000  # new objects between two looks at the young; the default of 700 is for small programs


def keep_what_is_there() -> None:
    """What was built by now lives as long as the process and is not looked at again; call it once after the start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


def take_short_turns() -> None:
    """Let threads have their turns often; call it once at the start."""
    sys.setswitchinterval(_TURN_S)
