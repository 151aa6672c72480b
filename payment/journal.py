"""Adapter: the agent's purchase journal, append-only, safe against a power cut at any instant.

A line is ``LENGTH CRC JSON``: eight hex digits each of the byte length and the CRC-32 of the JSON. A line that
is incomplete at the end of the file was never promised to anyone and is cut off at open; a bad line with good
ones after it is damage, and is said so.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

from ground.disk import AppendFile, Disk
from ground.money import MoneyError
from payment.errors import IllegalEvent, JournalBroken, JournalDamaged
from payment.events import Entry, entry_from_json, entry_to_json
from payment.purchase import replay
from payment.record import RHYTHM, Purchase, Rhythm

NAME = "purchases.journal"


class Journal:
    """The entries of all purchases of one terminal, and how far the server has acknowledged them."""

    def __init__(self, disk: Disk, name: str = NAME) -> None:
        self._disk, self._name = disk, name
        self._file: AppendFile | None = None
        self._entries: dict[str, list[Entry]] = {}
        self._acknowledged: dict[str, int] = {}

    def open(self) -> None:
        """Read everything, cut a torn tail. Raises JournalDamaged, or JournalBroken when the disk refuses."""
        data = self._disk.read(self._name) or b""
        good = 0
        for text, end in _lines(data):
            self._take_in(text)
            good = end
        if good < len(data) and _has_whole_line(data[good:]):
            raise JournalDamaged(f"byte {good} of {self._name}")
        # What we just read may only be in the system's cache, and we are about to act on it. Written anew, not synced:
        # after a sync that failed its pages count as clean, and the next sync says yes without writing (fsync(2)).
        try:
            if data:
                self._disk.replace(self._name, data[:good])
            self._file = self._disk.open_append(self._name)
        except OSError as error:
            raise JournalBroken(str(error)) from error
        self._sync(self._file)

    def write(self, entry: Entry) -> None:
        """Append the entry; on return it is on the medium. Raises JournalBroken, and then forever."""
        self._append(entry_to_json(entry))
        self._entries.setdefault(entry.purchase_id, []).append(entry)

    def acknowledged(self, purchase_id: str, seq: int) -> None:
        """The server has every entry of this purchase up to ``seq``; durable on return."""
        if seq > self._acknowledged.get(purchase_id, 0):
            self._append(_acknowledgement(purchase_id, seq))
            self._acknowledged[purchase_id] = seq

    def purchases(self, rhythm: Rhythm = RHYTHM) -> dict[str, Purchase]:
        """Every purchase as its entries tell. Raises JournalDamaged when they contradict the rules."""
        try:
            return {purchase_id: replay(entries, rhythm) for purchase_id, entries in self._entries.items()}
        except IllegalEvent as error:
            raise JournalDamaged(str(error)) from error

    def entries_after(self, purchase_id: str, seq: int) -> list[Entry]:
        """This purchase's entries with a greater number."""
        return [entry for entry in self._entries.get(purchase_id, []) if entry.seq > seq]

    def unacknowledged(self) -> list[Entry]:
        """What the server has not confirmed, each purchase in order."""
        return [
            entry
            for purchase_id in self._entries
            for entry in self.entries_after(purchase_id, self._acknowledged.get(purchase_id, 0))
        ]

    def forget(self, purchase_ids: set[str]) -> None:
        """Write the journal anew without these purchases; whole, old or new, at any power cut."""
        if not purchase_ids:
            return
        self.close()
        for purchase_id in purchase_ids:
            self._entries.pop(purchase_id, None)
            self._acknowledged.pop(purchase_id, None)
        texts = [entry_to_json(entry) for entries in self._entries.values() for entry in entries]
        texts += [_acknowledgement(purchase_id, seq) for purchase_id, seq in self._acknowledged.items()]
        try:
            self._disk.replace(self._name, b"".join(map(_line, texts)))
        except OSError as error:
            raise JournalBroken(str(error)) from error
        self._file = self._disk.open_append(self._name)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _take_in(self, text: bytes) -> None:
        try:
            value = json.loads(text)
            if "acknowledged" in value:
                self._acknowledged[value["acknowledged"]] = int(value["seq"])
            else:
                entry = entry_from_json(text)
                self._entries.setdefault(entry.purchase_id, []).append(entry)
        except (ValueError, KeyError, TypeError, MoneyError) as error:
            raise JournalDamaged(f"a whole line of {self._name} is not an entry") from error

    def _append(self, text: str) -> None:
        if self._file is None:
            raise JournalBroken("the journal is not open")
        self._sync(self._file, _line(text))

    def _sync(self, file: AppendFile, data: bytes = b"") -> None:
        try:
            if data:
                file.append(data)
            file.sync()
        except OSError as error:
            # After a failed write or sync nobody knows what is on the medium (fsync(2), "errors"):
            # only a restart, which reads it, may go on.
            self.close()
            raise JournalBroken(str(error)) from error


def _acknowledgement(purchase_id: str, seq: int) -> str:
    return json.dumps({"acknowledged": purchase_id, "seq": seq})


def _line(text: str) -> bytes:
    data = text.encode()
    return b"%08x %08x %s\n" % (len(data), zlib.crc32(data), data)


def _lines(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Each good line's JSON and where it ends, up to the first that is not good."""
    start = 0
    while True:
        line = _line_at(data, start)
        if line is None:
            return
        start += len(line) + 19
        yield line, start


def _line_at(data: bytes, start: int) -> bytes | None:
    head = data[start : start + 18]
    try:
        length, crc = int(head[:8], 16), int(head[9:17], 16)
    except ValueError:
        return None
    text = data[start + 18 : start + 18 + length]
    whole = len(text) == length and data[start + 18 + length : start + 19 + length] == b"\n"
    return text if whole and zlib.crc32(text) == crc else None


def _has_whole_line(data: bytes) -> bool:
    start = data.find(b"\n") + 1
    while start:
        if _line_at(data, start) is not None:
            return True
        start = data.find(b"\n", start) + 1
    return False
