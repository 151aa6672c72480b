"""A listener to a room's microphone, for tests: blocks from its thread into the loop."""

from __future__ import annotations

import asyncio

from media.sound import Block
from media.sound.room import SoundRoom


class Ear:
    """Hears from now on, until ``close``."""

    def __init__(self, room: SoundRoom) -> None:
        self._room, self._blocks = room, asyncio.Queue[Block]()
        self._loop = asyncio.get_running_loop()
        room.listen(self._heard)

    def _heard(self, block: Block) -> None:
        self._loop.call_soon_threadsafe(self._blocks.put_nowait, block)

    async def next_block(self) -> Block:
        """The next 20 ms."""
        return await asyncio.wait_for(self._blocks.get(), 10)

    def close(self) -> None:
        """Hear no more."""
        self._room.stop_listening(self._heard)
