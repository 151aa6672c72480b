"""Adapter: aiortc's receiver, asking for lost packets until they come and for a keyframe while the picture is frozen.

aiortc does both only when a packet comes; after the last packet of a burst that may be long.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiortc.rtcrtpreceiver import RTCRtpReceiver

from media.jitter import PictureBuffer
from media.picture.asking import Asking
from media.picture.estimate import LinkEstimate

LOOK_EVERY = 0.02  # seconds, while something is missing
QUIET = 3.0  # seconds without a packet after which nobody is asked any more
_OWN = "_RTCRtpReceiver__"
PRIVATE = ("nack_generator", "jitter_buffer", "remote_bitrate_estimator")


class PictureReceiver(RTCRtpReceiver):
    """aiortc's receiver; of sound it changes nothing."""

    def __init__(self, kind: str, transport: Any) -> None:
        super().__init__(kind, transport)
        self._asking: Asking | None = None
        self._looking: asyncio.Task[None] | None = None
        self._heard_at = 0.0
        buffer = getattr(self, _OWN + "jitter_buffer")
        if kind == "video" and isinstance(buffer, PictureBuffer):
            self._buffer, self._asking = buffer, Asking(time.monotonic)
            setattr(self, _OWN + "nack_generator", self._asking)
            setattr(self, _OWN + "remote_bitrate_estimator", LinkEstimate())

    @property
    def asking(self) -> Asking | None:
        """What was asked for; None for sound."""
        return self._asking

    async def _handle_rtp_packet(self, packet: Any, arrival_time_ms: int) -> None:
        await super()._handle_rtp_packet(packet, arrival_time_ms)
        self._heard_at = time.monotonic()
        if self._asking is None or (self._looking is not None and not self._looking.done()):
            return
        if self._asking.waits or self._asking.broken or self._buffer.is_frozen:
            self._looking = asyncio.create_task(self._look(packet.ssrc), name="asking for packets")

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
