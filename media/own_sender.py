"""Adapter: what our senders, of voice and of pictures, have in common in place of aiortc's.

They make their packets themselves and leave to aiortc what it tells the other end of them (RTCP sender reports), which
it keeps in private names; media.mend's self-test makes sure of those.
"""

from __future__ import annotations

from typing import Any

from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.utils import random32

from media.picture.packets import Stream

_OWN = "_RTCRtpSender__"
PRIVATE = ("rtp_started", "rtp_exited", "track", "mid", "ntp_timestamp", "rtp_timestamp", "octet_count", "packet_count")


class OwnSender(RTCRtpSender):
    """aiortc's sender with packets of ours: ``_stream`` makes them, once ``_begin_stream`` was called."""

    def __init__(self, trackOrKind: Any, transport: Any) -> None:
        super().__init__(trackOrKind, transport)
        self._agreed: list[Any] = []
        self._sequence = random32() % 32768
        self._base = random32()
        self._stream: Stream

    async def send(self, parameters: Any) -> None:
        """As aiortc's; makes a note of the header extensions."""
        self._agreed = list(parameters.headerExtensions)
        await super().send(parameters)

    def _begin_stream(self, codec: Any) -> None:
        self._stream = Stream.of(self._ssrc, codec.payloadType, self._agreed, self._mine("mid") or "")

    def _count(self, ntp: int, timestamp: int, *, packets: int, size: int) -> None:
        """So many packets of so many bytes left at that moment."""
        self._set_mine("ntp_timestamp", ntp)
        self._set_mine("rtp_timestamp", timestamp)
        self._set_mine("octet_count", self._mine("octet_count") + size)
        self._set_mine("packet_count", self._mine("packet_count") + packets)

    def _mine(self, name: str) -> Any:
        return getattr(self, _OWN + name)

    def _set_mine(self, name: str, value: Any) -> None:
        setattr(self, _OWN + name, value)
