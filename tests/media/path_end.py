"""One end of a path, run inside a network namespace: ``python -m tests.media.path_end``. JSON lines in and out.

``{"servers": [...], "controlling": bool}`` makes a connection and answers with its candidates; ``{"remote": ...}``
connects; ``{"echo": true}`` sends a datagram and waits for one; ``{"close": true}`` ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from typing import Any

from ground.logs import set_up_logs
from media import mend
from media.engine import paths, relays


class PathEnd:
    """The connection of this process."""

    def __init__(self) -> None:
        self.made: paths.PathConnection | None = None

    async def do(self, order: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        told = await self._do(order)
        return told | {"ms": round((time.monotonic() - began) * 1000)}

    async def _do(self, order: dict[str, Any]) -> dict[str, Any]:
        if "servers" in order:
            servers = relays.servers_of([relays.LentServer(**one) for one in order["servers"]])
            self.made = paths.PathConnection(ice_controlling=order["controlling"], **servers)
            await self.made.gather_candidates()
            told = [candidate.to_sdp() for candidate in self.made.local_candidates]
            return {"candidates": told, "name": self.made.local_username, "word": self.made.local_password}
        made = self.made
        assert made is not None
        if "remote" in order:
            remote = order["remote"]
            made.remote_username, made.remote_password = remote["name"], remote["word"]
            for line in remote["candidates"]:
                await made.add_remote_candidate(paths.Candidate.from_sdp(line))
            await made.add_remote_candidate(None)
            async with asyncio.timeout(order.get("within", 20)):
                await made.connect()
            return {"way": made.way}
        if "echo" in order:
            await made.send(b"\x80hello")
            async with asyncio.timeout(5):
                await made.recv()
            return {"way": made.way}
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(made.close(), 3)
        return {}


async def main() -> None:
    set_up_logs("path")
    mend.apply()
    end = PathEnd()
    print("{}", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            told = await end.do(json.loads(line))
        except Exception as error:
            told = {"error": repr(error)}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
