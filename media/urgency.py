"""Adapter: the operating system is asked to serve sound before pictures, and this process before others.

Late sound cannot be mended, a late picture is replaced by the next. The loop and the threads of the devices are served
in real time where that is allowed (as browsers do for their sound threads: root, or LimitRTPRIO=1 in a systemd unit);
threads that code, decode and paint step back behind them. None of this while an engine loads: that takes a core for a
second or two, and in a call, when a spare engine is loaded, whatever else is there would stand still.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import Any

LOADING = 10  # what an engine is while it loads, if nobody waits for it
NICE = -10  # what browsers ask for their sound threads; needs root, or LimitNICE=-10 in a systemd unit
_HIGH_PRIORITY_CLASS = 0x80  # Windows
_BELOW_NORMAL = -1  # Windows, inside that class
BORN = os.getpriority(os.PRIO_PROCESS, 0) if sys.platform != "win32" else 0  # somebody may have put it further forward
SWITCH = 0.001  # seconds a thread may keep the interpreter while another waits; Python's own 5 ms are heard


def hurry() -> None:
    """Ask; a refusal changes nothing. Threads begun later are like the one that calls this."""
    sys.setswitchinterval(SWITCH)
    if sys.platform == "win32":
        kernel: Any = ctypes.windll.kernel32
        kernel.SetPriorityClass(ctypes.c_void_p(kernel.GetCurrentProcess()), _HIGH_PRIORITY_CLASS)
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, min(NICE, BORN, os.getpriority(os.PRIO_PROCESS, 0)))
    if hasattr(os, "sched_setscheduler"):  # Linux
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def step_back() -> None:
    """The calling thread works on pictures: whatever has to do with sound goes before it."""
    if sys.platform == "win32":
        kernel: Any = ctypes.windll.kernel32
        kernel.SetThreadPriority(ctypes.c_void_p(kernel.GetCurrentThread()), _BELOW_NORMAL)
    elif hasattr(os, "sched_setscheduler"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def take_time() -> None:
    """Until ``hurry`` everybody else goes before this process; not where the system would refuse to hurry then."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a container's root is often refused, too
            os.setpriority(os.PRIO_PROCESS, 0, min(NICE, BORN))
            os.setpriority(os.PRIO_PROCESS, 0, LOADING)
