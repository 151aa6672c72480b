"""A disk that is full when a test says so: it takes half of what is written, and refuses."""

from __future__ import annotations

import errno
from pathlib import Path

from ground.disk import AppendFile, RealDisk


class FullDisk(RealDisk):
    """Real files; while ``full`` an append leaves half of itself and everything written is refused."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.full = False

    def open_append(self, name: str) -> AppendFile:
        """A file that refuses like its disk."""
        return _FullFile(self, super().open_append(name))

    def replace(self, name: str, data: bytes) -> None:
        """Not at all while it is full."""
        self.check()
        super().replace(name, data)

    def check(self) -> None:
        """Raises OSError while it is full."""
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")


class _FullFile:
    def __init__(self, disk: FullDisk, file: AppendFile) -> None:
        self._disk, self._file = disk, file

    def append(self, data: bytes) -> None:
        if self._disk.full:
            self._file.append(data[: len(data) // 2])
        self._disk.check()
        self._file.append(data)

    def sync(self) -> None:
        self._disk.check()
        self._file.sync()

    def close(self) -> None:
        self._file.close()
