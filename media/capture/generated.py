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
from media.picture.planes import Planes, from_bgr, parts


class GeneratedCamera:
    """Draws ``width`` x ``height`` pictures ``fps`` times a second.

    Only the part in which the head moves is drawn anew in colour: a camera that is itself drawn must not be what a
    measurement of calls measures.
    """

    def __init__(self, width: int, height: int, fps: int, label: str = "") -> None:
        self._pace = Pace(fps)
        self._label = label
        self._counter = 0
        room = _room(width, height)
        self._planes = from_bgr(room)
        half = min(width // 2, (height * 40 // 100 + 15) // 16 * 16)  # of the part that moves, in whole blocks
        self._left, self._right = width // 2 - half & ~1, width // 2 + half & ~1
        self._top = (height * 23 // 100) & ~3
        self._middle = room[self._top :, self._left : self._right]

    def read(self) -> Planes:
        """The next picture, when it is due."""
        self._pace.wait()
        self._counter += 1
        now = datetime.now(UTC)
        planes = self._planes.copy()
        self._draw_head(planes, time.monotonic())
        brightness, blue, red = parts(planes)
        _text(brightness, f"{now:%H:%M:%S}.{now.microsecond // 100_000}  {self._label}")
        ms = int(now.timestamp() * 1000)
        timecode.draw(brightness, timecode.TimeCode(self._counter & 0xFFFFFF, ms & 0xFFFFFFFF))
        rows = timecode.rows(brightness.shape[1]) // 2 + 1
        blue[:rows] = red[:rows] = 128
        return planes

    def skip(self) -> None:
        """Let the next picture's time pass."""
        self._pace.wait()
        self._counter += 1

    def close(self) -> None:
        """Nothing to let go of."""

    def _draw_head(self, planes: Planes, now: float) -> None:
        middle = self._middle.copy()
        _head(middle, now, planes.shape[0] * 2 // 3, self._top)
        for plane, part, shrink in zip(parts(planes), parts(from_bgr(middle)), (1, 2, 2), strict=True):
            plane[self._top // shrink :, self._left // shrink : self._right // shrink] = part


def _room(width: int, height: int) -> Picture:
    """A wall with light from the left, like an office."""
    across = np.linspace(0.75, 0.45, width, dtype=np.float32)[None, :, None]
    down = np.linspace(1.0, 0.8, height, dtype=np.float32)[:, None, None]
    wall = np.array([196, 190, 178], dtype=np.float32)[None, None, :]
    return np.ascontiguousarray((across * down * wall).astype(np.uint8))


def _head(picture: Picture, now: float, height: int = 0, top: int = 0) -> None:
    """Into a picture, or into the middle of one of ``height`` from row ``top`` on."""
    unit = (height or picture.shape[0]) / 100
    x = int(picture.shape[1] / 2 + 4 * unit * math.sin(now * 0.9))
    y = int(50 * unit + 1.5 * unit * math.sin(now * 1.7)) - top

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
