"""Adapter: Python's search for forgotten cycles, set for a process that keeps much for long.

The queue, the tickets and the links of a day are alive; looking through all of them again and again, as the default
does, took a third of the time under load (./dev bench queue). Nothing is switched off: cycles are still found.
"""

from __future__ import annotations

import gc

_YOUNG = 20_000  # new objects between two looks at the young; the default of 700 is for small programs


def keep_what_is_there() -> None:
    """What was built by now lives as long as the process and is not looked at again; call it once after the start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
