"""Port: sound in, in blocks of 20 ms, and out, in parts of 10 ms; 48 kHz, mono, signed 16 bit.

Drivers: ``device`` and ``file``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from numpy.typing import NDArray

from media.errors import MediaError

RATE = 48_000
BLOCK = 960  # samples: 20 ms
BLOCK_SECONDS = BLOCK / RATE
PART = BLOCK // 2  # samples: 10 ms, what a loudspeaker asks for at a time: the less, the later it is decided
Block = NDArray[Any]  # int16, BLOCK samples, or PART of what is played


class SoundLost(MediaError):
    """A microphone or loudspeaker cannot be opened or stopped working."""

    code = "media.sound_lost"


class Microphone(Protocol):
    """Gives blocks to ``heard`` (from any thread) from ``start`` to ``close``."""

    def start(self, heard: Callable[[Block], None], lost: Callable[[str], None]) -> None:
        """Begin; ``lost`` is called once when the device goes away. Raises SoundLost when there is none."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


class Loudspeaker(Protocol):
    """Asks ``next_part`` (from any thread) for each 10 ms it plays, from ``start`` to ``close``."""

    def start(self, next_part: Callable[[], Block], lost: Callable[[str], None]) -> None:
        """Begin; ``lost`` is called once when the device goes away. Raises SoundLost when there is none."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...
