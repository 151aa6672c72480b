"""Adapter: the replies that are kept, so that a command sent twice is done once."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.frames import CommandFrame

_MOST = 100_000  # replies in memory


@dataclass(frozen=True, slots=True)
class Kept:
    """A command that was, or is being, served: its content, and the text of its reply's frame when it is there."""

    content: str
    answer: asyncio.Future[str]
    at: datetime


class KeptReplies:
    """By (identity, command id). Refusals are not kept: what was refused may be possible a moment later."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()

    def find(self, identity: str, frame: CommandFrame) -> Kept | None:
        """The same command served before, if it was; raises REPLAYED when the id came with other content."""
        kept = self._kept.get((identity, frame.id))
        if kept is not None and kept.content != content_of(frame):
            raise ProtocolError(ErrorCode.REPLAYED)
        return kept

    def load(self, rows: Iterable[Any]) -> None:
        """Take over what was kept before a restart, oldest first."""
        for row in rows:
            self.begin(row.identity, row.command_id, row.content, row.at).set_result(row.reply)

    def begin(self, identity: str, command_id: str, content: str, at: datetime) -> asyncio.Future[str]:
        """Remember that this command is being served."""
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._kept[identity, command_id] = Kept(content, answer, at)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return answer

    def forget(self, identity: str, command_id: str) -> None:
        """It was refused: the same command may be tried again."""
        kept = self._kept.pop((identity, command_id), None)
        if kept is not None:
            kept.answer.cancel()

    def expire(self, before: datetime) -> None:
        """Forget what is too old."""
        while self._kept:
            key, kept = next(iter(self._kept.items()))
            if kept.at >= before:
                return
            del self._kept[key]


def content_of(frame: CommandFrame) -> str:
    """What tells one command's content from another's."""
    return hashlib.sha256(frame.command.model_dump_json().encode()).hexdigest()
