"""media/picture/sender.py and receiver.py between two connections of aiortc in one process, with a link that loses."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcdtlstransport import RTCDtlsTransport

from media import mend
from media.capture.source import PictureSource
from media.engine.tracks import PictureTrack
from media.messages import DeviceChoice, Event, Open
from media.picture.sender import PictureSender
from media.timecode import read

ORDER = Open(camera=DeviceChoice(kind="generated"), width=640, height=360)


class Pair:
    """A sender, a receiver, and what of the sender's packets is lost on the way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        mend.apply()
        config = RTCConfiguration(iceServers=[])
        self.one, self.other = RTCPeerConnection(config), RTCPeerConnection(config)
        self.told: list[Event] = []
        self.source = PictureSource(asyncio.get_running_loop(), self.told.append, ORDER)
        self.loses: Callable[[bytes], bool] = lambda data: False
        self.passed = 0
        through = RTCDtlsTransport._handle_rtp_data

        async def link(transport: Any, data: bytes, arrival_time_ms: int) -> None:
            if not self.loses(data):
                self.passed += 1
                await through(transport, data, arrival_time_ms=arrival_time_ms)

        monkeypatch.setattr(RTCDtlsTransport, "_handle_rtp_data", link)

    async def connect(self) -> None:
        self.source.start()
        self.one.addTrack(PictureTrack(self.source))
        await self.one.setLocalDescription(await self.one.createOffer())
        await self.other.setRemoteDescription(self.one.localDescription)
        await self.other.setLocalDescription(await self.other.createAnswer())
        await self.one.setRemoteDescription(self.other.localDescription)
        self.track = self.other.getReceivers()[0].track

    @property
    def sender(self) -> PictureSender:
        sender = self.one.getSenders()[0]
        assert isinstance(sender, PictureSender)
        return sender

    async def counters(self, count: int) -> list[int]:
        """The numbers in so many pictures that arrive."""
        found = []
        while len(found) < count:
            frame = await asyncio.wait_for(self.track.recv(), 20)
            code = read(frame.to_ndarray(format="gray"))
            assert code is not None
            found.append(code.counter)
        return found

    async def close(self) -> None:
        await self.one.close()
        await self.other.close()
        await self.source.close()


@pytest.fixture
async def pair(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    made = Pair(monkeypatch)
    yield made
    await made.close()


async def test_every_picture_arrives_although_a_tenth_of_the_packets_is_lost(pair: Pair) -> None:
    await pair.connect()
    chance = random.Random(3)
    await pair.counters(5)
    pair.loses = lambda data: chance.random() < 0.10
    found = await pair.counters(60)
    asking = pair.other.getReceivers()[0].asking
    assert asking.came > 0
    steps = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert min(steps) >= 1
    assert sum(steps) < 90  # none, or hardly any, is left out for good


async def test_the_encoder_is_there_before_the_connection_and_ends_with_it(pair: Pair) -> None:
    pair.source.start()
    pair.one.addTrack(PictureTrack(pair.source))
    pair.sender.prepare()
    coder = pair.sender._coder
    assert coder is not None
    assert coder._thread.is_alive()
    await pair.one.close()
    await asyncio.to_thread(coder._thread.join, 5)
    assert not coder._thread.is_alive()
    assert coder.work.pictures == 0


async def test_the_first_picture_is_seen_although_its_first_packet_is_lost(pair: Pair) -> None:
    lost: list[bytes] = []

    def first(data: bytes) -> bool:
        if lost:
            return False
        lost.append(data)
        return True

    pair.loses = first
    await pair.connect()
    number = (await pair.counters(1))[0]
    assert lost
    assert pair.sender.sending.keyframes == 1
    assert (await pair.counters(1))[0] > number


async def test_a_frozen_picture_is_asked_for_anew_and_comes_within_a_second(pair: Pair) -> None:
    await pair.connect()
    await pair.counters(5)
    keyframes = pair.sender.sending.keyframes
    lost: set[int] = set()

    def one_for_ever(data: bytes) -> bool:
        sequence, payload_type = int.from_bytes(data[2:4], "big"), data[1] & 0x7F
        kinds.add(payload_type)
        if not lost and payload_type == min(kinds):
            lost.add(sequence)
            return True
        return payload_type != min(kinds)  # and nothing is ever sent again

    kinds: set[int] = {pair.sender._stream.payload_type}
    pair.loses = one_for_ever
    began = time.monotonic()
    while pair.sender.sending.keyframes == keyframes:
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.01)
    asked_within = time.monotonic() - began
    before = (await pair.counters(1))[0]
    assert (await pair.counters(1))[0] > before
    assert asked_within < 1.0  # 250 ms of patience, the rest is this machine's


async def test_no_picture_made_before_a_still_leaves_after_it(pair: Pair) -> None:
    await pair.connect()
    await pair.counters(5)
    pair.source.show_still(True)
    seen: list[bool] = []
    while not seen or seen[-1]:
        frame = await asyncio.wait_for(pair.track.recv(), 20)
        seen.append(read(frame.to_ndarray(format="gray")) is not None)
    for _ in range(3):
        frame = await asyncio.wait_for(pair.track.recv(), 20)
        assert read(frame.to_ndarray(format="gray")) is None


async def test_a_narrow_link_is_followed_and_named(pair: Pair) -> None:
    await pair.connect()
    await pair.counters(5)
    pair.sender._estimate = 200  # what a receiver's REMB says
    ends = time.monotonic() + 20
    while pair.sender.sending.height > 240 or pair.sender.sending.limit != "link":
        assert time.monotonic() < ends
        pair.sender._estimate = 100
        await pair.track.recv()
    assert pair.sender.sending.kbps <= 100
