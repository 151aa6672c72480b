"""media/engine/connection.py with a foreign client at the other end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.rtcrtpsender import RTCRtpSender

from media import mend
from media.engine.connection import Connection
from media.messages import Event
from media.sound.file import LoopedMicrophone, silence
from media.sound.playout import Playout


class Place:
    """A studio without devices."""

    def __init__(self) -> None:
        self.shown: list[Any] = []
        self.asked: list[str] = []
        self.reports: list[float] = []
        self.playout = Playout()

    def picture_track(self) -> Any:
        track = VideoStreamTrack()
        track.sent = 0
        return track

    def voice_track(self) -> Any:
        track = AudioStreamTrack()
        track.follow = self.asked.append
        track.reported = lambda lost, room: self.reports.append(lost)
        return track

    async def show(self, picture: Any, taken_at: float) -> None:
        self.shown.append(picture)

    def hear(self, voice: Any) -> None:
        self.playout.hear(voice)
        self.speaker = LoopedMicrophone(silence())  # its beat stands for a loudspeaker's
        self.speaker.start(lambda _: self.playout.next_part(), lambda _: None)

    def hush(self, voice: Any) -> None:
        self.speaker.close()
        self.playout.hush(voice)

    def tell(self, event: Event) -> None:
        raise AssertionError(event)


@pytest.mark.parametrize("kinds", [("audio", "video"), ("video", "audio")])
async def test_an_offer_in_any_order_is_answered_with_candidates_and_only_our_codecs(kinds: tuple[str, str]) -> None:
    mend.apply()
    place = Place()
    foreign = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks = {"audio": AudioStreamTrack(), "video": VideoStreamTrack()}
    for kind in kinds:
        foreign.addTrack(tracks[kind])
    h264_first = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType != "video/VP8"]
    everything = h264_first + [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType == "video/VP8"]
    next(t for t in foreign.getTransceivers() if t.kind == "video").setCodecPreferences(everything)
    await foreign.setLocalDescription(await foreign.createOffer())

    firsts: list[str] = []
    both = asyncio.Event()

    def first(kind: str) -> None:
        firsts.append(kind)
        if len(firsts) == 2:
            both.set()

    connection = Connection(place, [], first, lambda: None)
    answer = await connection.answer(foreign.localDescription.sdp)
    assert "H264" not in answer
    assert "PCMU" not in answer
    assert all("a=candidate" in section or index for index, section in enumerate(answer.split("m=")[1:]))
    await foreign.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    await asyncio.wait_for(both.wait(), 20)
    counts = await connection.counts()
    assert counts.packets_in > 0
    assert counts.bytes_out > 0
    assert counts.sound_in > 0
    assert place.asked == [foreign.localDescription.sdp]
    assert "useinbandfec=1;usedtx=1" in answer
    assert not connection.awaits_answer
    await connection.close()
    await foreign.close()
