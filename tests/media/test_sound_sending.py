"""media/sound/losses.py, mended.py, track.py: what we send, as the other end reports and asks."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from media.messages import DeviceChoice
from media.sound import BLOCK
from media.sound.losses import LEAST, ExpectedLoss
from media.sound.mended import wishes
from media.sound.opus import VOICE_RATE
from media.sound.room import SoundRoom
from media.sound.track import VoiceTrack


def test_a_clean_line_stops_paying_for_losses_and_the_first_one_brings_them_back() -> None:
    losses = ExpectedLoss()
    assert [losses.report(0.0, at) for at in range(10)] == [LEAST] * 10
    assert losses.report(0.0, 10.0) == 0.0
    assert losses.report(0.01, 11.0) == LEAST
    assert losses.report(0.08, 12.0) == 8.0
    assert losses.report(0.0, 20.0) == 8.0  # the worst of ten seconds
    assert losses.report(0.0, 23.0) == LEAST
    assert losses.report(0.0, 42.0) == 0.0


def test_the_other_ends_wishes_are_read_from_its_description() -> None:
    chromium = "m=audio 9\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    assert wishes(chromium) == (VOICE_RATE, False)
    ours = "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 minptime=10;useinbandfec=1;usedtx=1;stereo=0;maxaveragebitrate=24000"
    assert wishes(ours) == (24_000, True)
    assert wishes("m=video 9\r\na=rtpmap:97 VP8/90000\r\na=fmtp:97 usedtx=1\r\n") == (VOICE_RATE, False)


async def test_our_track_sends_coded_packets_and_little_in_silence() -> None:
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    await room.choose(DeviceChoice(kind="generated"), DeviceChoice(kind="none"))
    track = VoiceTrack(room)
    track.follow("a=rtpmap:96 opus/48000/2\na=fmtp:96 usedtx=1")
    track.reported(0.05)
    first, second = await track.recv(), await track.recv()
    assert second.pts - first.pts == 960
    assert 20 < len(bytes(second)) < 200
    room.mute(True)
    packets = [await asyncio.wait_for(track.recv(), 10) for _ in range(6)]
    await asyncio.sleep(0)
    assert packets[-1].pts > packets[0].pts  # a pause: the time goes on, the packets do not
    track.stop()
    room.mute(False)
    with pytest.raises(MediaStreamError):
        await asyncio.wait_for(track.recv(), 10)
    await room.close()


async def test_what_a_slow_loop_forgot_is_not_taken_for_delay() -> None:
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    track = VoiceTrack(room)
    tone = np.full(BLOCK, 9000, dtype=np.int16)
    for _ in range(10):  # four are kept
        room._spread(tone)
    stamps = [(await track.recv()).pts for _ in range(4)]
    assert stamps == [place * BLOCK for place in range(6, 10)]
    track.stop()
