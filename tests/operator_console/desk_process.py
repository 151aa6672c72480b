"""Adapter for tests: a real console process on a screen of its own, seen through its probe, driven by real input."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from infomat.demo.finger import Finger, Seen
from infomat.demo.processes import Processes, Running, python
from infomat.demo.screen import CONSOLE, Screen, virtual_screen
from tests.signaling.client import PASSWORD, ROOT, ServerProcess

SIZE = (1366, 768)


class Desk:
    """One console process after another, on the same screen, with the same drafts."""

    def __init__(self, server: ServerProcess, folder: Path, processes: Processes, screen: Screen) -> None:
        self.server, self.folder, self.processes, self.screen = server, folder, processes, screen
        self.finger = Finger(screen, folder / "probe")
        self.running: Running | None = None

    async def start(self, name: str, *more: str) -> None:
        """Start the console, with a generated camera and no sound card."""
        command = python(
            "operator_console", "--server", f"https://127.0.0.1:{self.server.port}",
            "--ca", str(self.server.folder / "ca.pem"), "--name", name, "--camera", "generated",
            "--microphone", "generated", "--loudspeaker", "none", "--drafts", str(self.folder / "drafts"),
            "--probe", str(self.folder / "probe"), "--size", f"{SIZE[0]}x{SIZE[1]}", *more,
        )  # fmt: skip
        path = f"{ROOT}{os.pathsep}{ROOT / 'queue'}"
        environment = {**self.screen.environment, "PYTHONPATH": path}
        self.running = await self.processes.start("console", *command, environment=environment)

    async def kill(self) -> None:
        """``kill -9``: whatever was not on the disk is lost."""
        assert self.running is not None
        os.kill(self.running.pid, signal.SIGKILL)
        await self.processes.stop(self.running)

    async def sign_in(self, password: str = PASSWORD) -> None:
        """Type the password and press Enter, as a person does."""
        await self.scene("sign_in")
        await self.finger.into("sign_in.password")
        await self.finger.type(password)
        await self.finger.press("Return")

    async def scene(self, *wanted: str, seconds: float = 30) -> Seen:
        """Wait until the window shows one of these."""
        return await self.finger.wait(lambda seen: seen.state.get("scene") in wanted, f"scene {wanted}", seconds)

    async def until(self, **state: object) -> Seen:
        """Wait until the probe's state has these values."""
        return await self.finger.wait(
            lambda seen: all(seen.state.get(name) == value for name, value in state.items()), f"state {state}", 30
        )


@asynccontextmanager
async def desk(server: ServerProcess, folder: Path) -> AsyncIterator[Desk]:
    """A screen for consoles; everything started is ended."""
    processes = Processes(folder / "logs")
    try:
        screen = await virtual_screen(processes, (CONSOLE[0] + SIZE[0], SIZE[1]))
        yield Desk(server, folder, processes, screen)
    finally:
        await processes.stop_all()
