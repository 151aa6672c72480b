"""Adapter: aiortc's receiver, asking for lost packets until they come and for a keyframe while the picture is frozen.

aiortc does both only when a packet comes; after the last packet of a burst that may be long. What the estimate of the
link is told came when the kernel saw it, where it says so (``media.engine.arrivals``).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiortc.rtcrtpreceiver import RTCRtpReceiver

from media.jitter import PictureBuffer, vp8_keyframe_begins
from media.picture import avc
from media.picture.asking import Asking
from media.picture.encoders import H264, VP8
from media.picture.estimate import LinkEstimate

LOOK_EVERY = 0.02  # seconds, while something is missing
UNREAD_MOST = 2_000.0  # ms a packet may have waited to be read; what says more was told by a clock that was set
SINCE_1900 = 2_208_988_800  # seconds from the year of aiortc's clock (NTP's, RFC 5905) to 1970
QUIET = 3.0  # seconds without a packet after which nobody is asked any more
_OWN = "_RTCRtpReceiver__"
_KEYFRAMES = {VP8: vp8_keyframe_begins, H264: avc.keyframe_begins}
PRIVATE = ("nack_generator", "jitter_buffer", "remote_bitrate_estimator")


class PictureReceiver(RTCRtpReceiver):
    """aiortc's receiver; of sound it changes nothing."""

    def __init__(self, kind: str, transport: Any) -> None:
        super().__init__(kind, transport)
        self._asking: Asking | None = None
        self._looking: asyncio.Task[None] | None = None
        self._heard_at = 0.0
        self._payload_type = -1  # of the picture that came last
        self._keyframes: dict[int, Callable[[bytes], bool]] = {}
        buffer = getattr(self, _OWN + "jitter_buffer")
        if kind == "video" and isinstance(buffer, PictureBuffer):
            self._buffer, self._asking = buffer, Asking(time.monotonic)
            setattr(self, _OWN + "nack_generator", self._asking)
            setattr(self, _OWN + "remote_bitrate_estimator", LinkEstimate())

    @property
    def asking(self) -> Asking | None:
        """What was asked for; None for sound."""
        return self._asking

    async def receive(self, parameters: Any) -> None:
        """As aiortc's; makes a note of how each kind of picture begins."""
        kinds = ((codec.payloadType, _KEYFRAMES.get(codec.mimeType.lower())) for codec in parameters.codecs)
        self._keyframes = {number: begins for number, begins in kinds if begins is not None}
        await super().receive(parameters)

    async def _handle_rtp_packet(self, packet: Any, arrival_time_ms: int) -> None:
        if packet.payload_type != self._payload_type and packet.payload_type in self._keyframes:
            self._payload_type = packet.payload_type
            if self._asking is not None:
                self._buffer.is_keyframe = self._keyframes[packet.payload_type]
        await super()._handle_rtp_packet(packet, self._came(packet, arrival_time_ms))  # type: ignore[arg-type]
        self._heard_at = time.monotonic()
        if self._asking is None or (self._looking is not None and not self._looking.done()):
            return
        if self._asking.waits or self._asking.broken or self._buffer.is_frozen:
            self._looking = asyncio.create_task(self._look(packet.ssrc), name="asking for packets")

    def _came(self, packet: Any, read: int) -> float:
        """When a packet came, in ms of aiortc's clock: by the kernel's word, or else as it was ``read``."""
        path: Any = self.transport.transport._connection
        came = path.arrivals.take(packet.sequence_number, packet.ssrc) if hasattr(path, "arrivals") else None
        ms = read if came is None else (came + SINCE_1900) * 1000
        return ms if 0 <= read + 1 - ms < UNREAD_MOST else read

    async def stop(self) -> None:
        """As aiortc's."""
        if self._looking is not None:
            self._looking.cancel()
        await super().stop()

    async def _look(self, ssrc: int) -> None:
        assert self._asking is not None
        asking, buffer = self._asking, self._buffer
        ssrc = self._media_ssrc(ssrc)
        while True:
            if asking.broken:
                asking.broken = False
                await self._send_rtcp_pli(ssrc)
            elif buffer.asks():
                await self._send_rtcp_pli(ssrc)
            if not (asking.waits or buffer.is_frozen) or time.monotonic() - self._heard_at > QUIET:
                return
            await asyncio.sleep(LOOK_EVERY)
            if again := asking.due():
                await self._send_rtcp_nack(ssrc, again)

    def _media_ssrc(self, ssrc: int) -> int:
        """That of the pictures, should ``ssrc`` be that of their retransmissions."""
        return int(getattr(self, _OWN + "rtx_ssrc").get(ssrc, ssrc))
