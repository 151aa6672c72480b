"""Consent to send (RFC 7675) between two ICE connections: kept over a long way, given up when nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from media import mend
from media.engine import paths
from media.engine.paths import PathConnection, PathProtocol

pytestmark = pytest.mark.asyncio
Pair = tuple[PathConnection, PathConnection]
WAY = 0.080  # seconds one way


class Way:
    """What lies between the two: every check and answer takes its time, or gets lost."""

    def __init__(self) -> None:
        self.seconds, self.cut = 0.0, False
        self.answers = 0

    def send(self, protocol: PathProtocol, message: Any, address: tuple[str, int]) -> None:
        if not self.cut:
            asyncio.get_running_loop().call_later(self.seconds, self._arrives, protocol, message, address)

    def _arrives(self, protocol: PathProtocol, message: Any, address: tuple[str, int]) -> None:
        if protocol.transport is not None and not protocol.transport.is_closing() and not self.cut:
            self.answers += message.message_class == message.message_class.RESPONSE
            protocol.transport.sendto(bytes(message), address)


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Way:
    mend.apply()
    made = Way()
    monkeypatch.setattr(PathProtocol, "send_stun", lambda *sent: made.send(*sent))
    monkeypatch.setattr(paths, "CONSENT_EVERY", (0.01, 0.02))
    monkeypatch.setattr(paths, "CONSENT_FOR", 1.0)
    return made


@pytest_asyncio.fixture
async def ends(way: Way) -> AsyncIterator[Pair]:
    ours, theirs = PathConnection(ice_controlling=True), PathConnection(ice_controlling=False)
    for one in (ours, theirs):
        await one.gather_candidates()
    for one, other in ((ours, theirs), (theirs, ours)):
        one.remote_username, one.remote_password = other.local_username, other.local_password
        for candidate in other.local_candidates:
            await one.add_remote_candidate(candidate)
        await one.add_remote_candidate(None)
    async with asyncio.timeout(10):
        await asyncio.gather(ours.connect(), theirs.connect())
    yield ours, theirs
    await asyncio.gather(ours.close(), theirs.close())


async def test_a_path_of_a_long_way_keeps_its_consent(way: Way, ends: Pair) -> None:
    """A round trip of 160 ms, as from a kiosk on a mobile network: for many times as long as a consent holds."""
    way.seconds, before = WAY, way.answers
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(20):
        while loop.time() - began < 3 * paths.CONSENT_FOR or way.answers < before + 10:
            assert all(end.established for end in ends), "given up although the other end answers"
            await asyncio.sleep(0.01)


async def test_who_is_not_answered_any_more_stops_sending(way: Way, ends: Pair) -> None:
    way.cut = True
    async with asyncio.timeout(10):
        with pytest.raises(ConnectionError):  # ``recv`` ends, and with it all that is built on the path
            await ends[0].recv()
    assert not ends[0].established
