"""media/picture/vpx.py and coder.py: what is coded can be decoded, and the rate changes without keyframes."""

from __future__ import annotations

import itertools
import threading
import time
from datetime import datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any
from unittest import mock

import av
import numpy as np
import pytest

from media.capture import generated
from media.capture.generated import GeneratedCamera
from media.picture import coder, openh264, vpx
from media.picture.adaptation import Wanted
from media.picture.coder import Coded, Coder
from media.picture.encoders import H264, VP8, PyAvVp8
from media.picture.pacing import CodingTime, Pacer, relieved
from media.picture.rest import SHARPENS, Rest

needs_vpx = pytest.mark.skipif(not vpx.available(), reason="no libvpx that can be opened by ctypes")
needs_openh264 = pytest.mark.skipif(not openh264.available(), reason="no OpenH264 (libopenh264-7)")


class FilmClock:
    """Thirty pictures a second, so that the same film is drawn however long the machine takes for it."""

    at = 0.0

    def monotonic(self) -> float:
        self.at += 1 / 30
        return self.at

    def now(self, zone: tzinfo) -> datetime:
        return datetime(2026, 3, 1, tzinfo=zone) + timedelta(seconds=self.at)


def film(count: int, width: int = 320, height: int = 180, grain: int = 6) -> list[Any]:
    camera, chance, clock = GeneratedCamera(width, height, 1000), np.random.default_rng(1), FilmClock()
    with mock.patch.multiple(generated, time=clock, datetime=clock):
        pictures = [camera.read() for _ in range(count)]
    for picture in pictures:
        dirt = chance.integers(0, grain, (height, width))
        picture[:height] = np.clip(picture[:height] + dirt, 0, 255)
    return pictures


def decoded(data: list[bytes]) -> list[Any]:
    decoder = av.CodecContext.create("vp8", "r")
    return [f.to_ndarray(format="yuv420p") for part in data for f in decoder.decode(av.Packet(part))]


@needs_vpx
def test_what_libvpx_coded_is_decoded_by_ffmpeg() -> None:
    pictures = film(8)
    encoder = vpx.Vp8(320, 180, 800)
    coded = [encoder.encode(picture, place * 3000, 3000) for place, picture in enumerate(pictures)]
    assert [key for _, key in coded] == [True] + [False] * 7
    for found, picture in zip(decoded([data for data, _ in coded]), pictures, strict=True):
        assert np.abs(found.astype(int) - picture).mean() < 6
    encoder.close()


@needs_vpx
def test_the_rate_follows_and_no_change_of_it_costs_a_keyframe() -> None:
    pictures, sizes, keys = film(40, 640, 360), dict[int, int](), 0
    encoder, pts = vpx.Vp8(640, 360, 900, vpx.Settings(static=0)), 0
    for kbps in (900, 200, 1200, 150, 900):
        encoder.set_rate(kbps)
        data = []
        for picture in pictures:
            found, key = encoder.encode(picture, pts, 3000)
            data.append(found)
            pts, keys = pts + 3000, keys + key
        sizes[kbps] = sum(map(len, data[10:]))
    assert keys == 1
    assert sizes[150] < sizes[200] < sizes[900] < sizes[1200]
    assert sizes[900] > 2.5 * sizes[200]


@needs_vpx
def test_bits_that_nobody_would_see_are_not_spent_and_no_keyframe_either() -> None:
    pictures = film(90, 640, 360, grain=3)

    def coded(sparing: bool) -> tuple[int, float, int]:
        encoder, data, keys = vpx.Vp8(640, 360, 2_500), list[bytes](), 0
        for number, picture in enumerate(pictures):
            encoder.set_sparing(sparing and number >= 30)
            found, key = encoder.encode(picture, number * 3000, 3000)
            data, keys = [*data, found], keys + key
        off = [np.abs(a.astype(int) - b).mean() for a, b in zip(decoded(data)[30:], pictures[30:], strict=True)]
        return sum(map(len, data[30:])), max(off), keys

    (whole, finest, _), (spared, seen, keys) = coded(sparing=False), coded(sparing=True)
    assert spared < 0.6 * whole
    assert seen < 1.2  # of 255; a sensor's noise is more
    assert finest < seen
    assert keys == 1


