"""Fifty calls one after the other between the same two engines: nothing is left of a call that is over."""

from __future__ import annotations

import asyncio
import statistics

import psutil
import pytest

from ground.ids import new_id
from media.messages import FirstFrame, FirstSound, Leave, Opened, State
from tests.media.two_engines import End, couple

CALLS, SETTLED, LAST = 51, (10, 15, 20), (40, 45, 50)  # those after which it was waited
pytestmark = pytest.mark.slow


async def test_fifty_calls_leave_memory_threads_and_sockets_as_they_were() -> None:
    kiosk, operator = End("kiosk"), End("operator")
    couple(kiosk, operator)
    ends = (kiosk, operator)
    for end in ends:
        await end.start()
        end.open(width=1280, height=720)
    for end in ends:
        await end.until(Opened)
    rss: dict[str, list[float]] = {end.role: [] for end in ends}
    held: dict[str, list[tuple[int, int]]] = {end.role: [] for end in ends}
    try:
        for _ in range(CALLS):
            session, marks = new_id(), {end.role: len(end.events) for end in ends}
            operator.join(offerer=False, session_id=session)
            kiosk.join(offerer=True, session_id=session)
            for end in ends:
                await end.until(FirstFrame, after=marks[end.role])
                await end.until(FirstSound, after=marks[end.role])
            for end in ends:
                end.engine.send(Leave(session_id=session))
                await end.until(State, after=marks[end.role], state="closed")
            await asyncio.sleep(0.5 if len(rss["kiosk"]) % 5 else 2.0)  # each fifth time until it has given back
            for end in ends:
                process = psutil.Process(end.engine.pid)
                rss[end.role].append(process.memory_info().rss / 2**20)
                held[end.role].append((process.num_threads(), process.num_fds()))
    finally:
        for end in ends:
            await end.engine.close()
    for role, sizes in rss.items():
        before, after = (statistics.median(sizes[call] for call in calls) for calls in (SETTLED, LAST))
        print([round(one) for one in sizes])
        print(
            f"{role}: {sizes[0]:.0f} MiB after one call, {before:.0f} after 15, {after:.0f} after 45; {held[role][-1]}"
        )
        assert after - before < 15, sizes
        threads, files = (max(one[place] for one in held[role][-5:]) for place in (0, 1))
        assert threads <= max(one[0] for one in held[role][5:15])
        assert files <= max(one[1] for one in held[role][5:15])
