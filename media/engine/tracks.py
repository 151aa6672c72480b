"""Adapter: our camera as an outgoing aiortc track."""

from __future__ import annotations

import fractions
from typing import Any

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from media.capture.source import PictureSource
from media.messages import Open
from media.picture.adaptation import Hint

_VIDEO_CLOCK = 90_000
_VIDEO_BASE = fractions.Fraction(1, _VIDEO_CLOCK)


class PictureTrack(MediaStreamTrack):
    """Each time the latest picture of the source, never an older one.

    Our sender takes the pictures from ``shots`` itself, in a thread of its own; ``recv`` is for aiortc's.
    """

    kind = "video"

    def __init__(self, source: PictureSource) -> None:
        super().__init__()
        self.shots = self._source = source
        self._number = 0
        self._origin: float | None = None
        self.sent = 0

    @property
    def order(self) -> Open:
        """What the window wants: size and pictures a second."""
        return self._source.order

    @property
    def hint(self) -> Hint:
        """What kind of picture it is."""
        return self._source.hint

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
