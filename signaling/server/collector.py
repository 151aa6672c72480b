"""Adapter: Python itself, set for a process that keeps the tickets and links of a day and writes beside its loop."""

from __future__ import annotations

import sys

from ground import collection

#: Seconds after which the loop leaves Python's lock to the thread that writes, for the little that it needs it for.
#: With the usual 5 ms a transaction of a few statements took 60 ms while the loop was busy, and was told so much later.
_TURN_S = 0.001
#: New objects between two looks at the young: more than a thousand operators' steps have that wait for the medium, or
#: each look goes through what is forgotten a moment later.
_YOUNG = 40_000


def keep_what_is_there() -> None:
    """What was built by now lives as long as the process and is not looked at again; call it once after the start."""
    collection.keep_what_is_there(_YOUNG)


def take_short_turns() -> None:
    """Let threads have their turns often; call it once at the start."""
    sys.setswitchinterval(_TURN_S)
