"""Rules: I420 pictures as one array of bytes: a plane of brightness, then two of colour at a quarter of the size.

The array has height * 3/2 rows of ``width``, without padding: what cameras, encoder, decoder and screens here exchange,
so that a picture is converted once where it is taken and once where it is shown.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Planes = NDArray[Any]  # uint8, (height * 3/2, width), C-contiguous

_STEP, _RUN = 16, 16  # each 16th row is looked at, in runs of 16 pixels
_MEDIAN = 0.959  # the median of a mean of 16 squares of normal noise, over its expected value


def size_of(planes: Planes) -> tuple[int, int]:
    """Width and height of the picture."""
    return planes.shape[1], planes.shape[0] * 2 // 3


def parts(planes: Planes) -> tuple[Planes, Planes, Planes]:
    """Views of the planes Y, U and V."""
    width, height = size_of(planes)
    flat, area = planes.reshape(-1), width * height
    small = (height // 2, width // 2)
    return (
        planes[:height],
        flat[area : area + area // 4].reshape(small),
        flat[area + area // 4 : area + area // 2].reshape(small),
    )


def empty(width: int, height: int) -> Planes:
    """A picture to be filled in; both sizes even."""
    return np.empty((height * 3 // 2, width), dtype=np.uint8)


def from_bgr(picture: NDArray[Any]) -> Planes:
    """A BGR picture of even size."""
    return cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)


def scaled(planes: Planes, width: int, height: int) -> Planes:
    """The picture at another even size, stretched to it; itself when it has that size."""
    if size_of(planes) == (width, height):
        return planes
    made = empty(width, height)
    kind = cv2.INTER_AREA if width * 2 < planes.shape[1] else cv2.INTER_LINEAR
    for source, target in zip(parts(planes), parts(made), strict=True):
        cv2.resize(source, target.shape[::-1], dst=target, interpolation=kind)
    return made


def noise(before: Planes, now: Planes) -> float:
    """The variance of the sensor's noise in brightness, seen in two pictures that follow each other.

    What moves is in few of the runs of pixels compared, so that the median does not see it.
    """
    width, height = size_of(now)
    wide = width // _RUN * _RUN
    difference = now[:height:_STEP, :wide].astype(np.float32) - before[:height:_STEP, :wide]
    squares = np.square(difference).reshape(-1, _RUN).mean(axis=1)
    return float(np.median(squares)) / 2 / _MEDIAN


def turned(one: Planes, other: Planes) -> bool:
    """Whether this is another page, and not a little of the same one that changed: a twentieth of each eighth row."""
    if one.shape != other.shape:
        return True
    rows = other[: other.shape[0] * 2 // 3 : 8]
    return bool(np.count_nonzero(one[: one.shape[0] * 2 // 3 : 8] != rows) * 20 > rows.size)


def same(one: Planes, other: Planes) -> bool:
    """Whether two pictures are the same to the last bit."""
    return one is other or (one.shape == other.shape and np.array_equal(one, other))
