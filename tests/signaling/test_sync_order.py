"""The server's log is on the medium before a byte goes to a client, as the kernel saw it (strace)."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from pathlib import Path

from tests.signaling import visit as v
from tests.signaling.client import ROOT, ServerProcess, environment

_SENT = re.compile(r"^\d+ +(?:write|writev|sendto|sendmsg)\(\d+<(?:TCP|socket)")
_RECEIVED = re.compile(r"^\d+ +(?:read|recvfrom|recvmsg)\(\d+<(?:TCP|socket).* = [1-9]\d*$")
_SYNCED = re.compile(r"fdatasync\(\d+<[^>]*-wal>\) += 0|<\.\.\. fdatasync resumed>\) += 0")


class TracedServer(ServerProcess):
    """A server whose writes, syncs and sends are on record; the tracer stands aside, so that signals reach it."""

    async def spawn(self) -> asyncio.subprocess.Process:
        """The same command, under strace."""
        strace = shutil.which("strace")
        assert strace is not None, "the proof needs strace: ./dev test brings it"
        traced = "trace=pwrite64,fdatasync,read,recvfrom,recvmsg,write,writev,sendto,sendmsg"
        return await asyncio.create_subprocess_exec(
            strace, "-D", "-f", "-y", "-s", "8192", "-e", traced, "-o", str(self.folder.parent / "calls"),
            sys.executable, "-m", "signaling.server", str(self.folder), f"--port={self.port}", *self.arguments,
            cwd=ROOT, env=environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip


async def test_a_ticket_is_synced_before_anything_is_sent_to_its_owner(tmp_path: Path) -> None:
    tickets = []
    async with TracedServer(tmp_path / "data") as server:
        kiosk = await server.kiosk()
        visit_id = await v.begin(kiosk)
        for number in range(1, 5):
            tickets.append(await v.take(kiosk, visit_id))
            await kiosk.event("line.told", lambda told, number=number: told.waiting == number)  # all is quiet again
    calls = (tmp_path / "calls").read_text(errors="replace").splitlines()
    for ticket in tickets:
        written = next(n for n, call in enumerate(calls) if "-wal>" in call and ticket.ticket_id in call)
        asked = max(n for n, call in enumerate(calls[:written]) if _RECEIVED.search(call))
        synced = written + next(n for n, call in enumerate(calls[written:]) if _SYNCED.search(call))
        answered = asked + next(n for n, call in enumerate(calls[asked:]) if _SENT.search(call))
        assert asked < written < synced < answered
