"""The demo's processes: started, waited for, and every one of them ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from infomat.demo.processes import Processes, StartFailed

SAYS_READY = "import time; print('hello'); print('ready {\"port\": 7}', flush=True); time.sleep(60)"


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


async def test_a_process_is_ready_when_it_says_so(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    running = await processes.start("one", sys.executable, "-c", SAYS_READY)
    assert running.said == {"port": 7}
    assert running.alive
    await processes.stop_all()
    assert gone(running.pid)


async def test_a_process_that_ends_at_once_is_an_error_that_names_it_and_its_log(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    with pytest.raises(StartFailed, match=r"broken ended by itself: no such table.*broken\.log"):
        await processes.start("broken", sys.executable, "-c", "import sys; sys.exit('no such table')")


async def test_a_process_that_never_gets_ready_is_an_error(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    with pytest.raises(StartFailed, match="not ready within"):
        await processes.start("slow", sys.executable, "-c", "import time; time.sleep(60)", seconds=0.3)
    await processes.stop_all()


async def test_children_of_a_process_end_with_it(tmp_path: Path) -> None:
    parent = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('ready {\"port\": %d}' % child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    processes = Processes(tmp_path)
    running = await processes.start("parent", sys.executable, "-c", parent)
    await processes.stop_all()
    async with asyncio.timeout(10):  # a killed process dies a moment after the signal
        while not gone(running.said["port"]):
            await asyncio.sleep(0.01)


async def test_a_process_that_ignores_the_polite_signal_is_ended_all_the_same(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    )
    processes = Processes(tmp_path)
    running = await processes.start("stubborn", sys.executable, "-c", stubborn)
    await processes.stop(running, seconds=0.2)
    assert running.process.returncode == -signal.SIGKILL
