"""A kiosk's agent with visit processes without a window, and the server it talks to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ground.clock import SystemClock
from ground.disk import RealDisk
from ground.signing import SigningKey
from kiosk.agent.agent import Agent
from signaling.protocol.commands import TicketTake
from tests.kiosk.agent.full_disk import FullDisk
from tests.kiosk.front_desk import FrontDesk, kiosk_folder


class Place:
    """A kiosk with plain visits, and its server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = SigningKey()
        self.disk = FullDisk(folder / "agent")
        self.desk = FrontDesk(self.key.public)
        self.agent: Agent
        self._running: asyncio.Task[None]

    async def open(self) -> Place:
        """Start server and agent."""
        await self.desk.start()
        config = kiosk_folder(self.folder, self.desk.port, self.key)
        self.agent = Agent(config, self.disk, RealDisk(self.folder / "payment"), SystemClock())
        self._running = asyncio.create_task(self.agent.run())
        return self

    async def close(self) -> None:
        """End both."""
        self.agent.stop()
        await self._running
        await self.desk.go_away()

    def diary(self, kind: str) -> list[tuple[int, dict[str, Any]]]:
        """(process, message) of every message of a kind a visit process got."""
        file = self.folder / "diary"
        rows = [line.split(" ", 1) for line in file.read_text().splitlines()] if file.exists() else []
        told = [(int(pid), json.loads(text)) for pid, text in rows]
        return [(pid, message) for pid, message in told if message["type"] == kind]

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Wait for something to become true; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)

    async def begun(self) -> None:
        """A visit runs, known to the server, and a spare stands by."""
        await self.until(lambda: self.agent.visits.visit_id is not None and self.agent.visits.spare_is_ready)
        await self.desk.until(lambda desk: bool(desk.of(TicketTake)))
