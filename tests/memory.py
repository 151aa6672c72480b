"""What lies in the memory of another process, looked for from outside, as an intruder would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+)\s*(.*)")


def writable(pid: int) -> Iterator[bytes]:
    """Every part of a process's memory that it may have written and that holds something."""
    region: tuple[int, int] | None = None
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
            if found := _REGION.match(line):
                begin, end, rights = int(found[1], 16), int(found[2], 16), found[3]
                region = (begin, end) if rights.startswith("rw") or (rights == "r--p" and not found[5]) else None
            elif region is not None and line.startswith("Rss:") and line.split()[1] != "0":
                try:
                    memory.seek(region[0])
                    yield memory.read(region[1] - region[0])
                except OSError:
                    continue  # a device's memory, or gone meanwhile


def count(pid: int, text: bytes) -> int:
    """How often a text is there."""
    return sum(part.count(text) for part in writable(pid))


def found(pid: int, forms: Mapping[str, bytes]) -> set[str]:
    """The names of the forms that are there."""
    return {name for part in writable(pid) for name, form in forms.items() if form in part}
