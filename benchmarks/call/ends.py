"""Port: one end's media in the benchmark: what a window does with it, and the evidence it leaves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil

from signaling.protocol.values import Description, SessionView


@dataclass(frozen=True, slots=True)
class Said:
    """A local description, to be signed by the window; ``nonce`` is made by whoever made the description."""

    session_id: str
    kind: str
    sdp: str
    fingerprint: str
    nonce: str


@dataclass(slots=True)
class Firsts:
    """When this end showed its first picture and heard its first sound of a call (wall_ms), None until then."""

    picture: float | None = None
    sound: float | None = None

    @property
    def whole(self) -> bool:
        """Whether both were there."""
        return self.picture is not None and self.sound is not None


@dataclass(slots=True)
class Sounds:
    """Where the played sound came from, in units of one kind."""

    decoded: float = 0.0
    fec: float = 0.0
    concealed: float = 0.0


@dataclass(slots=True)
class Load:
    """What one process of an end took up."""

    process: str
    cpu_s: float
    rss_mib: float
    pss_mib: float


class MediaEnd(Protocol):
    """The media of one role; times are wall_ms."""

    role: str
    firsts: Firsts

    async def start(self, described: Callable[[Said], None]) -> None:
        """Open the devices, long before a call; ``described`` hears each local description."""
        ...

    def join(self, session: SessionView) -> None:
        """Take part, as after an accept; ``firsts`` begins anew."""
        ...

    def take(self, session_id: str, description: Description) -> None:
        """The other end's description."""
        ...

    def leave(self, session_id: str) -> None:
        """The call is over."""
        ...

    async def tap(self, on: bool) -> None:
        """Record pictures and sound, or stop it for the sake of CPU figures."""
        ...

    async def counted(self) -> tuple[int, Sounds]:
        """Pictures shown and sound played so far."""
        ...

    def pids(self) -> list[int]:
        """The process ids of this end, the first one's children are looked up."""
        ...

    async def close(self, folder: Path, span: tuple[float, float]) -> None:
        """End it, and write this end's evidence of the measured time."""
        ...


@dataclass(slots=True)
class Meter:
    """The load of an end's processes between two looks."""

    pids: list[int]
    _before: dict[int, float] = field(default_factory=dict)
    _began: float = 0.0

    def begin(self) -> None:
        """The first look."""
        self._before = {p.pid: sum(p.cpu_times()[:2]) for p in self._processes()}
        self._began = time.monotonic()

    def end(self) -> tuple[float, list[Load]]:
        """The second: seconds between, and each process."""
        wall, found = time.monotonic() - self._began, []
        for process in self._processes():
            cpu = sum(process.cpu_times()[:2]) - self._before.get(process.pid, 0.0)
            memory = process.memory_full_info()
            found.append(Load(_kind(process), cpu, memory.rss / 2**20, memory.pss / 2**20))
        return wall, found

    def _processes(self) -> list[psutil.Process]:
        found = []
        for pid in self.pids:
            top = psutil.Process(pid)
            found += [top, *top.children(recursive=True)]
        return [p for p in found if p.status() != psutil.STATUS_ZOMBIE]


def resident(pids: list[int]) -> float:
    """MiB of memory (RSS) of these processes and their children."""
    found = [psutil.Process(pid) for pid in pids]
    return sum(p.memory_info().rss for top in found for p in (top, *top.children(recursive=True))) / 2**20


def _kind(process: psutil.Process) -> str:
    """``renderer``, ``gpu-process`` and so on for a part of Chromium, else the program's name."""
    given = [part[7:] for part in process.cmdline() if part.startswith("--type=")]
    return given[0] if given else process.name()


def wall() -> float:
    """Milliseconds since the epoch."""
    return time.time() * 1000


#: adds to ``time.monotonic()`` in ms to give wall_ms; read once, so that it cannot jump within a run
WALL_OFFSET = time.time() * 1000 - time.monotonic() * 1000
