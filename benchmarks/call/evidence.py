"""Adapter: evidence in plain files: CSV, WAV, JSON."""

from __future__ import annotations

import csv
import json
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RATE = 48_000


def rows(file: Path, heads: tuple[str, ...], found: Iterable[Iterable[Any]]) -> None:
    """A CSV file with a head line."""
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(heads)
        writer.writerows(found)


def sound(folder: Path, name: str, pcm: bytes, times: list[tuple[int, float]], span: tuple[float, float]) -> None:
    """The part of a mono int16 recording inside ``span`` (wall_ms), as NAME.wav and NAME.csv (sample, wall_ms)."""
    inside = [(sample, at) for sample, at in times if span[0] <= at <= span[1]]
    first = inside[0][0] if inside else 0
    last = inside[-1][0] if inside else 0
    with wave.open(str(folder / f"{name}.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm[first * 2 : last * 2])
    rows(folder / f"{name}.csv", ("sample", "wall_ms"), ((sample - first, f"{at:.3f}") for sample, at in inside))


def note(file: Path, found: Any) -> None:
    """A JSON file."""
    file.write_text(json.dumps(found, indent=1))
