"""media/sound/losses.py, mended.py, track.py: what we send, as the other end reports and asks."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from media.messages import DeviceChoice
from media.sound import BLOCK
from media.sound.losses import LEAST, UNHEARD, Care, Redundancy
from media.sound.mended import wishes
from media.sound.opus import SHORTEST, VOICE_RATE
from media.sound.room import SoundRoom
from media.sound.track import VoiceTrack
from tests.media.test_sound import until


def test_a_clean_line_pays_nothing_and_the_first_loss_brings_the_copies_back() -> None:
    losses = Redundancy()
    assert [losses.report(0.0, None, at).expected for at in (0.0, 1.0)] == [LEAST] * 2
    assert losses.report(0.0, None, 2.0) == Care(0.0)
    assert losses.report(0.01, None, 11.0).expected == LEAST
    assert losses.report(0.08, None, 12.0).expected == 8.0
    assert losses.report(0.0, None, 20.0).expected == 8.0  # the worst of ten seconds
    assert losses.report(0.0, None, 23.0).expected == LEAST
    assert losses.report(0.0, None, 42.0).expected == 0.0


def test_where_the_link_has_room_the_voice_goes_twice_and_loses_no_bits_to_copies() -> None:
    losses = Redundancy()
    assert losses.report(0.05, 2_000, 0.0) == Care(0.0, twice=True)
    assert losses.report(0.05, 300, 1.0) == Care(5.0, twice=False)
    assert losses.report(0.05, 100, 2.0) == Care(5.0, twice=False, sparing=True)
    assert losses.report(0.0, 2_000, 31.0).twice
    assert losses.report(0.0, 2_000, 62.0) == Care(0.0)


def test_a_lossy_link_that_has_only_begun_has_room_until_more_is_known() -> None:
    losses = Redundancy()
    assert losses.report(0.05, None, 0.0) == losses.report(0.05, 400, 1.0) == Care(0.0, twice=True)
    assert losses.report(0.05, 400, 2.5) == Care(5.0, twice=False)


async def test_the_first_packets_go_twice_until_somebody_says_what_was_lost() -> None:
    def said_twice(packets: int) -> int:
        before = len(said)
        for _ in range(packets):
            track._spoken(np.full(BLOCK, 1, dtype=np.int16))
        return sum(twice for _, _, twice in said[before:])

    said: list[tuple[bytes, int, bool]] = []
    for reported in (False, True):
        track = VoiceTrack(SoundRoom(asyncio.get_running_loop(), lambda event: None))
        track.speak_to(lambda *packet: said.append(packet))
        assert said_twice(50) == 50
        if reported:
            track.reported(0.0, 2_000)
        assert said_twice(100) == (0 if reported else UNHEARD - 50)
        track.stop()


def test_a_link_that_broke_is_not_one_that_loses() -> None:
    losses = Redundancy()
    losses.report(0.0, 2_000, 0.0)
    assert losses.report(0.9, 2_000, 10.0) == Care(0.0)


def test_the_other_ends_wishes_are_read_from_its_description() -> None:
    chromium = "m=audio 9\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    assert wishes(chromium) == (VOICE_RATE, False)
    ours = "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 minptime=10;useinbandfec=1;usedtx=1;stereo=0;maxaveragebitrate=24000"
    assert wishes(ours) == (24_000, True)
    assert wishes("m=video 9\r\na=rtpmap:97 VP8/90000\r\na=fmtp:97 usedtx=1\r\n") == (VOICE_RATE, False)


async def test_our_voice_is_coded_in_the_microphones_thread_and_little_is_sent_of_silence() -> None:
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    await room.choose(DeviceChoice(kind="generated"), DeviceChoice(kind="none"))
    track = VoiceTrack(room)
    track.follow("a=rtpmap:96 opus/48000/2\na=fmtp:96 usedtx=1")
    track.reported(0.05, 2_000)
    said: list[tuple[bytes, int, bool, str]] = []
    track.speak_to(lambda data, stamp, twice: said.append((data, stamp, twice, threading.current_thread().name)))
    await until(lambda: len(said) >= 3)
    (first, at, twice, thread), (_, then, _, _) = said[:2]
    assert (then - at, twice, thread) == (960, True, "microphone")
    assert 20 < len(first) < 200
    room.mute(True)
    await until(lambda: len(said[-1][0]) <= SHORTEST)
    place = len(said)
    await until(lambda: len(said) > place)
    assert said[place][1] - said[place - 1][1] > 5 * BLOCK  # a pause: the time goes on, the packets do not
    track.stop()
    assert track.ended.is_set()
    with pytest.raises(MediaStreamError):
        await track.recv()
    await room.close()


async def test_a_pause_that_is_no_silence_is_sent_unless_the_link_is_narrow() -> None:
    room = SoundRoom(asyncio.get_running_loop(), lambda event: None)
    track = VoiceTrack(room)
    encoder = track._encoder
    heard = []
    for usedtx in ("1", "0"):
        track.follow(f"a=rtpmap:96 opus/48000/2\na=fmtp:96 usedtx={usedtx}")
        for link, block in ((2_000, 1), (2_000, 0), (100, 1)):
            track.reported(0.0, link)
            track._spoken(np.full(BLOCK, block, dtype=np.int16))
            heard.append(encoder.pauses)
    assert heard == [False, True, True, False, False, False]
    track.stop()
