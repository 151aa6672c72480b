"""The order of fdatasync and send, as the kernel saw it (strace), not as we believe it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.payment.emulated import ROOT, emulated_terminal

PROGRAM = """
import asyncio, sys
from pathlib import Path
from ground.clock import SystemClock
from ground.disk import RealDisk
from tests.payment.purchases import bill
from payment.cashier import Cashier
from payment.nexo.driver import NexoTerminal
from payment.nexo.profile import Profile

async def main():
    profile = Profile.load(Path(sys.argv[1]), sale_id="kiosk-1")
    cashier = Cashier(RealDisk(Path(sys.argv[2])), NexoTerminal(profile), SystemClock())
    await cashier.open()
    cashier.begin("p1", bill(), "electricity")
    await cashier.until(lambda c: c.purchase("p1").state == "approved")
    await cashier.close()

asyncio.run(main())
"""


@pytest.mark.conformance(9)
def test_fdatasync_of_the_intent_returns_before_the_first_byte_to_the_terminal(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    assert strace, "strace is needed to prove the order"
    record = tmp_path / "calls"
    with emulated_terminal(tmp_path / "terminal") as terminal:
        terminal.order(next="approve")
        subprocess.run(
            [
                strace, "-f", "-s", "4096", "-o", str(record),
                "-e", "trace=openat,write,sendto,sendmsg,connect,fdatasync",
                sys.executable, "-c", PROGRAM, str(terminal.folder / "terminal.json"), str(tmp_path / "agent"),
            ],
            cwd=ROOT, check=True, timeout=60,
        )  # fmt: skip
        port = terminal.ready["port"]
    calls = record.read_text().splitlines()
    opened = next(call for call in calls if "purchases.journal" in call and "O_APPEND" in call)
    journal = re.search(r"= (\d+)$", opened)
    assert journal is not None
    intent = place(calls, rf"write\({journal[1]}, .*payment_asked")
    synced = intent + place(calls[intent:], rf"fdatasync\({journal[1]}\) += 0")
    connected = place(calls, rf"connect\(\d+, .*htons\({port}\)")
    assert intent < synced < connected
    charged = place(calls, rf'write\({journal[1]}, .*\\"kind\\":\\"charged\\"')
    assert connected < charged < charged + place(calls[charged:], rf"fdatasync\({journal[1]}\) += 0")


def place(calls: list[str], pattern: str) -> int:
    found = [number for number, call in enumerate(calls) if re.search(pattern, call)]
    assert found, pattern
    return found[0]
