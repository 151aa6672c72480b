"""Adapter: a thread that codes one connection's pictures: the latest one, at the size and rate wanted now."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from media.picture import avc
from media.picture.adaptation import Wanted
from media.picture.encoders import VP8, Encoder, encoder_of, parts_of
from media.picture.pacing import CodingTime, relieved
from media.picture.planes import Planes, noise, same, scaled, turned
from media.picture.rest import Rest
from media.picture.vpx import CLOCK
from media.urgency import step_back

KEY_REST = 0.3  # seconds between two keyframes that were asked for, at least
AWAKE = 0.2  # seconds between two looks at the camera before a call, so that it does not rest
NOISE_EVERY = 1.0  # seconds between two looks at the sensor's noise
STATIC_LEAST, STATIC_MOST = 100, 2400  # of a block's 256 squared differences
TOO_FAR_BEHIND = 0.15  # seconds of packets waiting, from which on pictures are left out before they are coded


class Shots(Protocol):
    """Where the pictures come from (``media.capture.source``)."""

    def wait(self, number: int, seconds: float) -> Any:
        """The latest shot newer than ``number``, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded picture as RTP payloads; ``shot`` is what it was made of."""

    parts: list[bytes]
    shot: Any
    keyframe: bool
    size: tuple[int, int]


@dataclass(slots=True)
class Work:
    """What the coder did so far; read from any thread."""

    pictures: int = 0
    keyframes: int = 0
    left_out: int = 0
    seconds: float = 0.0
    bytes: int = 0


class Coder:
    """Codes from ``begin`` until ``stop``; its encoder is there before. ``deliver`` is called in the coder's thread;
    ``behind`` tells how long packets wait. May be set at any time: ``kind`` (a MIME type), ``blocks`` (the macroblocks
    of the largest picture that the other end reads), ``key_rest`` (the seconds two keyframes must be apart).
    """

    def __init__(
        self, shots: Shots, wanted: Wanted, document: bool, deliver: Callable[[Coded], None],
        behind: Callable[[], float], kind: str = VP8,
    ) -> None:  # fmt: skip
        self.wanted, self.document, self.kind, self.work = wanted, document, kind, Work()
        self.blocks: int | None = None
        self._shots, self._deliver, self._behind = shots, deliver, behind
        self._keyframe_asked = True
        self.key_rest = KEY_REST
        self._stopping = False
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="picture-coder", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """From here on pictures are coded, the latest first."""
        self._begun.set()

    def ask_keyframe(self) -> None:
        """The next picture is to be a whole one; from any thread."""
        self._keyframe_asked = True

    def stop(self) -> None:
        """End after the picture at hand; does not wait."""
        self._stopping = True
        self._begun.set()

    def _run(self) -> None:
        step_back()
        wanted, kind, document = self.wanted, self.kind, self.document
        encoder: Encoder = encoder_of(kind, wanted.width, wanted.height, wanted.kbps, document)
        while not self._begun.wait(AWAKE):
            self._shots.wait(0, 0.0)
        number, due, keyed_at, looked_at = 0, 0.0, float("-inf"), 0.0
        before: Planes | None = None
        page: Planes | None = None
        rest, spent, picture_id = Rest(), CodingTime(), random.randrange(1 << 15)
        while not self._stopping:
            shot = self._shots.wait(number, 0.5)
            if shot is None or self._stopping:
                continue
            number, wanted, now = shot.number, self.wanted, time.monotonic()
            if shot.taken_at < due - 0.4 / wanted.fps:
                continue  # fewer pictures are wanted than the camera makes
            due = max(due, shot.taken_at - 1 / wanted.fps) + 1 / wanted.fps
            behind = self._behind()
            if behind > TOO_FAR_BEHIND:
                self.work.left_out += 1
                spent.leave_out(shot.taken_at)
                continue
            width, height = self._size(wanted, shot)
            if (encoder.width, encoder.height, kind, document) != (width, height, self.kind, self.document):
                kind, document = self.kind, self.document
                encoder = encoder_of(kind, width, height, wanted.kbps, document)
                looked_at, before, page, rest = 0.0, None, None, Rest()
            key = self._keyframe_asked and now - keyed_at >= max(KEY_REST, self.key_rest)
            if document:
                still = page is not None and same(page, shot.planes)
                if kind == VP8 and page is not None and not still and encoder.sharp and turned(page, shot.planes):
                    # It would code the next page as finely as it left this one: twice the packets, all at once
                    encoder = encoder_of(kind, width, height, wanted.kbps, document)
                page = shot.planes
                if not rest.wants(changed=not still or key, sharp=encoder.sharp, now=now):
                    continue
            planes = scaled(shot.planes, width, height)
            encoder.set_sparing(wanted.sparing and not document)
            plain = document or kind != VP8  # a page shall be sharp; others begin anew for another rate
            encoder.set_rate(wanted.kbps if plain else relieved(wanted.kbps, behind))
            if not document and now - looked_at >= NOISE_EVERY:
                if before is not None and before.shape == planes.shape:
                    looked_at = now
                    encoder.set_static(static_of(before, planes))
                before = planes
            if key:
                self._keyframe_asked = False
            data, key = encoder.encode(planes, round(spent.code(shot.taken_at) * CLOCK), CLOCK // wanted.fps, key)
            keyed_at = now if key else keyed_at
            self.work.seconds += time.monotonic() - now
            if data:
                self.work.pictures += 1
                self.work.keyframes += key
                self.work.bytes += len(data)
                picture_id = picture_id + 1 & 0x7FFF
                self._deliver(Coded(parts_of(kind, data, picture_id), shot, key, (width, height)))

    def _size(self, wanted: Wanted, shot: Any) -> tuple[int, int]:
        """No larger than the camera's picture, nor than the other end can read."""
        width, height = min(wanted.width, shot.width), min(wanted.height, shot.height)
        return (width, height) if self.blocks is None else avc.within(width, height, self.blocks)


def static_of(before: Planes, now: Planes) -> int:
    """Below which difference a block need not be coded again: that of the sensor's noise in two pictures of it."""
    return round(min(STATIC_MOST, max(STATIC_LEAST, 345 * noise(before, now))))


__all__ = ["Coded", "Coder", "Work", "static_of"]
