"""What lies in the memory of another process, looked for from outside, as an intruder would."""

from __future__ import annotations

import mmap
import re
from array import array
from collections.abc import Iterator, Mapping
from io import FileIO
from itertools import groupby
from pathlib import Path

_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+\s*(.*)")
_PAGE = mmap.PAGESIZE
_THERE = 3 << 62  # present, or swapped out (Linux, admin-guide/mm/pagemap)


def writable(pid: int) -> Iterator[bytes]:
    """Every part of a process's memory that it may have written and that holds something."""
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory, Path(f"/proc/{pid}/pagemap").open("rb", 0) as pages:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            region = _REGION.match(line)
            if region is None or not (region[3].startswith("rw") or (region[3] == "r--p" and not region[4])):
                continue
            for begin, end in _touched(pages, int(region[1], 16), int(region[2], 16)):
                try:
                    memory.seek(begin)
                    yield memory.read(end - begin)
                except OSError:
                    continue  # a device's memory, or gone meanwhile


def _touched(pages: FileIO, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The runs of pages that the process has used: what it never touched is zeros."""
    pages.seek(begin // _PAGE * 8)
    entries = array("Q", pages.read((end - begin) // _PAGE * 8))
    place = begin
    for there, run in groupby(entries, lambda entry: entry & _THERE != 0):
        size = sum(1 for _ in run) * _PAGE
        if there:
            yield place, place + size
        place += size


def count(pid: int, text: bytes) -> int:
    """How often a text is there."""
    return sum(part.count(text) for part in writable(pid))


def found(pid: int, forms: Mapping[str, bytes]) -> set[str]:
    """The names of the forms that are there."""
    return {name for part in writable(pid) for name, form in forms.items() if form in part}
