"""Adapter: one run of the bank's program in its own directory. It is never ended by us, not even when we end.

Its output goes to a file, not to a pipe: a pipe to a dead agent would end it in the middle of a payment. It inherits
a lock (flock) on its directory, so that whoever comes after us knows whether it still runs. asyncio's own subprocess
ends a child whose loop is closed, so the child is started without it and its end is heard through a pidfd.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

_LOCK, _OUTPUT = ".infomat.lock", "infomat.out"
_LEFT = ("e", "p", _OUTPUT)


class StillRuns(Exception):
    """A run of the program holds its directory."""


class Started:
    """A run under way. ``wait`` returns when the program has ended, however it did."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    async def wait(self) -> None:
        """Its exit code says nothing (payments.md 1.7)."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        watched = os.pidfd_open(self._process.pid)
        loop.add_reader(watched, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(watched)
            os.close(watched)
        self._process.wait()  # it has ended: only its entry in the process table is left


def take(folder: Path) -> int:
    """The lock of the directory, as an open file. Raises StillRuns, OSError."""
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise StillRuns from None
    return lock


def let_go(lock: int) -> None:
    """Close our end of the lock; a program that inherited it keeps it."""
    os.close(lock)


def clear(folder: Path) -> None:
    """Delete what an earlier run left, durable on return: an old result must never pass for a new one."""
    for name in _LEFT:
        with contextlib.suppress(FileNotFoundError):
            (folder / name).unlink()
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def start(folder: Path, program: str, arguments: Sequence[str], lock: int) -> Started:
    """Start it with the lock. Raises OSError when it cannot be started; then nothing has run."""
    output = os.open(folder / _OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(
            [str(folder / program), *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=(lock,),
        )
    finally:
        os.close(output)
    return Started(process)


def left(folder: Path) -> tuple[bytes | None, bytes | None, bytes | None]:
    """``e``, ``p`` and the output, each None where there is none."""
    found = [_read(folder / name) for name in _LEFT]
    return found[0], found[1], found[2]


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
