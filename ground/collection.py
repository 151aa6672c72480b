"""Adapter: Python's search for forgotten cycles, set for a process that keeps much for long and may not stand still.

What is alive for long is looked through again and again by default: it took a third of a busy server's time
(./dev bench queue), and 26 to 41 ms at once of a call. Nothing is switched off: cycles are still found.
"""

from __future__ import annotations

import gc

#: New objects between two looks at the less young: what is looked through at once takes some 30 ms at most.
_LESS_YOUNG = 100_000


def keep_what_is_there(young: int) -> None:
    """Find what is forgotten by now; what is left lives long and is not looked at until this is called again.

    ``young`` new objects are between two looks at the young; the default of 700 is for small programs.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(young, max(1, _LESS_YOUNG // young), 20)
