"""media/timecode.py"""

from __future__ import annotations

import fractions
from collections.abc import Callable
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.capture.stills import camera_off, payment_card
from media.timecode import TimeCode, draw, read


def grey(width: int, height: int) -> np.ndarray[Any, Any]:
    return np.full((height, width, 3), 127, dtype=np.uint8)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**24 - 1), st.integers(0, 2**32 - 1), st.sampled_from([(320, 180), (640, 360), (1280, 720)]))
def test_what_was_drawn_is_read_at_any_size(counter: int, ms: int, size: tuple[int, int]) -> None:
    picture = grey(*size)
    draw(picture, TimeCode(counter, ms))
    assert read(picture) == TimeCode(counter, ms)
    smaller = cv2.resize(picture, (size[0] * 3 // 4, size[1] * 3 // 4))
    assert read(smaller) == TimeCode(counter, ms)


def test_it_survives_vp8_at_500_kbit_per_second() -> None:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.bit_rate = 640, 360, "yuv420p", 500_000
    encoder.time_base = fractions.Fraction(1, 30)
    encoder.options = {"deadline": "realtime", "cpu-used": "-6", "maxrate": "500000", "minrate": "500000"}
    decoder = av.CodecContext.create("libvpx", "r")
    noise = np.random.default_rng(7)
    wrong = []
    for counter in range(15):
        picture = noise.integers(90, 160, (360, 640, 3), dtype=np.uint8)
        code = TimeCode(counter * 7919, 123_456_789 * counter & 0xFFFFFFFF)
        draw(picture, code)
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
        frame.pts = counter
        for packet in encoder.encode(frame):
            wrong += [code for out in decoder.decode(packet) if read(out.to_ndarray(format="gray")) != code]
    assert wrong == []


@pytest.mark.parametrize("draw_still", [payment_card, camera_off])
def test_a_still_has_no_time_code(draw_still: Callable[[int, int], Any]) -> None:
    assert read(draw_still(640, 360)) is None


def test_a_damaged_code_is_not_read() -> None:
    picture = grey(640, 360)
    draw(picture, TimeCode(1, 1))
    picture[:16, 200:220] = 255 - picture[:16, 200:220]
    assert read(picture) is None
