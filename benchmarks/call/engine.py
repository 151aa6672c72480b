"""Wiring: the product's engine as it is, with its file devices tapped: run in place of ``media.engine``.

The microphone's blocks are written as they are handed over, the loudspeaker's as they are fetched, into the folder that
the environment variable names: ``said-N.pcm``, ``heard-N.pcm`` (int16, 48 kHz mono; N counts the devices started, for
a rehearsal has its own) and beside each a ``.csv`` with rows ``sample,wall_ms``. The first sample of a block was spoken
20 ms before it was handed over; a fetched block is played from then on. Each voice leaves ``came-N.csv`` and
``tally-N.csv``, what came and what it has played so far.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from media.engine.__main__ import main
from media.sound import BLOCK_SECONDS, Block
from media.sound.file import FileLoudspeaker, LoopedMicrophone
from media.sound.voice import Voice

FOLDER = "INFOMAT_BENCH_TAPS"
_number = itertools.count()


class Tap:
    """Blocks of one device and when they passed; written at once, so that a killed engine leaves them."""

    def __init__(self, name: str, early: float) -> None:
        folder, name = Path(os.environ[FOLDER]), f"{name}-{next(_number)}"
        self._sound = (folder / f"{name}.pcm").open("wb", buffering=0)
        self._rows = (folder / f"{name}.csv").open("w", buffering=1)
        self._rows.write("sample,wall_ms\n")
        self._early, self._passed = early, 0

    def pass_on(self, block: Block) -> None:
        """Note a block; ``early`` seconds before now its first sample was there."""
        self._rows.write(f"{self._passed},{(time.time() - self._early) * 1000:.3f}\n")
        self._sound.write(block.astype("<i2").tobytes())
        self._passed += len(block)


def rows_of(voice: Voice, name: str, head: str) -> TextIO:
    """The file ``name-N.csv`` that one voice leaves, made when there is something to write."""
    taps: dict[str, TextIO] = voice.__dict__.setdefault("_taps", {})
    if name not in taps:
        taps[name] = (Path(os.environ[FOLDER]) / f"{name}-{next(_number)}.csv").open("w", buffering=1)
        taps[name].write(head + "\n")
    return taps[name]


def tap_packets() -> None:
    """From now on each voice leaves its packets as they came, so that its buffer can be judged again without a call."""
    add = Voice.add

    def noted(self: Any, packet: Any) -> Any:
        rows = rows_of(self, "came", "wall_ms,sequence,timestamp,opus")
        rows.write(f"{time.time() * 1000:.3f},{packet.sequence_number},{packet.timestamp},{packet._data.hex()}\n")
        return add(self, packet)

    Voice.add = noted  # type: ignore[method-assign]


def tap_tallies() -> None:
    """From now on each voice leaves what it has played so far and where that came from, with each part it gives."""
    part = Voice.next_part

    def counted(self: Any) -> Block:
        block, tally = part(self), self.tally
        rows_of(self, "tally", "decoded,fec,concealed").write(f"{tally.decoded},{tally.fec},{tally.concealed}\n")
        return block

    Voice.next_part = counted  # type: ignore[method-assign]


def tap_devices() -> None:
    """From now on file devices leave evidence."""
    start_microphone, start_loudspeaker = LoopedMicrophone.start, FileLoudspeaker.start

    def microphone(self: Any, heard: Callable[[Block], None], lost: Callable[[str], None]) -> None:
        tap = Tap("said", BLOCK_SECONDS)

        def say(block: Block) -> None:
            tap.pass_on(block)
            heard(block)

        start_microphone(self, say, lost)

    def loudspeaker(self: Any, next_part: Callable[[], Block], lost: Callable[[str], None]) -> None:
        tap = Tap("heard", 0.0)

        def play() -> Block:
            block = next_part()
            tap.pass_on(block)
            return block

        start_loudspeaker(self, play, lost)

    LoopedMicrophone.start = microphone  # type: ignore[method-assign]
    FileLoudspeaker.start = loudspeaker  # type: ignore[method-assign]


if __name__ == "__main__":
    tap_devices()
    tap_packets()
    tap_tallies()
    sys.exit(main())
