"""Rules: a number written into a picture so that it survives video coding and scaling.

Two rows of 32 black or white blocks at the top of the picture: 24 bits of a frame counter, 32 bits of
milliseconds, 8 bits of checksum. Tests and benchmarks read from decoded pictures which frame they see and
when it was made.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 32, 2
HEIGHT = 1 / 40  # of the picture's width, one row
_DARK, _BRIGHT = 100, 155  # a block between these is no block of ours
_LUMA = np.array([0.114, 0.587, 0.299], dtype=np.float32)  # BGR, ITU-R BT.601


@dataclass(frozen=True, slots=True)
class TimeCode:
    """A frame counter (mod 2^24) and the milliseconds of the clock (mod 2^32) when it was drawn."""

    counter: int
    ms: int


def rows(width: int) -> int:
    """How many rows of pixels a code takes in a picture of that width."""
    return ROWS * max(2, round(width * HEIGHT))


def draw(picture: NDArray[np.uint8], code: TimeCode) -> None:
    """Write ``code`` into a BGR picture or a plane of brightness, in place."""
    height, width = picture.shape[:2]
    bits = _bits(code).reshape(ROWS, COLUMNS) * np.uint8(255)
    tall = rows(width) // ROWS
    columns = (np.arange(width) * COLUMNS) // width
    for row in range(ROWS):
        line = bits[row][columns]
        if picture.ndim == 3:
            line = np.repeat(line, 3).reshape(width, 3)  # one whole row of pixels is copied faster
        picture[row * tall : min((row + 1) * tall, height)] = line


def read(picture: NDArray[Any]) -> TimeCode | None:
    """The code in a grey, BGR or BGRA picture of any size; None when there is none or it is damaged."""
    width = picture.shape[1]
    tall = max(2.0, width * HEIGHT)
    bits: list[int] = []
    for row in range(ROWS):
        top, bottom = round(tall * (row + 0.3)), max(round(tall * (row + 0.7)), round(tall * (row + 0.3)) + 1)
        band = picture[top:bottom]
        if band.shape[0] == 0:
            return None
        line = (band[..., :3].astype(np.float32) @ _LUMA if band.ndim == 3 else band).mean(axis=0)
        for column in range(COLUMNS):
            left = round(width * (column + 0.3) / COLUMNS)
            right = max(round(width * (column + 0.7) / COLUMNS), left + 1)
            level = float(line[left:right].mean())
            if _DARK < level < _BRIGHT:
                return None
            bits.append(int(level >= _BRIGHT))
    return _code(bits)


def _bits(code: TimeCode) -> NDArray[np.uint8]:
    data = (code.counter & 0xFFFFFF).to_bytes(3, "big") + (code.ms & 0xFFFFFFFF).to_bytes(4, "big")
    return np.unpackbits(np.frombuffer(data + _checksum(data), dtype=np.uint8))


def _code(bits: list[int]) -> TimeCode | None:
    data = np.packbits(np.array(bits, dtype=np.uint8)).tobytes()
    if data[7:] != _checksum(data[:7]):
        return None
    return TimeCode(int.from_bytes(data[:3], "big"), int.from_bytes(data[3:7], "big"))


def _checksum(data: bytes) -> bytes:
    return bytes([zlib.crc32(data) & 0xFF])
