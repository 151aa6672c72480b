"""Adapter: our voice as an outgoing aiortc track: coded by us, 20 ms a packet, nothing sent in a pause."""

from __future__ import annotations

import fractions
import time
from typing import Any

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from media.sound import BLOCK, RATE
from media.sound.losses import ExpectedLoss
from media.sound.mended import wishes
from media.sound.opus import Encoder
from media.sound.room import SoundRoom

_BASE = fractions.Fraction(1, RATE)


class VoiceTrack(MediaStreamTrack):
    """The microphone. It returns coded packets, which aiortc sends as they are."""

    kind = "audio"

    def __init__(self, room: SoundRoom) -> None:
        super().__init__()
        self._room = room
        self._ear = room.listen()
        self._encoder = Encoder()
        self._losses = ExpectedLoss()
        self._stamp = self._forgotten = 0

    async def recv(self) -> Any:
        """The next packet (av.Packet); raises MediaStreamError after stop."""
        while self.readyState == "live":
            block = await self._ear.next_block()
            forgotten, self._forgotten = self._ear.forgotten - self._forgotten, self._ear.forgotten
            self._stamp += forgotten * BLOCK  # the other end must not take our haste for its delay
            data, stamp = self._encoder.encode(block), self._stamp
            self._stamp += BLOCK
            if data is not None:
                packet = av.Packet(data)
                packet.pts, packet.time_base = stamp, _BASE
                return packet
        raise MediaStreamError

    def follow(self, sdp: str) -> None:
        """Code as the other end's description asks."""
        self._encoder.allow(*wishes(sdp))

    def reported(self, lost: float) -> None:
        """The other end lost this share (0..1) of our packets in the last second."""
        self._encoder.expect_loss(self._losses.report(lost, time.monotonic()))

    def stop(self) -> None:
        """Listen no more."""
        self._room.stop_listening(self._ear)
        super().stop()
