"""Port: the event log, the server's one truth, and what is written together with it.

A Change is everything one command or one moment does: entries of the log, rows of the projections, and what is
told to whom once all of it is durable. Nothing is told before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ground.errors import InfomatError
from signaling.protocol.values import Message

#: The hash before the first entry.
GENESIS = "0" * 64


class LogError(InfomatError):
    """Base of what goes wrong with the log."""

    code = "log.error"


class DamagedDatabase(LogError):
    """The database cannot be trusted; the text says what to do. The server must not start."""

    code = "log.damaged"


class LogBroken(LogError):
    """A write failed: memory is ahead of the disk, so the process must end and be started again."""

    code = "log.broken"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, in plain values; never anything personal. ``body`` is canonical JSON."""

    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with its place in the chain."""

    number: int
    at: datetime
    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row."""

    table: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Update:
    """Columns of the rows whose columns equal ``key``."""

    table: str
    key: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Put:
    """A row that replaces the one with the same primary key, if there is one."""

    table: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expire:
    """Rows whose moment in ``column`` is before ``before`` go."""

    table: str
    column: str
    before: datetime


Write = Insert | Update | Put | Expire


@dataclass(slots=True)
class Change:
    """What one step does: logged and written together; when that is durable, ``tells`` are told in their order,
    then ``afterwards`` is called."""

    at: datetime
    entries: list[Entry] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    tells: list[tuple[str, Message]] = field(default_factory=list)
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    def log(self, kind: str, **body: Any) -> None:
        """Add an entry; values must be plain JSON."""
        self.entries.append(Entry(kind, canonical(body)))

    def tell(self, identity: str, event: Message) -> None:
        """Tell one client, when everything before is durable."""
        self.tells.append((identity, event))

    @property
    def lasting(self) -> bool:
        """Whether anything has to be on disk."""
        return bool(self.entries or self.writes)


class EventLog(Protocol):
    """Synchronous, for one writer at a time; all but ``ready`` is called by ``asyncio.to_thread``.

    The rows lie in the same store, which ``Records`` reads: another store wants both. Contract:
    ``tests/signaling/event_log_contract.py``.
    """

    def ready(self, changes: Sequence[Change]) -> Callable[[], None]:
        """What writes the entries and rows of all changes in one transaction, durable on return; for any thread.

        Making it is work of Python's, running it the database's, beside the loop. Both raise LogBroken.
        """
        ...

    def alive(self) -> None:
        """Asked while there is nothing to write; raises LogBroken when nothing could be written any more."""
        ...

    def tidy(self) -> None:
        """Whatever makes later transactions cheaper; may run beside one. What fails changes nothing."""
        ...

    def read_all(self, after: tuple[int, str] = (0, GENESIS)) -> Iterator[StoredEntry]:
        """Every entry after this number and hash, oldest first; raises DamagedDatabase when the chain does not hold."""
        ...

    def newest(self, kind: str | None = None) -> StoredEntry | None:
        """The newest entry, or the newest of a kind; None: there is none."""
        ...

    def end(self) -> tuple[int, str]:
        """Number and hash of the newest entry."""
        ...

    def hash_of(self, number: int) -> str | None:
        """The hash of the entry of this number, if there is one."""
        ...


def canonical(body: Mapping[str, Any]) -> str:
    """The same JSON text for the same values everywhere."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chained(previous: str, number: int, at: datetime, entry: Entry) -> str:
    """The hash of an entry: SHA-256 over the hash before it and its own text. ``at`` is in UTC."""
    return chained_at(previous, number, at.isoformat(timespec="microseconds"), entry)


def chained_at(previous: str, number: int, at: str, entry: Entry) -> str:
    """As ``chained``, by the moment's text."""
    return hashlib.sha256(f"{previous}\n{number}\n{at}\n{entry.kind}\n{entry.body}".encode()).hexdigest()
