"""What the mends are for: a call in which packets are lost on the way (aiortc with media/mend.py, in one process)."""

from __future__ import annotations

import asyncio
import random
import time
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
from media.sound import mended
from media.sound.room import SoundRoom
from media.sound.track import VoiceTrack

SOUNDS = 250  # five seconds
LOSS = 0.05
HEARD, IN_BUFFER = 0.97, 8  # share of the packets that came which is decoded, but for so many still in the buffer


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
    room.playout.hear(voice)
    pictures: list[int] = []

    async def watch() -> None:
        while True:
            pictures.append((await tracks["video"].recv()).pts)

    watching = asyncio.create_task(watch())

    async def heard_what_came() -> bool:
        """A machine that was busy for a moment makes that up in a longer call; what is thrown away is lost for good."""
        stats = [s for s in (await receiver.getStats()).values() if s.type == "inbound-rtp" and s.kind == "audio"]
        played = sum((voice.tally.decoded, voice.tally.fec, voice.tally.concealed))
        return played >= SOUNDS and voice.tally.decoded >= HEARD * (stats[0].packetsReceived - IN_BUFFER)

    ends, level = time.monotonic() + 30, -96.0
    while not (heard := await heard_what_came()) and time.monotonic() < ends:
        await asyncio.sleep(0.05)
        level = max(level, room.playout.level)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await sender.close()
    await receiver.close()
    await room.close()
    await source.close()

    assert dropped > 20
    assert heard, voice.tally  # aiortc's own buffer stays at 0.8 for ever
    assert level > -25  # the tone
    assert len(pictures) > 20
    assert tracks["audio"]._queue.qsize() <= 1  # nothing of the sound takes aiortc's way


async def test_a_voice_that_goes_twice_is_whole_at_five_percent_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    mend.apply()
    chance, dropped = random.Random(5), 0
    through = PathProtocol.datagram_received

    def lossy(self: Any, data: bytes, addr: tuple[str, int]) -> None:
        nonlocal dropped
        if 127 < data[0] < 192 and not 191 < data[1] < 224 and chance.random() < LOSS:  # SRTP, no SRTCP
            dropped += 1
            return
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
    room.playout.hear(voice)
    ends = time.monotonic() + 30
    while voice.tally.decoded < SOUNDS // 2 and time.monotonic() < ends:
        await asyncio.sleep(0.05)
    (heard,) = [s for s in (await receiver.getStats()).values() if s.type == "inbound-rtp"]
    (said,) = [s for s in (await sender.getStats()).values() if s.type == "outbound-rtp"]
    await asyncio.gather(sender.close(), receiver.close(), room.close())
    assert dropped > 5
    assert heard.packetsLost <= 1
    assert said.packetsSent - IN_BUFFER <= heard.packetsReceived <= said.packetsSent  # a copy counts at neither end
    assert voice.tally.fec == 0


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
