"""Adapter: a thread that codes one connection's pictures as VP8: the latest one, at the size and rate wanted now.

By libvpx itself where there is one; otherwise by PyAV, where each change of rate is a new encoder and a keyframe, so
that there are few of them (docs/decisions/0045).
"""

from __future__ import annotations

import fractions
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from media.picture import vpx
from media.picture.adaptation import Wanted
from media.picture.packets import payloads
from media.picture.planes import Planes, noise, scaled
from media.urgency import step_back

KEY_REST = 0.3  # seconds between two keyframes that were asked for, at least
AWAKE = 0.2  # seconds between two looks at the camera before a call, so that it does not rest
NOISE_EVERY = 1.0  # seconds between two looks at the sensor's noise
STATIC_LEAST, STATIC_MOST = 100, 2400  # of a block's 256 squared differences
TOO_FAR_BEHIND = 0.15  # seconds of packets waiting, from which on pictures are left out before they are coded
STEPS = (60, 90, 150, 240, 330, 500, 800, 1_200, 1_700, 2_500)  # kbit/s, where a change of rate costs a keyframe
STEP_REST = 2.0  # seconds between two of them


class Shots(Protocol):
    """Where the pictures come from (``media.capture.source``)."""

    def wait(self, number: int, seconds: float) -> Any:
        """The latest shot newer than ``number``, or None."""
        ...


class Encoder(Protocol):
    """VP8 of one size."""

    width: int
    height: int

    def set_rate(self, kbps: int) -> None:
        """From the next picture on."""
        ...

    def set_static(self, threshold: int) -> None:
        """The squared differences of a block below which it is not coded again."""
        ...

    def encode(self, planes: Planes, pts: int, duration: int, keyframe: bool) -> tuple[bytes, bool]:
        """The coded picture, empty when it was left out, and whether it is a keyframe."""
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
    ``behind`` tells how long packets wait. ``key_rest`` may be set to the seconds two keyframes must be apart.
    """

    def __init__(
        self, shots: Shots, wanted: Wanted, document: bool, deliver: Callable[[Coded], None],
        behind: Callable[[], float],
    ) -> None:  # fmt: skip
        self.wanted, self.document, self.work = wanted, document, Work()
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
        wanted = self.wanted
        encoder: Encoder = _encoder(wanted.width, wanted.height, wanted.kbps, self.document)
        while not self._begun.wait(AWAKE):
            self._shots.wait(0, 0.0)
        number, due, keyed_at, looked_at = 0, 0.0, float("-inf"), 0.0
        before: Planes | None = None
        picture_id, document = random.randrange(1 << 15), self.document
        while not self._stopping:
            shot = self._shots.wait(number, 0.5)
            if shot is None or self._stopping:
                continue
            number, wanted, now = shot.number, self.wanted, time.monotonic()
            if shot.taken_at < due - 0.4 / wanted.fps:
                continue  # fewer pictures are wanted than the camera makes
            due = max(due, shot.taken_at - 1 / wanted.fps) + 1 / wanted.fps
            if self._behind() > TOO_FAR_BEHIND:
                self.work.left_out += 1
                continue
            planes = scaled(shot.planes, min(wanted.width, shot.width), min(wanted.height, shot.height))
            height, width = planes.shape[0] * 2 // 3, planes.shape[1]
            if (encoder.width, encoder.height) != (width, height) or document != self.document:
                document = self.document
                encoder = _encoder(width, height, wanted.kbps, document)
                looked_at, before = 0.0, None
            encoder.set_rate(wanted.kbps)
            if not document and now - looked_at >= NOISE_EVERY:
                if before is not None and before.shape == planes.shape:
                    looked_at = now
                    encoder.set_static(round(min(STATIC_MOST, max(STATIC_LEAST, 345 * noise(before, planes)))))
                before = planes
            key = self._keyframe_asked and now - keyed_at >= max(KEY_REST, self.key_rest)
            if key:
                self._keyframe_asked = False
            data, key = encoder.encode(planes, round(shot.taken_at * vpx.CLOCK), vpx.CLOCK // wanted.fps, key)
            keyed_at = now if key else keyed_at
            self.work.seconds += time.monotonic() - now
            if data:
                self.work.pictures += 1
                self.work.keyframes += key
                self.work.bytes += len(data)
                picture_id = picture_id + 1 & 0x7FFF
                self._deliver(Coded(payloads(data, picture_id), shot, key, (width, height)))


def _encoder(width: int, height: int, kbps: int, document: bool) -> Encoder:
    if not vpx.available():
        return PyAvVp8(width, height, kbps, document)
    if document:
        return vpx.Vp8(width, height, kbps, vpx.Settings(speed=6, static=0, q_max=52, intra_percent=0, document=True))
    return vpx.Vp8(width, height, kbps)


class PyAvVp8:
    """VP8 by PyAV, where no libvpx can be opened: the rate changes in few steps, each a new encoder."""

    def __init__(self, width: int, height: int, kbps: int, document: bool) -> None:
        self.width, self.height = width, height
        self._kbps, self._document = kbps, document
        self._changed = time.monotonic()
        self._codec: Any = None

    def set_rate(self, kbps: int) -> None:
        """To the next step below, when the last change is long enough ago."""
        step = max((rate for rate in STEPS if rate <= kbps), default=STEPS[0])
        if step != self._kbps and time.monotonic() - self._changed >= STEP_REST:
            self._kbps, self._changed, self._codec = step, time.monotonic(), None

    def set_static(self, threshold: int) -> None:
        """Not while it runs."""

    def encode(self, planes: Planes, pts: int, duration: int, keyframe: bool) -> tuple[bytes, bool]:
        """As ``Encoder``."""
        import av
        import av.video.frame

        if self._codec is None:
            self._codec = av.CodecContext.create("libvpx", "w")
            self._codec.width, self._codec.height, self._codec.pix_fmt = self.width, self.height, "yuv420p"
            self._codec.bit_rate, self._codec.gop_size = self._kbps * 1000, 3000
            self._codec.time_base = fractions.Fraction(1, vpx.CLOCK)
            self._codec.qmin, self._codec.qmax, self._codec.thread_count = 2, 52 if self._document else 56, 1
            rate = str(self._kbps * 1000)
            self._codec.options = {
                "bufsize": rate, "minrate": rate, "maxrate": rate, "cpu-used": "-8", "deadline": "realtime",
                "lag-in-frames": "0", "static-thresh": "0" if self._document else "1000", "partitions": "0",
                "overshoot-pct": "15", "undershoot-pct": "100",
            }  # fmt: skip
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = pts, fractions.Fraction(1, vpx.CLOCK)
        if keyframe:
            frame.pict_type = av.video.frame.PictureType.I
        packets = list(self._codec.encode(frame))
        return b"".join(bytes(packet) for packet in packets), any(packet.is_keyframe for packet in packets)


__all__ = ["Coded", "Coder", "PyAvVp8", "Work"]
