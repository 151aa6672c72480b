"""A whole call between two engine processes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from media.messages import FirstFrame, FirstSound, Ready, State
from tests.media.two_engines import End, couple


@pytest.fixture
async def ends() -> AsyncIterator[tuple[End, End]]:
    kiosk, operator = End("kiosk"), End("operator")
    couple(kiosk, operator)
    await kiosk.start()
    await operator.start()
    yield kiosk, operator
    await kiosk.engine.close()
    await operator.engine.close()


async def hold_a_call(kiosk: End, operator: End) -> None:
    for end in (kiosk, operator):
        end.open()
    for end in (kiosk, operator):
        await end.until(Ready)
    operator.join(offerer=False)
    kiosk.join(offerer=True)
    for end in (kiosk, operator):
        await end.until(State, state="live")


async def test_each_end_sees_the_other_and_itself(ends: tuple[End, End]) -> None:
    kiosk, operator = ends
    await hold_a_call(kiosk, operator)
    for end in ends:
        first = await end.until(FirstFrame)
        assert 0 < first.ms < 20_000
        await end.until(FirstSound)
        for ring in ("remote", "local"):
            codes = await end.codes(ring, 10)
            counters = [code.counter for code in codes]
            assert counters == sorted(counters)
