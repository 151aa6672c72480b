"""Adapter: notes on the local disk until the server has them. They survive the end of this process and of the power.

One file a conversation, in a folder only this user can read; written off the loop, the latest text wins.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from ground.disk import RealDisk
from ground.logs import get_logger

log = get_logger()
_SUFFIX = ".note.json"


class Drafts:
    """Keeps texts by session id. ``keep`` and ``drop`` return at once; ``settled`` waits for the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._disk = folder, RealDisk(folder)
        self._wanted: dict[str, str | None] = {}
        self._writing: asyncio.Task[None] | None = None

    def found(self) -> tuple[tuple[str, str], ...]:
        """What earlier runs have left: (session id, text), oldest first. A damaged file is left where it is."""
        drafts = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}"), key=lambda one: one.stat().st_mtime):
            try:
                told = json.loads(path.read_text(encoding="utf-8"))
                drafts.append((str(told["session_id"]), str(told["text"])))
            except (ValueError, KeyError, TypeError):
                log.warning("a draft cannot be read", path=path.name)
        return tuple(drafts)

    def keep(self, session_id: str, text: str) -> None:
        """Put the text on the disk; an empty one removes the file."""
        self._want(session_id, text or None)

    def drop(self, session_id: str) -> None:
        """The server has it."""
        self._want(session_id, None)

    async def settled(self) -> None:
        """Return when everything wanted so far is on the disk."""
        while self._writing is not None:
            await self._writing

    def _want(self, session_id: str, text: str | None) -> None:
        self._wanted[session_id] = text
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="drafts")

    async def _write(self) -> None:
        try:
            while self._wanted:
                session_id, text = next(iter(self._wanted.items()))
                del self._wanted[session_id]
                await asyncio.to_thread(self._put, session_id, text)
        except OSError as error:
            log.error("a draft could not be written", error=type(error).__name__)
        finally:
            self._writing = None

    def _put(self, session_id: str, text: str | None) -> None:
        name = f"{session_id}{_SUFFIX}"
        if text is None:
            (self._folder / name).unlink(missing_ok=True)
            return
        told = json.dumps({"session_id": session_id, "text": text}, ensure_ascii=False)
        self._disk.replace(name, told.encode())
