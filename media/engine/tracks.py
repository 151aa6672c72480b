"""Adapter: our camera and microphone as outgoing aiortc tracks."""

from __future__ import annotations

import fractions
from typing import Any

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from media.capture.source import PictureSource
from media.sound import BLOCK, RATE
from media.sound.room import SoundRoom

_VIDEO_CLOCK = 90_000
_VIDEO_BASE = fractions.Fraction(1, _VIDEO_CLOCK)
_SOUND_BASE = fractions.Fraction(1, RATE)


class PictureTrack(MediaStreamTrack):
    """Each time the latest picture of the source, never an older one."""

    kind = "video"

    def __init__(self, source: PictureSource) -> None:
        super().__init__()
        self._source = source
        self._number = 0
        self._origin: float | None = None
        self.sent = 0

    async def recv(self) -> Any:
        """The next picture; raises MediaStreamError after stop."""
        if self.readyState != "live":
            raise MediaStreamError
        shot = await self._source.after(self._number)
        self._number = shot.number
        if self._origin is None:
            self._origin = shot.taken_at
        frame = av.VideoFrame.from_ndarray(shot.planes, format="yuv420p")
        frame.pts = round((shot.taken_at - self._origin) * _VIDEO_CLOCK)
        frame.time_base = _VIDEO_BASE
        self.sent += 1
        return frame


class VoiceTrack(MediaStreamTrack):
    """The microphone, 20 ms at a time."""

    kind = "audio"

    def __init__(self, room: SoundRoom) -> None:
        super().__init__()
        self._room = room
        self._ear = room.listen()
        self._pts = 0

    async def recv(self) -> Any:
        """The next 20 ms; raises MediaStreamError after stop."""
        if self.readyState != "live":
            raise MediaStreamError
        block = await self._ear.next_block()
        frame = av.AudioFrame(format="s16", layout="mono", samples=BLOCK)
        frame.planes[0].update(block.tobytes())
        frame.sample_rate = RATE
        frame.pts, frame.time_base = self._pts, _SOUND_BASE
        self._pts += BLOCK
        return frame

    def stop(self) -> None:
        """Listen no more."""
        self._room.stop_listening(self._ear)
        super().stop()
