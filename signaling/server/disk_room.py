"""Adapter: whether there is room for a server where its folder lies."""

from __future__ import annotations

import shutil
from pathlib import Path

from signaling.server.config import CannotStart

#: Bytes; a busy office writes some 30 MB a day.
_LEAST = 8 << 20


def room_for_a_start(folder: Path) -> None:
    """Raises CannotStart: a server on a full disk would end at the first word said to it, start, and end again."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    free = shutil.disk_usage(folder).free
    if free < _LEAST:
        raise CannotStart(
            f"The disk of {folder} is full ({free >> 20} MiB left, {_LEAST >> 20} are needed). "
            f"Nothing that was told is lost. Make room, and the server starts."
        )
