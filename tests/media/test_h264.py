"""media/picture/avc.py and openh264.py: H.264 in RTP, coded by OpenH264, in calls of our own and with other clients."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import h264_depayload
from hypothesis import given
from hypothesis import strategies as st

from ground import signing
from media import mend
from media.capture.paper import PageCamera
from media.descriptions import fingerprint_of
from media.engine import rehearsal
from media.engine.connection import Connection
from media.jitter import PictureBuffer
from media.messages import Codec, FirstFrame, LocalDescription, Quality, RemoteDescription, SignedDescription
from media.picture import avc, openh264
from media.picture.encoders import H264, can_code
from tests.media.test_jitter import Packet
from tests.media.test_picture_coder import film, needs_openh264
from tests.media.test_sharing import write_page
from tests.media.two_engines import SESSION, End

unit = st.builds(
    lambda head, body: bytes([head]) + body.replace(b"\0", b"\1") + b"\x80",
    st.sampled_from([0x67, 0x68, 0x65, 0x41, 0x06, 0x09]), st.binary(max_size=400),
)  # fmt: skip


@given(st.lists(unit, min_size=1, max_size=8), st.integers(40, 300), st.booleans())
def test_what_was_split_is_joined_again_and_no_payload_is_too_long(units: list[bytes], most: int, short: bool) -> None:
    start = b"\0\0\1" if short else b"\0\0\0\1"
    parts = avc.payloads(b"".join(start + one for one in units), most)
    assert all(0 < len(part) <= most for part in parts)
    assert b"".join(map(h264_depayload, parts)) == b"".join(b"\0\0\0\1" + one for one in units)
    assert any(map(avc.keyframe_begins, parts)) == any(one[0] == 0x67 for one in units)


@given(st.binary(max_size=60))
def test_no_payload_from_outside_breaks_the_look_for_a_keyframe(payload: bytes) -> None:
    assert avc.keyframe_begins(payload) in (True, False)


@pytest.mark.parametrize(
    ("fmtp", "blocks"),
    [
        ("profile-level-id=42e01f;packetization-mode=1", 3600),
        ("packetization-mode=1; profile-level-id=42E00D", 396),
        (";".join(f"{name}={value}" for name, value in avc.OFFERED.items()), 8192),
        ("packetization-mode=1;profile-level-id=42zz1f;max-fs=many", 3600),
        ("packetization-mode=1;profile-level-id=42c00a", 49),
        ("apt=98", 3600),
    ],
)
def test_how_large_a_picture_the_other_end_reads_is_in_its_description(fmtp: str, blocks: int) -> None:
    assert (
        avc.blocks_read(f"m=video 9 X 99\r\na=fmtp:98 profile-level-id=42e034\r\na=fmtp:99 {fmtp}\r\n", 99, 30)
        == blocks
    )


@given(st.integers(8, 960), st.integers(8, 540), st.integers(99, 9000))
def test_a_picture_keeps_its_shape_within_what_is_read(half_width: int, half_height: int, blocks: int) -> None:
    width, height = 2 * half_width, 2 * half_height
    wide, tall = avc.within(width, height, blocks)
    assert wide % 2 == tall % 2 == 0
    assert wide <= max(16, width)
    assert tall <= max(16, height)
    if tall > 16:
        assert -(-wide // 16) * -(-tall // 16) <= blocks
        assert abs(wide / tall - width / height) < 2.5 / tall * max(1, width / height)


def test_a_keyframe_behind_a_hole_is_found_though_a_delimiter_stands_before_it() -> None:
    now = [0.0]
    buffer = PictureBuffer(lambda: now[0], avc.keyframe_begins)

    def take(sequence: int, stamp: int, marker: int, payload: bytes) -> Any:
        return buffer.add(Packet(sequence, stamp, marker, payload, payload))[1]

    assert take(1, 0, 1, b"\x67a") is not None
    take(3, 2, 1, b"\x41b")  # the one before it never comes
    now[0] = 1.0
    for sequence, payload in ((4, b"\x09"), (5, b"\x67c"), (6, b"\x68d")):
        assert take(sequence, 3, 0, payload) is None
    assert take(7, 3, 1, b"\x65e").data == b"\x67c\x68d\x65e"


# --- the coder ------------------------------------------------------------------------------------------------


@needs_openh264
def test_structures_are_laid_out_as_the_headers_say() -> None:
    """Sizes printed by a C program with the headers of libopenh264-dev 2.3.1."""
    import ctypes

    sizes = {"_Parameters": 920, "_Layer": 200, "_Slices": 152, "_LayerBits": 40, "_Bits": 5144, "_Picture": 72}
    assert {name: ctypes.sizeof(getattr(openh264, name)) for name in sizes} == sizes
    places = {"layers": 32, "complexity": 832, "frame_skip": 860, "max_nal": 876, "denoise": 908, "idr_percent": 916}
    assert {name: getattr(openh264._Parameters, name).offset for name in places} == places


@needs_openh264
def test_rate_and_pictures_a_second_follow_and_none_of_it_costs_a_keyframe() -> None:
    pictures, sizes, pts = film(30, 640, 360, grain=14), dict[int, int](), 0
    encoder, decoder, keys = openh264.H264(640, 360, 900), av.CodecContext.create("h264", "r"), 0
    decoder.thread_count, seen = 1, 0
    for kbps in (900, 250, 1200):
        encoder.set_rate(kbps)
        data = []
        for picture in pictures:
            found, key = encoder.encode(picture, pts, 3000)
            data.append(found)
            seen += sum(len(decoder.decode(av.Packet(part))) for part in ([found] if found else []))
            pts, keys = pts + 3000, keys + key
        sizes[kbps] = sum(map(len, data[10:]))
    assert keys == 1
    assert seen >= 3 * 30 - 6  # the rate control may leave one out after a fall
    assert 2.5 * sizes[250] < sizes[900] < sizes[1200]
    for place in range(10):
        assert not encoder.encode(pictures[place], pts + place * 9000, 9000)[1]
    assert encoder.encode(pictures[0], pts + 99_000, 9000, keyframe=True)[1]
    with pytest.raises(openh264.OpenH264Error):
        encoder.encode(film(1)[0], pts + 200_000, 3000)
    encoder.close()


@needs_openh264
def test_text_is_sharp_at_once_at_five_a_second_and_300_kbit_and_then_costs_nothing(tmp_path: Any) -> None:
    planes = PageCamera(write_page(tmp_path).path, 1920, 1080, 100).read()
    encoder, decoder, sizes, sharp = openh264.H264(1920, 1080, 300, True), av.CodecContext.create("h264", "r"), [], []
    for place in range(26):
        data, _ = encoder.encode(planes, place * 18_000, 18_000)
        sizes.append(len(data))
        for frame in decoder.decode(av.Packet(data)):
            error = frame.to_ndarray(format="yuv420p")[:1080].astype(float) - planes[:1080]
            sharp.append(10 * np.log10(255**2 / np.mean(error**2)))
    assert sum(sizes[:10]) * 8 < 2.5 * 300_000
    assert sharp[0] > 35
    assert sharp[-1] > 42
    assert encoder.sharp


def test_without_the_library_it_is_not_offered_and_the_log_says_so() -> None:
    program = (
        "from media import mend; mend.apply()\nfrom media.engine.rehearsal import Stage\n"
        "from media.engine.connection import Connection\nimport asyncio\n"
        "async def offer():\n stage = Stage(); ours = Connection(stage, [], print, print, codecs=['H264'])\n"
        " text = await ours.offer(); print('H264' in text, 'VP8' in text); await ours.close()\nasyncio.run(offer())"
    )
    environment = {"PATH": "/usr/bin", openh264.LIBRARY: "/no/such/library.so"}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "False True"
    assert "H.264 is not offered" in told.stdout + told.stderr


# --- in calls -------------------------------------------------------------------------------------------------


@needs_openh264
@pytest.mark.parametrize(
    ("offers", "answers", "sent", "heard"),
    [
        (["H264"], ["VP8", "H264"], H264, H264),
        (["VP8", "H264"], ["H264", "VP8"], "video/vp8", H264),  # each sends what it likes best
        (["VP8"], ["H264", "VP8"], "video/vp8", "video/vp8"),
    ],
)
async def test_our_own_ends_agree_on_a_codec_and_see_each_other(
    offers: list[Codec], answers: list[Codec], sent: str, heard: str
) -> None:
    mend.apply()
    stage, seen, both = rehearsal.Stage(), set[str](), asyncio.Event()

    def end(name: str, codecs: list[Codec]) -> Connection:
        def first(kind: str) -> None:
            seen.add(name + kind)
            if {"onevideo", "othervideo"} <= seen:
                both.set()

        return Connection(stage, [], first, lambda: None, codecs=codecs)

    one, other = end("one", offers), end("other", answers)
    await stage.open()
    try:
        await one.accept(await other.answer(await one.offer()))
        async with asyncio.timeout(20):
            await both.wait()
        kinds = [next(s for s in c._peer.getSenders() if s.kind == "video")._coder for c in (one, other)]
        assert [coder.kind for coder in kinds] == [sent, heard]
        assert [coder.blocks for coder in kinds] == [8192 if kind == H264 else None for kind in (sent, heard)]
    finally:
        await one.close()
        await other.close()
        await stage.close()


ANSWER = """async (offer) => {
  const peer = window.peer = new RTCPeerConnection({bundlePolicy: "max-bundle"});
  window.seen = document.createElement("video"); seen.muted = true; seen.autoplay = true;
  peer.ontrack = (event) => { if (event.track.kind === "video") seen.srcObject = new MediaStream([event.track]); };
  await peer.setRemoteDescription({type: "offer", sdp: offer});
  const media = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 360}, audio: true});
  for (const track of media.getTracks()) peer.addTrack(track, media);
  await peer.setLocalDescription(await peer.createAnswer());
  if (peer.iceGatheringState !== "complete") await new Promise((done) =>
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done());
  return peer.localDescription.sdp;
}"""
COUNTS = """async () => {
  const found = {};
  for (const one of (await peer.getStats()).values()) {
    if (one.type === "codec") found[one.id] = one.mimeType;
    if (one.type === "inbound-rtp" && one.kind === "video") found.seen = [one.framesDecoded, one.codecId];
    if (one.type === "outbound-rtp" && one.kind === "video") found.sent = [one.framesEncoded, one.codecId];
  }
  return [found.seen[0], found[found.seen[1]], found.sent[0], found[found.sent[1]]];
}"""


@needs_openh264
@pytest.mark.slow
async def test_chromium_sees_our_h264_and_we_see_its() -> None:
    from playwright.async_api import async_playwright

    from tests.browser.test_visitor_page import CHROMIUM

    ours, stranger = End("kiosk"), End("operator")
    ours.peer, ours.silent = stranger, True
    await ours.start()
    try:
        ours.open()
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
            page = await browser.new_page()
            await page.goto("chrome://version")  # a secure context, for the fake camera
            ours.join(offerer=True, codecs=["H264"])  # only now: an offer waits for its answer a few seconds
            said = await ours.until(LocalDescription)
            assert "VP8" not in said.sdp
            answer = await page.evaluate(ANSWER, said.sdp)
            fingerprint, nonce = fingerprint_of(answer), said.nonce[:32] + "00" * 16
            text = signing.description_text(SESSION, "operator", fingerprint, nonce)
            described = SignedDescription(
                kind="answer", sdp=answer, fingerprint=fingerprint, nonce=nonce, signature=stranger.key.sign(text)
            )
            ours.engine.send(RemoteDescription(session_id=SESSION, description=described))
            await ours.until(FirstFrame)
            async with asyncio.timeout(60):
                while (told := await page.evaluate(COUNTS))[0] < 60 or told[2] < 60:
                    await asyncio.sleep(0.2)
            assert told[1] == told[3] == "video/H264"
            await until_quality(ours, lambda q: q.codec == "H264" and q.fps_in > 5)
            await browser.close()
    finally:
        await ours.engine.close()


async def until_quality(end: End, wanted: Callable[[Quality], bool]) -> None:
    async with asyncio.timeout(20):
        while not any(isinstance(event, Quality) and wanted(event) for event in end.events):
            await asyncio.sleep(0.1)


def test_what_cannot_be_coded_here_is_known() -> None:
    assert can_code("video/vp8")
    assert not can_code("video/av1")
