"""Adapter: a disk for tests and chaos runs that loses what was not synced.

``power_cut`` forgets every unsynced byte, except that a torn prefix of the unsynced tail may survive,
as real disks do; ``open_append``/``replace`` obey the same promises as ``RealDisk``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field


class PowerCut(BaseException):
    """Raised out of a disk call at the planned instant; BaseException so that no handler swallows it."""


@dataclass
class _File:
    durable: bytes = b""
    pending: bytes = b""


@dataclass
class SimulatedDisk:
    """In-memory disk. ``cut_after`` counts disk operations (append, sync, replace, truncate) left until power fails."""

    seed: int = 0
    cut_after: int | None = None
    lie_about_sync: bool = False
    files: dict[str, _File] = field(default_factory=dict)
    operations: int = 0

    def read(self, name: str) -> bytes | None:
        file = self.files.get(name)
        return None if file is None else file.durable + file.pending

    def open_append(self, name: str) -> _SimulatedAppendFile:
        return _SimulatedAppendFile(self, self.files.setdefault(name, _File()))

    def replace(self, name: str, data: bytes) -> None:
        self._operation()
        self.files[name] = _File(durable=data)

    def truncate(self, name: str, size: int) -> None:
        self._operation()
        file = self.files[name]
        self.files[name] = _File(durable=(file.durable + file.pending)[:size])

    def power_cut(self) -> None:
        """Lose unsynced bytes; a random prefix of each unsynced tail survives, torn anywhere."""
        chance = random.Random(f"{self.seed}:{self.operations}")
        for file in self.files.values():
            file.durable += file.pending[: chance.randint(0, len(file.pending))]
            file.pending = b""
        self.cut_after = None

    def _operation(self) -> None:
        self.operations += 1
        if self.cut_after is not None:
            if self.cut_after <= 0:
                raise PowerCut
            self.cut_after -= 1


class _SimulatedAppendFile:
    def __init__(self, disk: SimulatedDisk, file: _File) -> None:
        self._disk, self._file = disk, file

    def append(self, data: bytes) -> None:
        self._disk._operation()
        self._file.pending += data

    def sync(self) -> None:
        self._disk._operation()
        if not self._disk.lie_about_sync:
            self._file.durable += self._file.pending
            self._file.pending = b""

    def close(self) -> None:
        pass