@needs_vpx
@pytest.mark.parametrize("kbps", [200, 337])
def test_packets_that_wait_after_a_stall_are_gone_soon_and_few_pictures_with_them(kbps: int) -> None:
    """A queue before a narrow link used to stand for the rest of the call, with every second picture left out."""
    encoder, pacer, spent = vpx.Vp8(640, 360, kbps), Pacer(kbps, 0.0), CodingTime()
    delays, left_out = list[float](), 0
    for number, picture in enumerate(film(150, 640, 360)):
        now = number / 30
        if number == 60:
            pacer.put(bytearray(8_000))
        for tick in range(1, 8):
            pacer.due(now - (7 - tick) / 210)
        delays.append(pacer.delay)
        if pacer.delay > coder.TOO_FAR_BEHIND:
            left_out += 1
            spent.leave_out(now)
            continue
        encoder.set_rate(relieved(kbps, pacer.delay))
        data, _ = encoder.encode(picture, round(spent.code(now) * vpx.CLOCK), vpx.CLOCK // 30, number == 0)
        for place in range(0, len(data), 1100):
            pacer.put(bytearray(data[place : place + 1100]))
    assert max(delays[60:]) > coder.TOO_FAR_BEHIND
    assert max(delays[100:]) < 0.06
    assert left_out < 12


@needs_vpx
def test_a_picture_of_another_size_is_refused_not_read_beyond_its_end() -> None:
    with pytest.raises(vpx.VpxError):
        vpx.Vp8(640, 360, 900).encode(film(1)[0], 0, 3000)


class Camera:
    """Gives pictures as fast as they are taken."""

    def __init__(self, pause: float = 0.005) -> None:
        self.pictures, self.number, self.pause = film(6), 0, pause

    def wait(self, number: int, seconds: float) -> Any:
        time.sleep(self.pause)
        self.number += 1
        planes = self.pictures[self.number % 6]
        return SimpleNamespace(number=self.number, planes=planes, width=320, height=180, taken_at=self.number / 30)


def run(wanted: list[Wanted], behind: float = 0.0, count: int = 10) -> tuple[list[Coded], Coder]:
    """What a coder made of each wish, ``count`` pictures of each."""
    made: list[Coded] = []
    enough = threading.Event()

    def deliver(coded: Coded) -> None:
        made.append(coded)
        place = len(made) // count
        if place < len(wanted):
            worker.wanted = wanted[place]
        else:
            enough.set()

    worker = Coder(Camera(), wanted[0], False, deliver, lambda: behind)
    worker.begin()
    enough.wait(20 if not behind else 0.3)
    worker.stop()
    return made, worker


@pytest.mark.parametrize("kind", ["libvpx", "PyAV"])
def test_size_and_rate_follow_what_is_wanted(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "PyAV":
        monkeypatch.setattr(vpx, "available", lambda: False)
    made, worker = run([Wanted(320, 180, 30, 300), Wanted(160, 90, 30, 100), Wanted(320, 180, 30, 600)])
    assert [made[place].size for place in (0, 9, 10, 19, 20, 29)] == [
        (320, 180), (320, 180), (160, 90), (160, 90), (320, 180), (320, 180)
    ]  # fmt: skip
    whole = decoded([b"".join(part[4:] for part in coded.parts) for coded in made[:10]])
    assert len(whole) == 10
    assert worker.work.keyframes >= 3


def test_fewer_pictures_are_made_when_fewer_are_wanted() -> None:
    made, _ = run([Wanted(320, 180, 10, 300)])
    steps = np.diff([coded.shot.number for coded in made])
    assert set(steps[1:]) == {3}


def test_nothing_is_coded_while_packets_wait_too_long_to_be_sent() -> None:
    made, worker = run([Wanted(320, 180, 30, 300)], behind=coder.TOO_FAR_BEHIND + 0.1)
    assert made == []
    assert worker.work.left_out > 5


def test_without_libvpx_of_our_own_the_rate_changes_in_few_steps() -> None:
    encoder, keys = PyAvVp8(320, 180, 800, document=False), 0
    for place, picture in enumerate(film(30)):
        encoder.set_rate(780 if place % 2 else 820)
        keys += encoder.encode(picture, place * 3000, 3000, keyframe=False)[1]
    assert keys == 1


class Page:
    """Ten pictures a second of a page, as fast as they are asked for; it changes with picture 60."""

    def __init__(self) -> None:
        grain = np.random.default_rng(2).integers(0, 255, (270, 320), dtype=np.uint8)
        self.pages, self.number = (film(1)[0], grain), 0

    def wait(self, number: int, seconds: float) -> Any:
        time.sleep(0.001)
        self.number += 1
        planes = self.pages[self.number >= 60]
        return SimpleNamespace(number=self.number, planes=planes, width=320, height=180, taken_at=self.number / 10)


@pytest.mark.parametrize("kind", [VP8, pytest.param(H264, marks=needs_openh264)])
def test_a_page_that_stands_still_is_made_sharp_then_sent_once_a_second_until_it_changes(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Coded] = []
    enough, page = threading.Event(), Page()

    def deliver(coded: Coded) -> None:
        made.append(coded)
        if coded.shot.number >= 100:
            enough.set()

    monkeypatch.setattr(coder.time, "monotonic", lambda: page.number / 10)
    worker = Coder(page, Wanted(320, 180, 10, 90), True, deliver, lambda: 0.0, kind)
    worker.begin()
    assert enough.wait(20)
    worker.stop()
    sent = [coded.shot.number for coded in made]
    assert sent[:5] == list(range(sent[0], sent[0] + 5))  # while it becomes sharp
    resting = [number for number in sent if 40 <= number < 60]
    assert 1 <= len(resting) <= 3
    assert all(later - earlier == 10 for earlier, later in itertools.pairwise(resting))
    assert [number for number in sent if number >= 60][:4] == [60, 61, 62, 63]
    assert sum(coded.keyframe for coded in made) <= 2  # another page may be coded as a whole
    turned = next(coded for coded in made if coded.shot.number == 60)
    assert (
        kind == H264 or sum(map(len, turned.parts)) < 25_000
    )  # not as fine as the one before it ended: that would be 68 kB


def test_a_keyframe_that_is_asked_for_wakes_a_resting_page() -> None:
    rest = Rest()
    assert rest.wants(changed=True, sharp=False, now=0.0)
    assert not rest.wants(changed=False, sharp=True, now=0.1)
    assert rest.wants(changed=True, sharp=True, now=0.2)
    assert rest.wants(changed=False, sharp=False, now=SHARPENS)
    assert not rest.wants(changed=False, sharp=False, now=0.5 + SHARPENS)
    assert rest.wants(changed=False, sharp=False, now=1.0 + SHARPENS)
