"""Adapter: a drawn camera: a talking head that moves, a clock, a label and a time code that can be read back."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime

import cv2
import numpy as np

from media import timecode
from media.capture import Picture
from media.capture.pace import Pace


class GeneratedCamera:
    """Draws ``width`` x ``height`` BGR pictures ``fps`` times a second."""

    def __init__(self, width: int, height: int, fps: int, label: str = "") -> None:
        self._pace = Pace(fps)
        self._label = label
        self._counter = 0
        self._room = _room(width, height)

    def read(self) -> Picture:
        """The next picture, when it is due."""
        self._pace.wait()
        self._counter += 1
        picture = self._room.copy()
        now = datetime.now(UTC)
        _head(picture, time.monotonic())
        _text(picture, f"{now:%H:%M:%S}.{now.microsecond // 100_000}  {self._label}")
        ms = int(now.timestamp() * 1000)
        timecode.draw(picture, timecode.TimeCode(self._counter & 0xFFFFFF, ms & 0xFFFFFFFF))
        return picture

    def close(self) -> None:
        """Nothing to let go of."""


def _room(width: int, height: int) -> Picture:
    """A wall with light from the left, like an office."""
    across = np.linspace(0.75, 0.45, width, dtype=np.float32)[None, :, None]
    down = np.linspace(1.0, 0.8, height, dtype=np.float32)[:, None, None]
    wall = np.array([196, 190, 178], dtype=np.float32)[None, None, :]
    return np.ascontiguousarray((across * down * wall).astype(np.uint8))


def _head(picture: Picture, now: float) -> None:
    height, width = picture.shape[:2]
    unit = height / 100
    x = int(width / 2 + 4 * unit * math.sin(now * 0.9))
    y = int(50 * unit + 1.5 * unit * math.sin(now * 1.7))

    def at(dx: float, dy: float) -> tuple[int, int]:
        return int(x + dx * unit), int(y + dy * unit)

    def size(a: float, b: float) -> tuple[int, int]:
        return max(1, int(a * unit)), max(1, int(b * unit))

    cv2.ellipse(picture, at(0, 48), size(34, 24), 0, 180, 360, (92, 66, 48), -1, cv2.LINE_AA)
    cv2.ellipse(picture, at(0, 0), size(16, 21), 0, 0, 360, (150, 178, 222), -1, cv2.LINE_AA)
    cv2.ellipse(picture, at(0, -8), size(17, 15), 0, 180, 360, (40, 48, 60), -1, cv2.LINE_AA)
    lids = 0.3 if now % 4 < 0.15 else 2.0
    for side in (-6.0, 6.0):
        cv2.ellipse(picture, at(side, -1), size(2, lids), 0, 0, 360, (60, 50, 40), -1, cv2.LINE_AA)
    mouth = 0.8 + 2.2 * abs(math.sin(now * 7) * math.sin(now * 2.3))
    cv2.ellipse(picture, at(0, 10), size(5, mouth), 0, 0, 360, (80, 70, 150), -1, cv2.LINE_AA)


def _text(picture: Picture, text: str) -> None:
    height = picture.shape[0]
    place = (int(height * 0.04), int(height * 0.95))
    scale = height / 480
    cv2.putText(
        picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (40, 40, 40), max(1, round(2 * scale)), cv2.LINE_AA
    )
