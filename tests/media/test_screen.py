"""media/engine/screen.py"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import av
import cv2
import numpy as np
import pytest

from media.engine.screen import Mirror, Screen, fit
from media.ring import Ring


@pytest.fixture
def ring() -> Iterator[Ring]:
    made = Ring.create(640, 360)
    yield made
    made.close()


def quarters(width: int, height: int) -> np.ndarray[Any, Any]:
    """A BGR picture with a colour in each corner."""
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    picture[: height // 2, : width // 2] = (200, 40, 40)
    picture[: height // 2, width // 2 :] = (40, 200, 40)
    picture[height // 2 :, : width // 2] = (40, 40, 200)
    return picture


async def shown(screen: Screen, ring: Ring, picture: Any) -> np.ndarray[Any, Any]:
    await screen.show(picture, 1.5)
    ends = time.monotonic() + 20
    while (frame := ring.latest()) is None:
        assert time.monotonic() < ends
        await asyncio.sleep(0.002)
    assert frame.taken_at == 1.5
    return np.frombuffer(frame.pixels, np.uint8).reshape(frame.height, frame.width, 4).copy()


@pytest.mark.parametrize("box", [(640, 360), (500, 360), (240, 200), (1000, 90), (66, 66)])
@pytest.mark.parametrize("size", [(640, 360), (480, 270), (320, 182)])
async def test_colours_are_where_they_were_at_any_size(ring: Ring, box: tuple[int, int], size: tuple[int, int]) -> None:
    screen = Screen(ring, "remote")
    screen.resize(*box)
    planes = cv2.cvtColor(quarters(*size), cv2.COLOR_BGR2YUV_I420)
    pixels = await shown(screen, ring, planes)
    height, width = pixels.shape[:2]
    assert width <= min(box[0], 640)
    assert height <= min(box[1], 360)
    assert abs(width / height - size[0] / size[1]) < 0.1
    expected = {(1, 1): (200, 40, 40), (1, 3): (40, 200, 40), (3, 1): (40, 40, 200), (3, 3): (0, 0, 0)}
    for (row, column), colour in expected.items():
        assert np.abs(pixels[height * row // 4, width * column // 4, :3].astype(int) - colour).max() < 12
    assert (pixels[..., 3] == 255).all()
    screen.close()


async def test_a_decoded_frame_is_shown_as_well(ring: Ring) -> None:
    screen = Screen(ring, "remote")
    frame = av.VideoFrame.from_ndarray(quarters(640, 360), format="bgr24").reformat(format="yuv420p")
    pixels = await shown(screen, ring, frame)
    assert np.abs(pixels[90, 160, :3].astype(int) - (200, 40, 40)).max() < 12
    screen.close()


def test_a_picture_keeps_its_shape_in_any_box() -> None:
    assert fit(1280, 720, (640, 640)) == (640, 360)
    assert fit(640, 480, (1000, 100)) == (132, 100)
    assert fit(320, 180, (1280, 720)) == (1280, 720)


class Camera:
    """Pictures of one colour, a new one for each wait; counts who asked."""

    def __init__(self) -> None:
        self.number = self.asked = 0

    @property
    def latest(self) -> Any:
        self.number += 1
        return SimpleNamespace(number=self.number, planes=np.full((270, 320), 90, dtype=np.uint8), taken_at=1.5)

    def wait(self, number: int, seconds: float) -> Any:
        self.asked += 1
        time.sleep(0.002)
        return self.latest


def test_a_view_of_oneself_that_nobody_sees_asks_the_camera_for_nothing(ring: Ring) -> None:
    camera = Camera()
    mirror = Mirror(ring, camera)
    mirror.start()
    ends, seen = time.monotonic() + 20, 0
    while seen < 20:  # a window that looks gets one picture after the other
        assert time.monotonic() < ends
        if (frame := ring.latest(seen)) is not None:
            seen = frame.number
        time.sleep(0.001)
    asked = camera.asked
    while camera.number < asked + 15:  # and nobody looks any more: some pictures still come, unasked for
        assert time.monotonic() < ends
        time.sleep(0.01)
    mirror.close()
    assert asked >= 15
    assert camera.asked <= asked + 12


async def test_only_one_picture_waits_for_a_slow_screen(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    screen, go = Screen(ring, "remote"), threading.Event()
    painted: list[float] = []

    def slow(picture: Any, taken_at: float) -> None:
        go.wait(20)
        painted.append(taken_at)

    monkeypatch.setattr(screen, "paint", slow)
    await screen.show(None, 1.0)
    while screen._next is not None:  # the painter has taken the first
        await asyncio.sleep(0.002)
    await screen.show(None, 2.0)
    third = asyncio.create_task(screen.show(None, 3.0))
    assert not (await asyncio.wait([third], timeout=0.05))[0]
    go.set()
    await asyncio.wait_for(third, 20)
    screen.close()
    assert painted == [1.0, 2.0, 3.0]
