"""Adapter: commands that must arrive: on disk before they are sent, gone from it when they are answered.

``outbox.jsonl``: one line a command, one line for each that was answered. A torn last line is a command nobody was
told of. When nothing waits the file is emptied: what is personal in it does not stay. A refusing disk may leave half
a line: nothing is added behind it, the file is written anew when the disk takes it (``mend``).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

from pydantic import BaseModel, TypeAdapter, ValidationError

from ground.disk import AppendFile, Disk
from ground.errors import InfomatError
from signaling.protocol.commands import Command

NAME = "outbox.jsonl"
_COMMAND: TypeAdapter[Command] = TypeAdapter(Command)


class OutboxBroken(InfomatError):
    """The disk refused a command; it waits in memory alone."""

    code = "outbox.broken"


class Outbox:
    """The commands still waited for, in the order they were given."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._waiting: dict[str, Command] = {}
        self._file: AppendFile | None = None

    def open(self) -> None:
        """Read what waits; lines that cannot be read (a torn tail, a newer program's) are passed over."""
        for line in (self._disk.read(NAME) or b"").split(b"\n"):
            self._take(line)
        self.mend()

    def mend(self) -> bool:
        """Write the file anew where the disk has refused something; whether all that waits is on disk now."""
        if self._file is None:
            try:
                self._rewrite()
            except OSError:
                return False
        return True

    @property
    def keeps(self) -> bool:
        """Whether all that waits is on disk."""
        return self._file is not None

    @property
    def waiting(self) -> tuple[tuple[str, Command], ...]:
        """(command id, command), oldest first."""
        return tuple(self._waiting.items())

    def add(self, command_id: str, command: BaseModel) -> None:
        """Keep a command; on the medium on return. Raises OutboxBroken."""
        kept = _COMMAND.validate_python(command)
        line = json.dumps({"id": command_id, "command": kept.model_dump(mode="json")}, ensure_ascii=False)
        self._waiting[command_id] = kept
        self._append(line, sync=True)

    def done(self, command_id: str) -> None:
        """It was answered. Forgetting that is harmless: the server knows the id."""
        if self._waiting.pop(command_id, None) is None:
            return
        with contextlib.suppress(OutboxBroken):
            if self._waiting and self._file is not None:
                self._append(json.dumps({"done": command_id}), sync=False)
            else:
                self._refused_or(self._rewrite)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, line: str, *, sync: bool) -> None:
        def write() -> None:
            if self._file is None:  # the disk has refused something before
                self._rewrite()
                return
            self._file.append(line.encode() + b"\n")
            if sync:
                self._file.sync()

        self._refused_or(write)

    def _refused_or(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self.close()
            raise OutboxBroken(str(error)) from error

    def _take(self, line: bytes) -> None:
        try:
            value = json.loads(line)
            if "done" in value:
                self._waiting.pop(value["done"], None)
            else:
                self._waiting[str(value["id"])] = _COMMAND.validate_python(value["command"])
        except (ValueError, KeyError, TypeError, ValidationError):
            return

    def _rewrite(self) -> None:
        """The file holds what waits and nothing else."""
        self.close()
        lines = [
            json.dumps({"id": command_id, "command": command.model_dump(mode="json")}, ensure_ascii=False)
            for command_id, command in self._waiting.items()
        ]
        self._disk.replace(NAME, "".join(line + "\n" for line in lines).encode())
        self._file = self._disk.open_append(NAME)
