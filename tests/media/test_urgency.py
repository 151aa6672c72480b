"""media/urgency.py"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ASK = """
import os, sys, threading
from media.urgency import hurry, step_back, take_time
if len(sys.argv) > 1:
    os.setuid(65534)
take_time()
print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0) == os.SCHED_OTHER)
hurry()
print(os.getpriority(os.PRIO_PROCESS, 0), sys.getswitchinterval())
def tell(before=lambda: None):
    before()
    print(os.sched_getscheduler(0) == os.SCHED_RR, os.getpriority(os.PRIO_PROCESS, 0))
for thread in (threading.Thread(target=tell), threading.Thread(target=tell, args=(step_back,))):
    thread.start()
    thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may ask for more and become less")
def test_the_engine_goes_first_where_it_may_and_lives_where_it_may_not() -> None:
    def asked(*arguments: str) -> list[str]:
        done = subprocess.run([sys.executable, "-c", ASK, *arguments], capture_output=True, check=True, timeout=60)
        return done.stdout.decode().splitlines()

    nice = os.getpriority(os.PRIO_PROCESS, 0)
    ask = f"{min(-10, nice)} 0.001"
    # loading behind everybody; then sound in real time, pictures behind it but still before others
    assert asked() == ["10 True", ask, f"True {min(-10, nice)}", f"False {min(-10, nice)}"]
    assert asked("nobody") == [f"{nice} True", f"{nice} 0.001", f"False {nice}", f"False {nice}"]
