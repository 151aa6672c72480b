"""media/urgency.py"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

ASK = """
import os, sys, threading
from media.urgency import hurry, step_back, take_time

def may(ask, *arguments):  # tried by a process that ends with it
    if (child := os.fork()) == 0:
        try:
            ask(*arguments)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0

if "nobody" in sys.argv:
    os.setuid(65534)
print(may(os.setpriority, os.PRIO_PROCESS, 0, min(-10, os.getpriority(os.PRIO_PROCESS, 0))),
      may(os.sched_setscheduler, 0, os.SCHED_RR, os.sched_param(1)))

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
NO_NICENESS = ("setpriv", "--inh-caps=-sys_nice", "--bounding-set=-sys_nice")  # as root is in many a container


@pytest.mark.parametrize(
    ("before", "after"),
    [((), ()), ((), ("nobody",)), (NO_NICENESS, ())],
    ids=["as we are", "as nobody", "root in a container"],
)
def test_the_engine_goes_first_where_it_may_and_lives_where_it_may_not(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    if before and shutil.which(before[0]) is None:
        pytest.skip(f"no {before[0]} here")
    if (before or after) and os.geteuid() != 0:
        pytest.skip("only root may become less")
    command = [*before, sys.executable, "-c", ASK, *after]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60, text=True)
    may, *told = done.stdout.splitlines()
    first, in_real_time = (word == "True" for word in may.split())
    born = os.getpriority(os.PRIO_PROCESS, 0)
    nice = min(-10, born) if first else born
    # loading behind everybody; then sound in real time, pictures behind it but still before others
    assert told == [
        f"{10 if first else born} True",
        f"{nice} 0.001",
        f"{in_real_time} {nice}",
        f"False {nice}",
    ]
