"""Adapter: the encoders of pictures: VP8 by libvpx, else by PyAV; H.264 by OpenH264 where it is installed.

By libvpx itself where there is one; PyAV's needs a new encoder and a keyframe for each change of rate, so that there
are few of them (docs/decisions/0045).
"""

from __future__ import annotations

import fractions
import time
from typing import Any, Protocol

from media.picture import avc, openh264, vpx
from media.picture.packets import PAYLOAD, payloads
from media.picture.planes import Planes

VP8, H264 = "video/vp8", "video/h264"  # MIME types in lower case
STEPS = (60, 90, 150, 240, 330, 500, 800, 1_200, 1_700, 2_500)  # kbit/s, where a change of rate costs a keyframe
STEP_REST = 2.0  # seconds between two of them


class Encoder(Protocol):
    """Pictures of one size."""

    width: int
    height: int

    def set_rate(self, kbps: int) -> None:
        """From the next picture on."""
        ...

    def set_sparing(self, on: bool) -> None:
        """Whether bits that nobody would see are left unused, where the encoder knows which."""
        ...

    def set_static(self, threshold: int) -> None:
        """The squared differences of a block below which it is not coded again."""
        ...

    @property
    def sharp(self) -> bool:
        """Whether coding the same picture again would hardly make it better."""
        ...

    def encode(self, planes: Planes, pts: int, duration: int, keyframe: bool) -> tuple[bytes, bool]:
        """The coded picture, empty when it was left out, and whether it is a keyframe."""
        ...


def can_code(kind: str) -> bool:
    """Whether pictures of that MIME type can be coded on this machine."""
    return kind == VP8 or (kind == H264 and openh264.available())


def encoder_of(kind: str, width: int, height: int, kbps: int, document: bool) -> Encoder:
    """A new encoder; ``document`` for what is read and hardly moves."""
    if kind == H264:
        return openh264.H264(width, height, kbps, document)
    if not vpx.available():
        return PyAvVp8(width, height, kbps, document)
    if document:
        return vpx.Vp8(width, height, kbps, vpx.Settings(speed=6, static=0, q_max=52, intra_percent=0, document=True))
    return vpx.Vp8(width, height, kbps)


def parts_of(kind: str, picture: bytes, number: int) -> list[bytes]:
    """A coded picture as RTP payloads; ``number`` is VP8's picture id."""
    return avc.payloads(picture, PAYLOAD) if kind == H264 else payloads(picture, number)


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

    def set_sparing(self, on: bool) -> None:
        """Not while it runs."""

    def set_static(self, threshold: int) -> None:
        """Not while it runs."""

    @property
    def sharp(self) -> bool:
        """Not known here."""
        return False

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
