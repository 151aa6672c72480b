"""Adapter: the kiosk's health: what its windows found of the devices, when the next is to try them, when it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from ground.clock import Clock
from kiosk.agent.sound_check import SoundCheck
from kiosk.ipc import Equipped

EVERY_S = 60.0
SELF_TEST_EVERY = timedelta(hours=1)  # what was found out is tried again with the next window


class KioskHealth:
    """``report`` tells the server how the kiosk is, with what the windows have found."""

    def __init__(self, clock: Clock, sound_check: SoundCheck, report: Callable[[Equipped], Awaitable[None]]) -> None:
        self._clock, self._sound_check, self._report = clock, sound_check, report
        self._equipped = Equipped()
        self._tested_at: datetime | None = None
        self._due = asyncio.Event()

    def found(self, told: Equipped) -> None:
        """A window has used its devices, or missed them; one that begins knows nothing, and takes nothing back."""
        known = {part: how for part, how in told if how != "unknown"}
        self._equipped = self._equipped.model_copy(update=known)
        self.changed()

    def changed(self) -> None:
        """Something is another than before: it is told soon."""
        self._due.set()

    def self_test_due(self) -> bool:
        """Never tried, something is out, or long ago."""
        now, before, found = self._clock.now(), self._tested_at, self._equipped
        well = "out" not in (found.camera, found.microphone, found.loudspeaker, found.engine)
        if before is not None and well and now - before < SELF_TEST_EVERY:
            return False
        self._tested_at = now
        return True

    def sound_check_due(self) -> float:
        """As the configuration allows it."""
        return self._sound_check.due(self._clock.now().astimezone(), self._equipped.sound_check)

    async def run(self) -> None:
        """For ever: each minute and at changes."""
        while True:
            self._due.clear()  # before looking: what changes while the report is on its way is told next
            await self._report(self._equipped)
            with contextlib.suppress(TimeoutError):  # not wait_for: on 3.11 it may swallow being cancelled
                async with asyncio.timeout(EVERY_S):
                    await self._due.wait()
            await asyncio.sleep(1)  # changes come in bursts
