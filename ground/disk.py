"""Port and adapter: the few things our own journals ask of a disk.

Everything that was promised to a person goes through here, so that tests can put a disk underneath
that drops what was not synced (``ground/simulated_disk.py``): ``kill -9`` alone proves nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class AppendFile(Protocol):
    """A file that only grows."""

    def append(self, data: bytes) -> None:
        """Hand bytes to the system. They are NOT safe before ``sync`` returned."""
        ...

    def sync(self) -> None:
        """Return only when everything appended so far is on the medium (``fdatasync(2)``)."""
        ...

    def close(self) -> None:
        """Let go of the file; does not sync."""
        ...


class Disk(Protocol):
    """A folder of journals, named by plain file names."""

    def read(self, name: str) -> bytes | None:
        """Whole content, or None when there is no such file."""
        ...

    def open_append(self, name: str) -> AppendFile:
        """Open (or create) a file for appending; a created file's name is itself made durable."""
        ...

    def replace(self, name: str, data: bytes) -> None:
        """Put ``data`` in place of the file at once or not at all, durable on return."""
        ...

    def truncate(self, name: str, size: int) -> None:
        """Cut a torn tail off, durable on return."""
        ...


class _RealAppendFile:
    def __init__(self, fd: int) -> None:
        self._fd = fd

    def append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def sync(self) -> None:
        _fdatasync(self._fd)

    def close(self) -> None:
        os.close(self._fd)


class RealDisk:
    """The machine's file system below one folder, made on first use with mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def open_append(self, name: str) -> AppendFile:
        path = self._folder / name
        new = not path.exists()
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if new:
            self._sync_folder()
        return _RealAppendFile(fd)

    def replace(self, name: str, data: bytes) -> None:
        draft = self._folder / f".{name}.draft"
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            _fdatasync(fd)
        finally:
            os.close(fd)
        os.replace(draft, self._folder / name)
        self._sync_folder()

    def truncate(self, name: str, size: int) -> None:
        fd = os.open(self._folder / name, os.O_WRONLY)
        try:
            os.ftruncate(fd, size)
            os.fsync(fd)
        finally:
            os.close(fd)

    def _sync_folder(self) -> None:
        if os.name == "nt":  # Windows makes directory entries durable with the file
            return
        fd = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _fdatasync(fd: int) -> None:
    getattr(os, "fdatasync", os.fsync)(fd)
