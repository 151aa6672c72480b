"""Adapter: notes on the local disk until the server has them. They survive the end of this process and of the power.

One file a conversation, in a folder only this user can read; written off the loop, the latest text wins.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from ground.disk import RealDisk
from ground.logs import get_logger

log = get_logger()
_SUFFIX = ".note.json"
_AGAIN_S = 2.0  # after a write that failed


class Drafts:
    """Keeps texts by session id. ``keep`` and ``drop`` return at once; ``settled`` waits for the disk.

    ``writes(on)`` is told when the disk takes nothing (full, read-only), and when it does again.
    """

    def __init__(self, folder: Path, writes: Callable[[bool], None] = lambda on: None) -> None:
        self._folder, self._disk, self._tell = folder, RealDisk(folder), writes
        self._wanted: dict[str, tuple[str, str] | None] = {}
        self._writing: asyncio.Task[None] | None = None
        self._failed = False

    def found(self, owner: str = "") -> tuple[tuple[str, str], ...]:
        """What earlier runs of ``owner`` have left: (session id, text), oldest first. A damaged file stays as it is.

        Several people sit at one computer in turn: a colleague's note is theirs to hand in.
        """
        drafts = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}"), key=lambda one: one.stat().st_mtime):
            try:
                told = json.loads(path.read_text(encoding="utf-8"))
                if told.get("owner", "") in ("", owner):
                    drafts.append((str(told["session_id"]), str(told["text"])))
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                log.warning("a draft cannot be read", path=path.name)
        return tuple(drafts)

    def keep(self, session_id: str, text: str, owner: str = "") -> None:
        """Put the text on the disk; an empty one removes the file."""
        self._want(session_id, (text, owner) if text else None)

    def drop(self, session_id: str) -> None:
        """The server has it."""
        self._want(session_id, None)

    async def settled(self) -> None:
        """Return when everything wanted so far is on the disk, or the disk takes nothing."""
        while self._writing is not None:
            await self._writing

    def _want(self, session_id: str, told: tuple[str, str] | None) -> None:
        self._wanted[session_id] = told
        self._begin()

    def _begin(self) -> None:
        if self._writing is None and self._wanted:
            self._writing = asyncio.get_running_loop().create_task(self._write(), name="drafts")

    async def _write(self) -> None:
        try:
            while self._wanted:
                session_id, told = next(iter(self._wanted.items()))
                del self._wanted[session_id]
                try:
                    await asyncio.to_thread(self._put, session_id, told)
                except OSError as error:
                    self._wanted.setdefault(session_id, told)  # unless there is a newer one by now
                    log.error("a draft could not be written", error=type(error).__name__)
                    asyncio.get_running_loop().call_later(_AGAIN_S, self._begin)
                    self._say(failed=True)
                    return
                self._say(failed=False)
        finally:
            self._writing = None

    def _say(self, *, failed: bool) -> None:
        if failed != self._failed:
            self._failed = failed
            self._tell(not failed)

    def _put(self, session_id: str, told: tuple[str, str] | None) -> None:
        name = f"{session_id}{_SUFFIX}"
        if told is None:
            (self._folder / name).unlink(missing_ok=True)
            return
        text, owner = told
        record = json.dumps({"session_id": session_id, "owner": owner, "text": text}, ensure_ascii=False)
        self._disk.replace(name, record.encode())
