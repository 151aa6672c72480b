"""Adapter: a camera, or a looped video file, through OpenCV."""

from __future__ import annotations

import cv2

from media.capture import CameraLost, Picture
from media.capture.pace import Pace


class DeviceCamera:
    """A camera by index (``"0"``), path (``/dev/video2``), or the first one when ``name`` is empty."""

    def __init__(self, name: str, width: int, height: int, fps: int) -> None:
        self._video = cv2.VideoCapture(name if name.startswith("/") else int(name or 0))
        if not self._video.isOpened():
            raise CameraLost(f"camera {name or 'default'} cannot be opened")
        # Motion JPEG first: uncompressed 720p does not fit USB 2 at 30 pictures a second
        self._video.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        for setting, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, width),
            (cv2.CAP_PROP_FRAME_HEIGHT, height),
            (cv2.CAP_PROP_FPS, fps),
            (cv2.CAP_PROP_BUFFERSIZE, 1),
        ):
            self._video.set(setting, value)

    def read(self) -> Picture:
        """The next picture; raises CameraLost when the device gives none."""
        good, picture = self._video.read()
        if not good or picture is None:
            raise CameraLost("the camera gives no picture")
        return picture

    def close(self) -> None:
        """Let go of the device."""
        self._video.release()


class FileCamera:
    """A video file played over and over at ``fps``."""

    def __init__(self, path: str, fps: int) -> None:
        self._video = cv2.VideoCapture(path)
        if not self._video.isOpened():
            raise CameraLost("the video file cannot be opened")
        self._pace = Pace(fps)

    def read(self) -> Picture:
        """The next picture, from the beginning again after the last; raises CameraLost on an empty file."""
        self._pace.wait()
        good, picture = self._video.read()
        if not good:
            self._video.set(cv2.CAP_PROP_POS_FRAMES, 0)
            good, picture = self._video.read()
        if not good or picture is None:
            raise CameraLost("the video file has no picture")
        return picture

    def close(self) -> None:
        """Close the file."""
        self._video.release()
