"""Port: where pictures come from. Drivers: ``generated``, ``opencv``, ``film``, ``stills`` where there is none."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from media.errors import MediaError
from media.picture.planes import Planes

Picture = NDArray[Any]  # BGR, uint8, height x width x 3


class CameraLost(MediaError):
    """The camera cannot be opened or gives no more pictures."""

    code = "media.camera_lost"


class Camera(Protocol):
    """A source of pictures, used from one thread."""

    def read(self) -> Planes:
        """The next picture in the size of the call, when it is due (blocks up to a frame's time); raises CameraLost."""
        ...

    def skip(self) -> None:
        """Let the next picture pass when it is due, at less cost than reading it; raises CameraLost."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...
