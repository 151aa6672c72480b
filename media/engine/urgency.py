"""Adapter: the operating system is asked to serve this process before others: late sound cannot be mended."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import Any

NICE = -10  # what browsers ask for their sound threads; needs root, or LimitNICE=-10 in a systemd unit
_HIGH_PRIORITY_CLASS = 0x80  # Windows
SWITCH = 0.001  # seconds a thread may keep the interpreter while another waits; Python's own 5 ms are heard


def hurry() -> None:
    """Ask; a refusal changes nothing. Threads begun later are like the one that calls this."""
    sys.setswitchinterval(SWITCH)
    if sys.platform == "win32":
        kernel: Any = ctypes.windll.kernel32
        kernel.SetPriorityClass(ctypes.c_void_p(kernel.GetCurrentProcess()), _HIGH_PRIORITY_CLASS)
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, min(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
