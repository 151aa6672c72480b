"""Adapter: pictures into a window's ring, at the size it shows them, in a thread of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np

from media.ring import Ring


def fit(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the same shape inside ``box``, in whole even pixels."""
    scale = min(box[0] / width, box[1] / height)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


class Screen:
    """Writes I420 pictures into one ring as BGRA."""

    def __init__(self, ring: Ring, name: str) -> None:
        self._ring = ring
        self._box = (ring.width, ring.height)
        self._hand = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-screen")

    def resize(self, width: int, height: int) -> None:
        """The window shows the picture at this size now; never larger than the ring was made for."""
        self._box = (min(width, self._ring.width), min(height, self._ring.height))

    async def show(self, picture: Any, taken_at: float) -> None:
        """Show an av.VideoFrame or an array of I420 planes; returns when it is in the ring."""
        await asyncio.get_running_loop().run_in_executor(self._hand, self._paint, picture, taken_at)

    def close(self) -> None:
        """Finish the picture at hand."""
        self._hand.shutdown(wait=True)

    def _paint(self, picture: Any, taken_at: float) -> None:
        planes = picture if isinstance(picture, np.ndarray) else picture.to_ndarray(format="yuv420p")
        width, height = planes.shape[1], planes.shape[0] * 2 // 3
        size = fit(width, height, self._box)
        if size[0] * 2 <= width:
            planes, width, height = smaller(planes, size), *size
        memory = self._ring.begin(*size)
        shown = np.frombuffer(memory, dtype=np.uint8).reshape(size[1], size[0], 4)
        if size == (width, height):
            cv2.cvtColor(planes, cv2.COLOR_YUV2BGRA_I420, dst=shown)
        else:
            cv2.resize(cv2.cvtColor(planes, cv2.COLOR_YUV2BGRA_I420), size, dst=shown)
        self._ring.publish(taken_at)


def smaller(planes: Any, size: tuple[int, int]) -> Any:
    """I420 planes scaled down: a small self-view must not cost the conversion of a large picture."""
    width, height = planes.shape[1], planes.shape[0] * 2 // 3
    flat, area = planes.reshape(-1), width * height
    scaled = [cv2.resize(planes[:height], size)]
    for start in (area, area * 5 // 4):
        plane = flat[start : start + area // 4].reshape(height // 2, width // 2)
        scaled.append(cv2.resize(plane, (size[0] // 2, size[1] // 2)))
    return np.concatenate([plane.reshape(-1) for plane in scaled]).reshape(size[1] * 3 // 2, size[0])
