"""Adapter: a raw film (YUV4MPEG2, I420) played over and over: pictures as they are in the file, not converted."""

from __future__ import annotations

from pathlib import Path

from media.capture import CameraLost
from media.capture.pace import Pace
from media.picture.planes import Planes, empty, scaled

_MARK = b"FRAME\n"


class RawFilm:
    """Reads ``path`` at ``fps``, scaled to ``width`` x ``height``; raises CameraLost for what is no such film."""

    def __init__(self, path: str, width: int, height: int, fps: int) -> None:
        try:
            self._file = Path(path).open("rb", buffering=0)  # noqa: SIM115 (its close closes it)
            words = self._file.read(200).split(b"\n", 1)[0].decode("ascii").split(" ")
        except (OSError, UnicodeDecodeError) as error:
            raise CameraLost(f"the film cannot be opened: {error}") from error
        told = {word[:1]: word[1:] for word in words[1:]}
        if words[0] != "YUV4MPEG2" or not told.get("C", "420").startswith("420") or not ("W" in told and "H" in told):
            self._file.close()
            raise CameraLost("the film is not raw I420")
        self._size = (int(told["W"]), int(told["H"]))
        self._first = len(" ".join(words)) + 1
        self._pace, self._wanted = Pace(fps), (width, height)
        self._file.seek(self._first)

    def read(self) -> Planes:
        """The next picture, from the beginning again after the last; raises CameraLost on an empty film."""
        self._pace.wait()
        for _ in range(2):
            planes = empty(*self._size)
            if self._file.read(len(_MARK)) == _MARK and self._file.readinto(planes.data) == planes.nbytes:
                return scaled(planes, *self._wanted)
            self._file.seek(self._first)
        raise CameraLost("the film has no picture")

    def skip(self) -> None:
        """Let the next picture pass."""
        self._pace.wait()
        self._file.seek(len(_MARK) + self._size[0] * self._size[1] * 3 // 2, 1)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
