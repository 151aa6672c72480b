"""Port: where pictures come from. Drivers: ``generated``, ``opencv`` (device, file); ``stills`` if there is none."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from media.errors import MediaError

Picture = NDArray[Any]  # BGR, uint8, height x width x 3


class CameraLost(MediaError):
    """The camera cannot be opened or gives no more pictures."""

    code = "media.camera_lost"


class Camera(Protocol):
    """A source of pictures, used from one thread."""

    def read(self) -> Picture:
        """The next picture, when it is due (blocks up to a frame's time); raises CameraLost."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...
