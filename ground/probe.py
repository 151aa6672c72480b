"""Adapter: lets a visitor script and tests see where things are in a window. Read-only by construction.

The window answers each line it is sent on a local socket with one line of JSON: what is visible, where on the
screen, and which state is shown. Input is never taken here: it comes as real input events to the window.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


async def serve_probe(path: Path, describe: Callable[[], dict[str, Any]]) -> asyncio.AbstractServer:
    """Answer on a local socket only this user can open; close the returned server to stop."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readline():
                told = {"pid": os.getpid(), **describe()}
                writer.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    server = await asyncio.start_unix_server(answer, str(path))
    os.chmod(path, 0o600)
    return server


async def look(path: Path) -> dict[str, Any]:
    """What the window at ``path`` shows now; raises OSError when no window answers there."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=1 << 22)
    try:
        writer.write(b"\n")
        line = await reader.readline()
        if not line:
            raise ConnectionResetError(f"the window at {path} closed")
        answer: dict[str, Any] = json.loads(line)
        return answer
    finally:
        writer.close()
