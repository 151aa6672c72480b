"""Adapter: what is shared instead of a camera: a picture file (a page of a document), or what a screen shows."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from media.capture import CameraLost, Picture
from media.capture.pace import Pace
from media.picture.planes import Planes, from_bgr

_GROUND = 244  # the paper-like grey around a page of another shape


class PageCamera:
    """A picture file, whole, as large as fits into ``width`` x ``height``; raises CameraLost when it is none."""

    def __init__(self, path: str, width: int, height: int, fps: int) -> None:
        page = cv2.imread(path, cv2.IMREAD_COLOR)
        if page is None:
            raise CameraLost("the page cannot be read as a picture")
        self._pace = Pace(fps)
        self._planes = from_bgr(_whole(page, width, height))

    def read(self) -> Planes:
        """The page, when it is due; always the same array."""
        self._pace.wait()
        return self._planes

    def skip(self) -> None:
        """Let a picture's time pass."""
        self._pace.wait()

    def close(self) -> None:
        """Nothing to let go of."""


class ScreenCamera:
    """The screen of an X server (``:0``), or of Windows when ``name`` is empty; raises CameraLost if there is none."""

    def __init__(self, name: str, width: int, height: int, fps: int) -> None:
        import av

        kind, where = ("x11grab", name) if name else ("gdigrab", "desktop")
        try:
            self._screen: Any = av.open(where, format=kind, options={"framerate": str(fps), "draw_mouse": "1"})
            self._pictures = self._screen.decode(video=0)
        except (OSError, ValueError) as error:
            raise CameraLost(f"the screen cannot be read: {error}") from error
        self._size = (width, height)

    def read(self) -> Planes:
        """What the screen shows, when it is due; raises CameraLost when it cannot be read any more."""
        picture = self._next().to_ndarray(format="bgr24")
        return from_bgr(_whole(picture, *self._size))

    def skip(self) -> None:
        """Let a picture pass."""
        self._next()

    def close(self) -> None:
        """Let go of the screen."""
        self._screen.close()

    def _next(self) -> Any:
        try:
            return next(self._pictures)
        except (OSError, ValueError, StopIteration) as error:
            raise CameraLost(f"the screen gives no picture: {error}") from error


def _whole(picture: Picture, width: int, height: int) -> Picture:
    """All of the picture inside ``width`` x ``height``: nothing of a document is cut off."""
    tall, wide = picture.shape[:2]
    scale = min(width / wide, height / tall)
    size = (min(width, round(wide * scale)), min(height, round(tall * scale)))
    if size != (wide, tall):
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    if size == (width, height):
        return picture
    whole = np.full((height, width, 3), _GROUND, dtype=np.uint8)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    whole[top : top + size[1], left : left + size[0]] = picture
    return whole
