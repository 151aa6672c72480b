"""media/engine/urgency.py"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ASK = """
import os, sys
from media.engine.urgency import hurry
if len(sys.argv) > 1:
    os.setuid(65534)
hurry()
print(os.getpriority(os.PRIO_PROCESS, 0), sys.getswitchinterval())
"""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may ask for more and become less")
def test_the_engine_goes_first_where_it_may_and_lives_where_it_may_not() -> None:
    def asked(*arguments: str) -> list[float]:
        done = subprocess.run([sys.executable, "-c", ASK, *arguments], capture_output=True, check=True, timeout=60)
        return [float(part) for part in done.stdout.split()]

    assert asked() == [min(-10, os.getpriority(os.PRIO_PROCESS, 0)), 0.001]
    assert asked("nobody") == [os.getpriority(os.PRIO_PROCESS, 0), 0.001]
