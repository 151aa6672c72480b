"""media/capture/paper.py and Share: a page or a screen in place of the camera."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from media.capture import CameraLost
from media.capture.paper import PageCamera, ScreenCamera
from media.capture.source import PictureSource
from media.messages import DeviceChoice, Event, Open, Problem, StillShown
from media.picture import vpx
from media.timecode import read
from tests.media.test_picture_coder import needs_vpx

PAGE = (595, 842)  # a portrait page, smaller than what is sent


@pytest.fixture
def page(tmp_path: Path) -> DeviceChoice:
    return write_page(tmp_path)


def write_page(folder: Path) -> DeviceChoice:
    """A page of text as a picture file."""
    picture = np.full((PAGE[1], PAGE[0], 3), 255, dtype=np.uint8)
    for row in range(1, 30):
        cv2.putText(picture, f"Rekins {row * 7919}  kopsumma {row},17 EUR", (40, row * 28), 0, 0.6, (30, 30, 30), 1)
    path = folder / "page.png"
    cv2.imwrite(str(path), picture)
    return DeviceChoice(kind="page", path=str(path))


def test_a_page_is_shown_whole_and_in_the_middle(page: DeviceChoice) -> None:
    planes = PageCamera(page.path, 1920, 1080, 100).read()
    bright = planes[:1080] > 230
    columns = np.flatnonzero(bright.mean(axis=0) > 0.5)
    assert columns.size == pytest.approx(1080 * PAGE[0] / PAGE[1], abs=3)
    assert abs((columns[0] + columns[-1]) / 2 - 960) < 3


@needs_vpx
def test_text_is_sharp_within_the_first_pictures_at_five_a_second_and_300_kbit(page: DeviceChoice) -> None:
    planes = PageCamera(page.path, 1920, 1080, 100).read()
    encoder = vpx.Vp8(1920, 1080, 300, vpx.Settings(speed=6, static=0, q_max=52, intra_percent=0, document=True))
    decoder, sharp, size = av.CodecContext.create("vp8", "r"), [], 0
    for place in range(10):  # two seconds
        data, _ = encoder.encode(planes, place * 18_000, 18_000)
        size += len(data)
        for frame in decoder.decode(av.Packet(data)):
            error = frame.to_ndarray(format="yuv420p")[:1080].astype(float) - planes[:1080]
            sharp.append(10 * np.log10(255**2 / np.mean(error**2)))
    assert size * 8 < 2.5 * 300_000
    assert sharp[0] > 28
    assert sharp[-1] > sharp[0] + 1


def test_what_is_no_page_and_a_screen_that_is_not_there_are_lost_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(CameraLost):
        PageCamera(str(tmp_path / "none.png"), 640, 360, 10)
    with pytest.raises(CameraLost):
        ScreenCamera(":4711", 640, 360, 10)


def test_a_screen_is_read_whole() -> None:
    heard, says = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(says), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=[says], stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        os.close(says)
        try:
            display = b""
            while not display.endswith(b"\n"):
                display += os.read(heard, 16)
            camera = ScreenCamera(f":{display.decode().strip()}", 640, 360, 20)
            camera.skip()
            planes = camera.read()
            camera.close()
        finally:
            server.terminate()
            os.close(heard)
    assert planes.shape == (540, 640)
    ends = np.flatnonzero(planes[180, :] < 60)  # the black screen between two grey edges: 4:3 in 16:9
    assert ends.size == pytest.approx(480, abs=4)


async def test_a_page_replaces_the_camera_also_a_muted_one_and_a_still_replaces_both(page: DeviceChoice) -> None:
    told: list[Event] = []
    order = Open(camera=DeviceChoice(kind="generated"), width=320, height=180)
    source = PictureSource(asyncio.get_running_loop(), told.append, order)

    async def until(width: int, coded: bool) -> Any:
        number, ends = 0, time.monotonic() + 20
        while time.monotonic() < ends:
            shot = await asyncio.wait_for(source.after(number), 10)
            number = shot.number
            if shot.width == width and (read(shot.planes[: shot.height]) is not None) == coded:
                return shot
        raise AssertionError("the wanted picture never came")

    source.start()
    try:
        camera = await until(320, coded=True)
        source.mute(True)
        source.share(page)
        assert not source.is_current(camera)
        shared = await until(1920, coded=False)
        assert source.hint == "document"
        assert (shared.planes[: shared.height] > 230).mean() > 0.2
        source.show_still(True)
        while StillShown(on=True) not in told:
            await asyncio.sleep(0.01)
        still = (await source.after(0)).planes
        assert (still[: still.shape[0] * 2 // 3] > 230).mean() < 0.1
        source.show_still(False)
        source.mute(False)
        source.share(None)
        await until(320, coded=True)
        assert source.hint == "motion"
        source.share(DeviceChoice(kind="page", path="/no/such/page.png"))
        await until(320, coded=True)
        assert [event.code for event in told if isinstance(event, Problem)] == ["media.share"]
    finally:
        await source.close()
