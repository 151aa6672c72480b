"""Adapter: pictures from the engine to a window through shared memory; the latest one wins.

The window creates a ring and passes its descriptor to the engine (``os.memfd_create``; elsewhere an unlinked
file, on Windows a named mapping). ``multiprocessing.shared_memory`` is not used: on Python 3.11 the exit of a
reader unlinks it (docs/decisions/0041). One writer, one reader. Pictures are BGRA rows without padding.

A slot is never written while it is the latest one or the one the reader holds, and carries a sequence that is odd
while it is being written: the reader checks it after it has said which slot it holds, so no torn picture is shown.
"""

from __future__ import annotations

import mmap
import os
import secrets
import struct
import tempfile
import time
from typing import NamedTuple

from media.errors import MediaError

SLOTS = 4  # latest + held + being written, and one so that a slow reader is not overtaken at once
_MAGIC = 0x494E464F52494E47
_HEAD = 64  # magic, slot capacity in bytes, last number, latest slot + 1, held slot + 1: five native 64-bit words
_SLOT = struct.Struct("@QQQQdd")  # sequence, number, width, height, taken at, written at
_SLOT_SIZE = 64
_CAPACITY, _NUMBER, _LATEST, _HELD = 1, 2, 3, 4


class RingError(MediaError):
    """A ring's memory is not what was promised, or a picture does not fit."""

    code = "media.ring"


class Frame(NamedTuple):
    """A picture in a ring; ``pixels`` (BGRA) stay valid until ``latest`` is called again.

    ``taken_at`` is when it was captured (local) or decoded (remote), ``written_at`` when it came into the ring, both
    in seconds of ``time.monotonic``, which all processes of a machine share.
    """

    number: int
    width: int
    height: int
    pixels: memoryview
    taken_at: float
    written_at: float


class Ring:
    """A ring of pictures up to ``width`` x ``height``; made by ``create`` (window) or ``attach`` (engine)."""

    def __init__(self, memory: mmap.mmap, width: int, height: int, fd: int, name: str) -> None:
        self.width, self.height, self.fd, self.name = width, height, fd, name
        self._memory = memory
        self._view = memoryview(memory)
        self._words = self._view[:_HEAD].cast("Q")
        self._bytes = width * height * 4
        self._writing = 0
        self._closed = False

    @classmethod
    def create(cls, width: int, height: int) -> Ring:
        """Make the memory for pictures of at most ``width`` x ``height`` pixels."""
        size = _size(width, height)
        if os.name == "nt":
            name = f"infomat-ring-{secrets.token_hex(8)}"
            ring = cls(mmap.mmap(-1, size, tagname=name), width, height, -1, name)  # type: ignore[call-arg, unused-ignore]
        else:
            fd = _memory_file()
            os.ftruncate(fd, size)
            ring = cls(mmap.mmap(fd, size), width, height, fd, "")
        ring._words[_CAPACITY] = ring._bytes
        ring._words[0] = _MAGIC
        return ring

    @property
    def address(self) -> str:
        """How another process finds it: ``attach`` takes this, with ``fd`` inherited."""
        return f"{self.name or f'fd:{self.fd}'}:{self.width}x{self.height}"

    @classmethod
    def attach(cls, address: str) -> Ring:
        """Open what ``create`` made in another process; raises RingError when it is not a ring of that size."""
        where, _, dimensions = address.rpartition(":")
        width, height = (int(part) for part in dimensions.split("x"))
        size = _size(width, height)
        if where.startswith("fd:"):
            fd = int(where[3:])
            ring = cls(mmap.mmap(fd, size), width, height, fd, "")
        else:
            ring = cls(mmap.mmap(-1, size, tagname=where), width, height, -1, where)  # type: ignore[call-arg, unused-ignore]
        if ring._words[0] != _MAGIC or ring._words[_CAPACITY] != ring._bytes:
            raise RingError(f"no ring of {dimensions} at {where}")
        return ring

    # --- the engine's side ---------------------------------------------------------------------------------

    def begin(self, width: int, height: int) -> memoryview:
        """The memory to put the next picture into; it is shown after ``publish``. Raises RingError if too big."""
        if width * height * 4 > self._bytes:
            raise RingError(f"{width}x{height} does not fit into a ring of {self.width}x{self.height}")
        busy = (self._words[_LATEST], self._words[_HELD])
        number = self._words[_NUMBER] + 1
        place = next(slot for slot in _round(number) if slot + 1 not in busy)
        sequence, *_ = self._slot(place)
        start = _HEAD + place * (_SLOT_SIZE + self._bytes)
        _SLOT.pack_into(self._memory, start, sequence | 1, number, width, height, 0.0, 0.0)
        self._writing = place
        return self._pixels(place, width, height)

    def publish(self, taken_at: float) -> int:
        """Make what was put into ``begin``'s memory the latest picture; gives its number."""
        place = self._writing
        sequence, number, width, height, _, _ = self._slot(place)
        start = _HEAD + place * (_SLOT_SIZE + self._bytes)
        _SLOT.pack_into(self._memory, start, sequence, number, width, height, taken_at, time.monotonic())
        struct.pack_into("@Q", self._memory, start, sequence + 1)
        self._words[_NUMBER] = number
        self._words[_LATEST] = place + 1
        return number

    @property
    def is_seen(self) -> bool:
        """Whether the window has taken the latest picture (or there is none yet): it wants more of them."""
        return self._words[_LATEST] in (0, self._words[_HELD])

    # --- the window's side ---------------------------------------------------------------------------------

    def latest(self, after: int = 0) -> Frame | None:
        """The newest picture if its number is above ``after``; the one given before may then be overwritten.

        None when there is none, and after ``close``: a display timer may tick once more.
        """
        for _ in range(0 if self._closed else 8):
            if self._words[_NUMBER] <= after:
                return None
            place = self._words[_LATEST] - 1
            if place < 0:
                return None
            self._words[_HELD] = place + 1
            sequence, number, width, height, taken_at, written_at = self._slot(place)
            if not sequence & 1 and number > after and self._words[_LATEST] == place + 1:
                return Frame(number, width, height, self._pixels(place, width, height), taken_at, written_at)
        return None  # the writer was faster eight times over: the next call will see its picture

    def close(self) -> None:
        """Let go of the memory (again is harmless); a picture still held keeps its memory until it is dropped."""
        if self._closed:
            return
        self._closed = True
        self._words.release()
        self._view.release()
        try:
            self._memory.close()
        except BufferError:
            return  # a picture is still referenced: the memory goes with the last reference
        finally:
            if self.fd >= 0:
                os.close(self.fd)
                self.fd = -1

    def _slot(self, place: int) -> tuple[int, int, int, int, float, float]:
        start = _HEAD + place * (_SLOT_SIZE + self._bytes)
        return _SLOT.unpack_from(self._memory, start)

    def _pixels(self, place: int, width: int, height: int) -> memoryview:
        start = _HEAD + place * (_SLOT_SIZE + self._bytes) + _SLOT_SIZE
        return self._view[start : start + width * height * 4]


def _round(number: int) -> list[int]:
    return [(number + place) % SLOTS for place in range(SLOTS)]


def _size(width: int, height: int) -> int:
    return _HEAD + SLOTS * (_SLOT_SIZE + width * height * 4)


def _memory_file() -> int:
    make = getattr(os, "memfd_create", None)
    if make is not None:
        return int(make("infomat-ring"))
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
