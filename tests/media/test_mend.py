"""media/mend.py"""

from __future__ import annotations

import asyncio
import fractions
import queue
import threading
from typing import Any

import aiortc
import aiortc.rtcrtpreceiver
import av
import numpy as np
import pytest
from aiortc.codecs import get_capabilities
from aiortc.codecs.vpx import Vp8Encoder, VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from media import mend
from media.jitter import Encoded

VP8 = RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90000, payloadType=97)


def test_this_aiortc_is_the_one_the_mends_are_for() -> None:
    mend.self_test()
    assert {codec.mimeType for codec in get_capabilities("audio").codecs} >= {"audio/opus"}


def test_another_version_fails_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiortc, "__version__", "1.17.0")
    with pytest.raises(mend.MendError, match=r"1\.17\.0"):
        mend.apply()


@pytest.mark.parametrize(("owner", "name"), mend._EXPECTED, ids=[name for _, name in mend._EXPECTED])
def test_a_missing_attribute_fails_loudly(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    monkeypatch.delattr(owner, name)
    with pytest.raises(mend.MendError, match=name):
        mend.apply()


def test_a_receiver_that_makes_no_use_of_a_mend_fails_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    class Another:
        pass

    monkeypatch.setattr(aiortc.rtcrtpreceiver, "RTCRtpReceiver", Another)
    with pytest.raises(mend.MendError, match="no longer uses"):
        mend.apply()


async def test_a_track_nobody_reads_does_not_grow_and_gives_the_latest() -> None:
    track = mend.RemoteTrack("video")
    for number in range(300):
        track._bounded.push(number)
    assert track._bounded.qsize() == 1
    assert track.dropped == 299
    assert await track.recv() == 299


def coded(count: int) -> list[Encoded]:
    encoder = Vp8Encoder()
    frames = []
    for number in range(count):
        picture = av.VideoFrame.from_ndarray(np.full((270, 320), number * 8, dtype=np.uint8), format="yuv420p")
        picture.pts, picture.time_base = number * 3000, fractions.Fraction(1, 90_000)
        payloads, stamp = encoder.encode(picture)
        data = b"".join(VpxPayloadDescriptor.parse(payload)[1] for payload in payloads)
        frames.append(Encoded(data, 4_294_960_000 + stamp & 0xFFFFFFFF))  # wraps on the way
    return frames


async def decoded(tasks: list[Any]) -> tuple[list[Any], threading.Event]:
    """What the decoding thread makes of tasks, read at once, and whether it asks for a keyframe."""
    encoded: queue.Queue[Any] = queue.Queue()
    for task in [*tasks, None]:
        encoded.put(task)
    output, wrong = mend.BoundedQueue(100), threading.Event()
    await asyncio.to_thread(mend.decode, asyncio.get_running_loop(), encoded, output, wrong)
    frames = []
    while (frame := await asyncio.wait_for(output.get(), 10)) is not None:
        frames.append(frame)
    return frames, wrong


async def test_frames_that_came_together_are_all_decoded_with_their_own_times() -> None:
    first, *others = coded(4)
    first.following = others
    first.timestamp = 500  # as the receiver maps it
    frames, wrong = await decoded([(VP8, first)])
    assert [frame.pts for frame in frames] == pytest.approx([500, 3500, 6500, 9500], abs=1)  # aiortc cuts fractions
    assert not wrong.is_set()


async def test_a_backlog_is_left_out_and_a_keyframe_asked_for() -> None:
    frames, wrong = await decoded([(VP8, frame) for frame in coded(5)] + [(VP8, coded(1)[0])] * 40)
    assert len(frames) <= mend.MAX_UNDECODED + 1
    assert wrong.is_set()


async def test_a_broken_frame_asks_for_a_keyframe_and_decoding_goes_on() -> None:
    good = coded(3)
    frames, wrong = await decoded([(VP8, Encoded(b"\xff" * 40, 0)), *((VP8, frame) for frame in good)])
    assert wrong.is_set()
    assert len(frames) == 3


def test_a_machine_without_network_still_has_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mend, "_stock_host_addresses", lambda use_ipv4, use_ipv6: [])
    assert mend.host_addresses(True, True) == ["127.0.0.1"]
