"""What the mends are for: a call in which packets are lost on the way (aiortc with media/mend.py, in one process).

The voice is played by the sender's clock, which the time stamps of its packets tell: a machine that is busy for a while
sends, loses and plays the same packets, only later.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcdtlstransport import RTCDtlsTransport

from media import mend
from media.capture.source import PictureSource
from media.engine.paths import PathProtocol
from media.engine.tracks import PictureTrack
from media.messages import DeviceChoice, Open
from media.sound import BLOCK, PART, RATE, mended
from media.sound.playout import level
from media.sound.room import SoundRoom
from media.sound.track import VoiceTrack
from media.sound.voice import Voice

SOUNDS = 250  # five seconds
LOSS = 0.05
IN_BUFFER = 8  # packets that came and are not played yet
FOLLOWING = 2  # packets that may come between one and its copy: the loop sends the copies, and may be busy
PATIENCE = 60.0  # seconds; on a machine that has time the calls take five


class Listener:
    """Plays a voice in the place of a loudspeaker, ``FOLLOWING`` packets behind the newest."""

    def __init__(self, voice: Voice) -> None:
        self.level, self._parts, self._take = -96.0, 0, voice.add
        self._voice, self._first, self._newest, self._now = voice, -1, 0, 0  # samples
        voice._clock = lambda: self._now / RATE
        voice.add = self.add  # type: ignore[method-assign]

    def add(self, packet: Any) -> tuple[bool, Any]:
        """A packet came: what is due by then is played."""
        if self._first < 0:
            self._first = packet.timestamp
        stamp = packet.timestamp - self._first & 0xFFFFFFFF
        self._now = self._newest = max(self._newest, stamp if stamp < 1 << 31 else 0)
        told = self._take(packet)
        while (now := self._parts * PART) <= self._newest - FOLLOWING * BLOCK:
            self._now, self._parts = now, self._parts + 1
            self.level = max(self.level, level(self._voice.next_part()))
        return told

    @property
    def played(self) -> int:
        """What was played, in packets."""
        tally = self._voice.tally
        return tally.decoded + tally.fec + tally.concealed


async def connected(sender: RTCPeerConnection, receiver: RTCPeerConnection) -> None:
    await sender.setLocalDescription(await sender.createOffer())
    await receiver.setRemoteDescription(sender.localDescription)
    await receiver.setLocalDescription(await receiver.createAnswer())
    await sender.setRemoteDescription(receiver.localDescription)


async def test_the_voice_is_heard_and_the_picture_goes_on_at_five_percent_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mend.apply()
    chance, dropped = random.Random(5), 0
    through = RTCDtlsTransport._handle_rtp_data

    async def lossy(transport: Any, data: bytes, arrival_time_ms: int) -> None:
        nonlocal dropped
        if chance.random() < LOSS:
            dropped += 1
            return
        await through(transport, data, arrival_time_ms=arrival_time_ms)

    monkeypatch.setattr(RTCDtlsTransport, "_handle_rtp_data", lossy)
    config = RTCConfiguration(iceServers=[])
    sender, receiver = RTCPeerConnection(config), RTCPeerConnection(config)
    tracks: dict[str, Any] = {}
    receiver.on("track", lambda track: tracks.update({track.kind: track}))
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    await room.choose(DeviceChoice(kind="generated"), DeviceChoice(kind="none"))
    speaker = VoiceTrack(room)
    sender.addTrack(speaker)
    camera = Open(camera=DeviceChoice(kind="generated"), width=320, height=180)
    source = PictureSource(asyncio.get_running_loop(), lambda event: None, camera)
    source.start()
    sender.addTrack(PictureTrack(source))
    await connected(sender, receiver)
    voice = mended.voice_of(receiver, tracks["audio"])
    listener = Listener(voice)
    pictures: list[int] = []

    async def watch() -> None:
        while True:
            pictures.append((await tracks["video"].recv()).pts)

    watching = asyncio.create_task(watch())

    ends = time.monotonic() + PATIENCE
    while (listener.played < SOUNDS or len(pictures) < 20) and time.monotonic() < ends:
        await asyncio.sleep(0.05)
    (came,) = [s for s in (await receiver.getStats()).values() if s.type == "inbound-rtp" and s.kind == "audio"]
    tally = replace(voice.tally)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await sender.close()
    await receiver.close()
    await room.close()
    await source.close()

    assert dropped > 20
    assert listener.played >= SOUNDS
    # nothing that came is thrown away; aiortc's own buffer decodes 0.8 of it for ever
    assert abs(came.packetsReceived - tally.decoded) <= IN_BUFFER
    assert tally.concealed <= came.packetsLost  # nothing is made up that was not lost
    assert listener.level > -25  # the tone
    assert len(pictures) >= 20
    assert tracks["audio"]._queue.qsize() <= 1  # nothing of the sound takes aiortc's way


async def test_a_voice_that_goes_twice_is_whole_at_five_percent_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    mend.apply()
    chance, seen = random.Random(5), list[int]()
    fate = [(chance.random() < LOSS, chance.random() < LOSS) for _ in range(100 * SOUNDS)]  # of a packet and its copy
    dropped, gone = set[int](), set[int]()  # the first of two, and both so far
    late = 0  # came so much later than the first that they may have been made up
    through = PathProtocol.datagram_received

    def lossy(self: Any, data: bytes, addr: tuple[str, int]) -> None:
        nonlocal late
        if 127 < data[0] < 192 and not 191 < data[1] < 224:  # SRTP, no SRTCP
            number = int.from_bytes(data[2:4], "big")
            again = number in seen
            if not again:
                seen.append(number)
            place = seen.index(number)
            if fate[place][again]:
                if not again:
                    dropped.add(place)
                    gone.add(place)
                return
            late += place in gone and place + FOLLOWING < len(seen) - 1
            gone.discard(place)
        through(self, data, addr)

    monkeypatch.setattr(PathProtocol, "datagram_received", lossy)
    config = RTCConfiguration(iceServers=[])
    sender, receiver = RTCPeerConnection(config), RTCPeerConnection(config)
    tracks: list[Any] = []
    receiver.on("track", tracks.append)
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    await room.choose(DeviceChoice(kind="generated"), DeviceChoice(kind="none"))
    speaker = VoiceTrack(room)
    speaker.reported(LOSS, 2_000)
    sender.addTrack(speaker)
    await connected(sender, receiver)
    voice = mended.voice_of(receiver, tracks[0])
    listener = Listener(voice)

    async def figures() -> tuple[Any, Any]:
        (heard,) = [s for s in (await receiver.getStats()).values() if s.type == "inbound-rtp"]
        # after it: what is said between the two is waited for, not counted as heard only
        (said,) = [s for s in (await sender.getStats()).values() if s.type == "outbound-rtp"]
        return said, heard

    ends = time.monotonic() + PATIENCE
    while listener.played < SOUNDS // 2 and time.monotonic() < ends:
        await asyncio.sleep(0.05)
    room.stop_listening(speaker._spoken)  # and what is on its way arrives
    said, heard = await figures()
    while heard.packetsReceived + sum(all(fate[one]) for one in dropped) < said.packetsSent and time.monotonic() < ends:
        await asyncio.sleep(0.01)
        said, heard = await figures()
    await asyncio.gather(sender.close(), receiver.close(), room.close())
    assert listener.played >= SOUNDS // 2
    assert len(dropped) > 5
    assert len(gone) <= 1
    assert heard.packetsReceived == said.packetsSent - len(gone)  # a copy counts at neither end
    assert heard.packetsLost <= len(gone)
    assert voice.tally.fec + voice.tally.concealed <= late + len(gone) + 1  # each copy was there when it was needed


async def test_a_peer_has_no_voice_for_the_track_of_another() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    with pytest.raises(LookupError):
        mended.voice_of(peer, mend.RemoteTrack("audio"))
    await peer.close()


async def test_a_track_that_ends_says_so_to_its_reader() -> None:
    track = mend.RemoteTrack("audio")
    track._bounded.push(None)
    with pytest.raises(MediaStreamError):
        await track.recv()
