"""media/engine/rehearsal.py: an engine tries a call with itself before the first real one."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from media import mend
from media.engine import connection, rehearsal

DEVICES = {"camera", "microphone", "loudspeaker"}  # names of their threads


async def test_the_engine_sees_and_hears_itself() -> None:
    mend.apply()
    told = await rehearsal.rehearse()
    assert (told.ok, told.problem) == (True, "")
    assert told.ms < 10_000


async def test_what_cannot_be_done_is_told_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> str:
        raise RuntimeError("no encryption here")

    mend.apply()
    monkeypatch.setattr(connection.Connection, "answer", broken)
    told = await rehearsal.rehearse()
    assert not told.ok
    assert "no encryption here" in told.problem


async def test_a_real_call_does_not_wait_for_it() -> None:
    mend.apply()
    task = asyncio.create_task(rehearsal.rehearse())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("after", [0.0, 0.05, 0.3])
async def test_a_call_cancels_it_more_than_once_and_none_of_its_devices_runs_on(after: float) -> None:
    mend.apply()
    task = asyncio.create_task(rehearsal.rehearse())
    await asyncio.sleep(after)
    for _ in range(3):  # Join, RemoteDescription, Leave
        task.cancel()
        await asyncio.sleep(0.002)
    await asyncio.gather(task, return_exceptions=True)
    ends = time.monotonic() + 5
    while (running := DEVICES & {thread.name for thread in threading.enumerate()}) and time.monotonic() < ends:
        await asyncio.sleep(0.01)
    assert not running
