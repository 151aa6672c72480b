"""media/engine/screen.py"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import cv2
import numpy as np
import pytest

from media.engine.screen import Screen, fit
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
    frame = ring.latest()
    assert frame is not None
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
