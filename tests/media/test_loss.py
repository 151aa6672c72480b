"""What the mends are for: a call in which packets are lost on the way (aiortc with media/mend.py, in one process)."""

from __future__ import annotations

import asyncio
import fractions
import random
import time
from typing import Any

import av
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcdtlstransport import RTCDtlsTransport

from media import mend

SOUNDS = 250  # five seconds
LOSS = 0.05


class Speaker(MediaStreamTrack):
    """A voice that says its own number: the loudness of each 20 ms grows."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._number, self._began = 0, time.monotonic()

    async def recv(self) -> Any:
        await asyncio.sleep(max(0.0, self._began + self._number * 0.02 - time.monotonic()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(np.full(960, self._number, dtype=np.int16).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self._number * 960, fractions.Fraction(1, 48_000)
        self._number += 1
        return frame


class Film(MediaStreamTrack):
    """Thirty small pictures a second, each different."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._number, self._began = 0, time.monotonic()

    async def recv(self) -> Any:
        await asyncio.sleep(max(0.0, self._began + self._number / 30 - time.monotonic()))
        blocks = np.random.default_rng(self._number).integers(0, 255, (9, 8), dtype=np.uint8)
        planes = np.ascontiguousarray(np.kron(blocks, np.ones((30, 40), dtype=np.uint8)))
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = self._number * 3000, fractions.Fraction(1, 90_000)
        self._number += 1
        return frame


async def connected(sender: RTCPeerConnection, receiver: RTCPeerConnection) -> None:
    await sender.setLocalDescription(await sender.createOffer())
    await receiver.setRemoteDescription(sender.localDescription)
    await receiver.setLocalDescription(await receiver.createAnswer())
    await sender.setRemoteDescription(receiver.localDescription)


async def test_what_arrives_is_heard_and_the_picture_goes_on_at_five_percent_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mend.apply()
    chance, passed, dropped = random.Random(5), 0, 0
    through = RTCDtlsTransport._handle_rtp_data

    async def lossy(transport: Any, data: bytes, arrival_time_ms: int) -> None:
        nonlocal passed, dropped
        if chance.random() < LOSS:
            dropped += 1
            return
        passed += 1
        await through(transport, data, arrival_time_ms=arrival_time_ms)

    monkeypatch.setattr(RTCDtlsTransport, "_handle_rtp_data", lossy)
    config = RTCConfiguration(iceServers=[])
    sender, receiver = RTCPeerConnection(config), RTCPeerConnection(config)
    tracks: dict[str, Any] = {}
    receiver.on("track", lambda track: tracks.update({track.kind: track}))
    sender.addTrack(Speaker())
    sender.addTrack(Film())
    await connected(sender, receiver)
    stamps: list[int] = []
    pictures: list[int] = []

    async def watch() -> None:
        while True:
            pictures.append((await tracks["video"].recv()).pts)

    watching = asyncio.create_task(watch())
    while not stamps or stamps[-1] < (SOUNDS - 1) * 960:
        frame = await asyncio.wait_for(tracks["audio"].recv(), 20)
        stamps.append(frame.pts)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    stats = [s for s in (await receiver.getStats()).values() if s.type == "inbound-rtp" and s.kind == "audio"]
    await sender.close()
    await receiver.close()

    assert dropped > 20
    assert stamps == sorted(set(stamps))
    assert len(stamps) >= 0.97 * (stats[0].packetsReceived - 8)  # but for those still on their way through
    assert len(pictures) > 20


async def test_a_track_that_ends_says_so_to_its_reader() -> None:
    track = mend.RemoteTrack("audio")
    track._bounded.push(None)
    with pytest.raises(MediaStreamError):
        await track.recv()
