"""Wiring for tests: a log that earlier rules wrote, as a file, and how today's rules follow it.

The file is JSON Lines, packed: the settings and the head they give; the entries; the head after the last of them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from equeue import Dispatcher, Settings, effects, events
from equeue.proof import Chain, first_head

FOLDER = Path(__file__).parent / "old_logs"
#: How much of each head is kept: enough to see that it is another one.
SHORT = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: its number, its moment, the event as ``events.to_json`` wrote it, how the head after it began."""

    number: int
    at: str
    event: str
    head: str


@dataclass(frozen=True, slots=True)
class OldLog:
    """A log with the settings it began with, the head before its first entry and the one after its last."""

    name: str
    settings: str
    begun: str
    lines: tuple[Line, ...]
    head: str

    def write(self, path: Path) -> None:
        """The same bytes for the same log; raises FileExistsError rather than replace one."""
        rows: list[dict[str, object]] = [{"settings": self.settings, "head": self.begun}]
        rows += [{"n": one.number, "at": one.at, "event": one.event, "head": one.head} for one in self.lines]
        rows.append({"head": self.head})
        text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
        with path.open("xb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write(text.encode())


def read(path: Path) -> OldLog:
    """The log that ``OldLog.write`` wrote."""
    first, *rows, last = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    lines = tuple(Line(row["n"], row["at"], row["event"], row["head"]) for row in rows)
    return OldLog(path.name, first["settings"], first["head"], lines, last["head"])


class NotFollowed(AssertionError):
    """Today's rules do not lead where an old log went."""

    def __init__(self, log: OldLog, place: str, what: str) -> None:
        super().__init__(
            f"{log.name}, {place}\n{what}\n\n"
            "What it means: houses that run keep logs like this one. A release with this change would call them\n"
            "unfair (infomat queue verify), or its server could not rebuild the queue and would not start.\n"
            "What to do: keep the old behaviour for old logs. Give a new rule a setting whose default is how it was,\n"
            "named in _LATER of settings.py; give a new field of an event or an effect a default and the mark\n"
            "plain.LATER. Do not record this log again: those of the houses cannot be recorded again either."
        )


def follow(log: OldLog, *, as_server: bool = False) -> Iterator[tuple[events.Event, list[effects.Effect]]]:
    """Each event and what today's rules tell because of it; raises NotFollowed where they lead elsewhere.

    ``as_server``: asking after each step when the next is due, which a verifier never does and which must not matter.
    """
    queue, chain = _begun(log)
    for line in log.lines:
        place = f"entry {line.number} of {len(log.lines)}, at {line.at}:\n  {line.event}"
        try:
            event, now = events.from_json(line.event), datetime.fromisoformat(line.at)
            told = queue.step(event, now)
        except Exception as error:
            # Also what is no refusal: a server that rebuilds its queue stops at the one as at the other.
            refusal = f"It happened, and today's rules say that it cannot have: {type(error).__name__}: {error}"
            raise NotFollowed(log, place, refusal) from error
        entry = chain.add(event, now, told)
        if entry.event != line.event:
            raise NotFollowed(log, place, f"Read back and written again the event has another text:\n  {entry.event}")
        if (entry.number, entry.at, entry.head[:SHORT]) != (line.number, line.at, line.head):
            now_told = "".join(f"\n  {effects.to_json(one)}" for one in told) or "\n  nothing"
            raise NotFollowed(
                log,
                place,
                "Today's rules tell something else here than was told then: because of this event, or of what earlier\n"
                f"ones have left behind. They tell now:{now_told}",
            )
        if as_server:
            queue.next_deadline()
        yield event, told
    if chain.head != log.head:
        raise NotFollowed(log, "its end", f"The last head is {chain.head}, and was {log.head}.")


def _begun(log: OldLog) -> tuple[Dispatcher, Chain]:
    try:
        chosen = Settings.from_toml(log.settings)
    except Exception as error:
        raise NotFollowed(log, "its settings", f"They cannot be read any more: {error}") from error
    if first_head(chosen) != log.begun:
        what = "Read back and written again they have another text, or it is hashed otherwise. They are now:\n"
        raise NotFollowed(log, "its settings", what + chosen.to_toml())
    return Dispatcher(chosen), Chain(log.begun)
