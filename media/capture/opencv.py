"""Adapter: a camera, or a looped video file, through OpenCV."""

from __future__ import annotations

import cv2

from media.capture import CameraLost, Picture
from media.capture.pace import Pace
from media.devices import cameras
from media.picture.planes import Planes, from_bgr


class DeviceCamera:
    """A camera by index (``"0"``), path (``/dev/video2``), title as listed, or the first one when ``name`` is empty."""

    def __init__(self, name: str, width: int, height: int, fps: int) -> None:
        which = name or "0"
        if not (which.startswith("/") or which.isdigit()):
            which = _titled(which)
        self._video = cv2.VideoCapture(int(which) if which.isdigit() else which)
        if not self._video.isOpened():
            raise CameraLost(f"camera {name or 'default'} cannot be opened")
        # Motion JPEG first: uncompressed 720p does not fit USB 2 at 30 pictures a second
        self._video.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._size = (width, height)
        for setting, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, width),
            (cv2.CAP_PROP_FRAME_HEIGHT, height),
            (cv2.CAP_PROP_FPS, fps),
            (cv2.CAP_PROP_BUFFERSIZE, 1),
        ):
            self._video.set(setting, value)

    def read(self) -> Planes:
        """The next picture; raises CameraLost when the device gives none."""
        good, picture = self._video.read()
        if not good or picture is None:
            raise CameraLost("the camera gives no picture")
        return from_bgr(fitted(picture, *self._size))

    def skip(self) -> None:
        """Take the next picture from the driver without decoding it."""
        if not self._video.grab():
            raise CameraLost("the camera gives no picture")

    def close(self) -> None:
        """Let go of the device."""
        self._video.release()


class FileCamera:
    """A video file played over and over at ``fps``."""

    def __init__(self, path: str, width: int, height: int, fps: int) -> None:
        self._size = (width, height)
        self._video = cv2.VideoCapture(path)
        if not self._video.isOpened():
            raise CameraLost("the video file cannot be opened")
        self._pace = Pace(fps)

    def read(self) -> Planes:
        """The next picture, from the beginning again after the last; raises CameraLost on an empty file."""
        self._pace.wait()
        good, picture = self._video.read()
        if not good:
            self._video.set(cv2.CAP_PROP_POS_FRAMES, 0)
            good, picture = self._video.read()
        if not good or picture is None:
            raise CameraLost("the video file has no picture")
        return from_bgr(fitted(picture, *self._size))

    def skip(self) -> None:
        """Let a picture's time pass."""
        self._pace.wait()

    def close(self) -> None:
        """Close the file."""
        self._video.release()


def _titled(title: str) -> str:
    """Where a camera is by now: a plugged-in one may come back under another number."""
    for one in cameras():
        if one.title == title:
            return one.choice.name
    raise CameraLost(f"camera {title} is not there")


def fitted(picture: Picture, width: int, height: int) -> Picture:
    """The picture at the wanted size: scaled, and cut at the longer sides."""
    tall, wide = picture.shape[:2]
    if (wide, tall) == (width, height):
        return picture
    scale = max(width / wide, height / tall)
    scaled = cv2.resize(picture, (max(width, round(wide * scale)), max(height, round(tall * scale))))
    left, top = (scaled.shape[1] - width) // 2, (scaled.shape[0] - height) // 2
    return scaled[top : top + height, left : left + width].copy()
