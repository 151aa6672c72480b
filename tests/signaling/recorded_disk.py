"""Adapter for tests: what strace saw a process write, on a disk whose power can be cut after any call.

What was synced stays. Of what was not, any part may be there: none, all, or some of the writes, one of them torn at a
sector. A new file is there for certain only when its folder was synced. (SQLite's -shm file is memory, not disk.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

#: What strace has to record, with ``-f -y -xx`` and a ``-s`` larger than any write.
CALLS = "openat,pwrite64,write,ftruncate,fdatasync,fsync,unlink"
SECTOR = 512

_CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?")
_FD = re.compile(r"^(\d+)<([^>]*)>(?:, )?")


@dataclass(frozen=True)
class Call:
    """A call that succeeded. ``data``: what was written; ``number``: its offset, or the new size."""

    name: str
    path: str
    data: bytes = b""
    number: int = 0


def calls(record: Path) -> list[Call]:
    """What strace recorded, in order; a call that another one overtook counts when it returned."""
    found, begun = [], dict[str, str]()
    for line in record.read_text().splitlines():
        process, _, rest = line.partition(" ")
        if line.endswith("<unfinished ...>"):
            begun[process] = line.removesuffix("<unfinished ...>")
            continue
        if (resumed := re.match(r" *<\.\.\. \w+ resumed>(.*)", rest)) is not None:
            line = begun.pop(process) + resumed[1]
        matched = _CALL.match(line)
        if matched is not None and int(matched[3]) >= 0:
            call = _call(matched[1], matched[2].rstrip(), int(matched[3]))
            found += [] if call is None else [call]
    return found


def _call(name: str, arguments: str, result: int) -> Call | None:
    if name in ("openat", "unlink"):
        path = re.search(r'"([^"]*)"', arguments)
        assert path is not None
        if name == "openat" and "O_CREAT" not in arguments:
            return None
        return Call("create" if name == "openat" else "unlink", _bytes(path[1]).decode())
    on = _FD.match(arguments)
    if on is None:
        return None
    path_text, rest = _bytes(on[2]).decode(errors="replace"), arguments[on.end() :]
    if name in ("fsync", "fdatasync"):
        return Call("sync", path_text)
    if name == "ftruncate":
        return Call("truncate", path_text, number=int(rest))
    written = re.match(r'"([^"]*)"(\.*), (\d+)(?:, (\d+))?$', rest)
    assert written is not None, arguments[:200]
    assert not written[2], "strace cut a write off: a larger -s is needed"
    data = _bytes(written[1])
    assert len(data) == result, "a short write"
    return Call(name, path_text, data, int(written[4] or 0))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


@dataclass
class _File:
    durable: bytes = b""
    named: bool = True
    pending: list[Call] = field(default_factory=list)

    def after(self, some: list[Call]) -> bytes:
        content = bytearray(self.durable)
        for one in some:
            if one.name == "truncate":
                content[one.number :] = bytes(max(0, one.number - len(content)))
                continue
            content += bytes(max(0, one.number - len(content)))
            content[one.number : one.number + len(one.data)] = one.data
        return bytes(content)


class RecordedDisk:
    """The files of one folder as they were before the first call, and then call after call."""

    def __init__(self, folder: Path, begun_with: dict[str, bytes]) -> None:
        self._folder = str(folder)
        self._files = {name: _File(content) for name, content in begun_with.items()}

    def do(self, call: Call) -> bool:
        """Take note of a call; whether it concerns this disk."""
        if call.name == "sync" and call.path == self._folder:
            for one in self._files.values():
                one.named = True
            return True
        folder, _, name = call.path.rpartition("/")
        if folder != self._folder or name.endswith("-shm"):
            return False
        match call.name:
            case "create":
                self._files.setdefault(name, _File(named=False))
            case "unlink":
                del self._files[name]
            case "sync":
                file = self._files[name]
                file.durable, file.pending = file.after(file.pending), []
            case "pwrite64" | "truncate":
                self._files[name].pending.append(call)
            case _:
                return False
        return True

    def cuts(self, chance: Random) -> Iterator[dict[str, bytes]]:
        """What may be left by a power cut now: nothing of the unsynced, all of it, a part of it with a torn write."""
        yield {name: one.durable for name, one in self._files.items() if one.named}
        yield {name: one.after(one.pending) for name, one in self._files.items()}
        left = {}
        for name, one in self._files.items():
            if not one.named and chance.random() < 0.3:
                continue
            some = [call for call in one.pending if chance.random() < 0.6]
            if some:
                torn = chance.randrange(len(some))
                whole = some[torn]
                kept = whole.data[: SECTOR * chance.randint(0, max(1, len(whole.data) // SECTOR))]
                some[torn] = Call(whole.name, whole.path, kept, whole.number)
            left[name] = one.after(some)
        yield left
