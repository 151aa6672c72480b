"""A lost DTLS datagram costs a call the time of a repeat, not the second of OpenSSL's timer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack

from media import mend
from media.engine import handshake


async def seconds_to_connect(
    lost: set[int], monkeypatch: pytest.MonkeyPatch, until: Callable[[], bool] = lambda: True
) -> float:
    """Of two connections in this process, of whose DTLS datagrams these (counted from 0, both ends) are lost."""
    mend.apply()
    passed = -1
    stock = handshake.RTCIceTransport.__init__

    def lossy(self: Any, gatherer: Any) -> None:
        stock(self, gatherer)
        send = self._send

        async def lose(data: bytes) -> None:
            nonlocal passed
            if 19 < data[0] < 64:
                passed += 1
                if passed in lost:
                    return
            await send(data)

        self._send = lose

    monkeypatch.setattr(handshake.RTCIceTransport, "__init__", lossy)
    one, other = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    for end in (one, other):
        end.addTrack(AudioStreamTrack())
    began = time.monotonic()
    try:
        await one.setLocalDescription(await one.createOffer())
        await other.setRemoteDescription(one.localDescription)
        await other.setLocalDescription(await other.createAnswer())
        await one.setRemoteDescription(other.localDescription)
        async with asyncio.timeout(20):
            while not (one.connectionState == other.connectionState == "connected" and until()):
                await asyncio.sleep(0.005)
        return time.monotonic() - began
    finally:
        await asyncio.gather(one.close(), other.close())


@pytest.mark.parametrize("lost", [{0}, {1}, {2}, {3}, {0, 1, 2}], ids=str)
async def test_a_lost_flight_is_repeated_at_once(lost: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await seconds_to_connect(set(), monkeypatch)
    monkeypatch.undo()
    assert await seconds_to_connect(lost, monkeypatch) < whole + 0.7


async def test_once_media_came_nothing_stands_in_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bool] = []
    stock = handshake.Transport._noted_recv

    async def noted(self: handshake.Transport) -> bytes:
        data = await stock(self)
        if data[0] > 127:
            looked.append(self._send is self._plain_send and self._recv is self._plain_recv)
        return data

    monkeypatch.setattr(handshake.Transport, "_noted_recv", noted)
    await seconds_to_connect(set(), monkeypatch, until=lambda: len(looked) >= 2)
    assert looked == [True, True]
