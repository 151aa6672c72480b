"""Adapter: a sound device that is looked after: a silent stand-in while it is lost, tried again every two seconds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from media.messages import DeviceBack, DeviceChoice, DeviceKind, DeviceLost, Event
from media.sound import SoundLost
from media.sound.device import refresh

RETRY = 2.0  # seconds between two attempts
STALLED = 3.0  # seconds without a block after which a device counts as lost; wireless headsets take two to begin


class _Closable(Protocol):
    def close(self) -> None: ...


Device = TypeVar("Device", bound=_Closable)


class Attended(Generic[Device]):
    """Keeps the device of a choice going.

    ``make`` builds a driver, ``start`` starts it (raises SoundLost), ``beats`` counts the blocks it has moved.
    """

    def __init__(
        self,
        kind: DeviceKind,
        make: Callable[[DeviceChoice], Device],
        start: Callable[[Device, Callable[[str], None]], None],
        beats: Callable[[], int],
        tell: Callable[[Event], None],
    ) -> None:
        self._kind, self._make, self._start, self._beats, self._tell = kind, make, start, beats, tell
        self._choice = DeviceChoice(kind="none")
        self._lost_now = asyncio.Event()
        self._reason = ""
        self._told_lost = False
        self._task: asyncio.Task[None] | None = None

    @property
    def works(self) -> bool:
        """Whether a real device is chosen and moves sound."""
        return self._choice.kind == "device" and self._task is not None and not self._told_lost

    async def choose(self, choice: DeviceChoice) -> None:
        """Go on with this device, or with the stand-in until it is there. Said again of one that works, nothing."""
        if choice == self._choice and self._task is not None and not self._told_lost:
            return
        await self.close()
        self._choice = choice
        tried = asyncio.Event()
        self._task = asyncio.create_task(self._attend(tried), name=self._kind)
        await tried.wait()

    async def close(self) -> None:
        """Let go of the device."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _attend(self, tried: asyncio.Event) -> None:
        stand_in: Device | None = None
        device: Device | None = None
        try:
            while True:
                device, reason = await self._open(self._choice)
                if device is None:
                    if stand_in is None:
                        self._say_lost(reason)
                        stand_in, _ = await self._open(DeviceChoice(kind="none"))
                    tried.set()
                    await asyncio.sleep(RETRY)
                    await self._look_again()
                    continue
                if stand_in is not None:
                    await asyncio.to_thread(stand_in.close)
                    stand_in = None
                if self._told_lost and self._choice.kind != "none":
                    self._told_lost = False  # by itself, or because another was chosen in its place
                    self._tell(DeviceBack(kind=self._kind))
                tried.set()
                reason = await self._until_lost()
                await asyncio.to_thread(device.close)
                device = None
                self._say_lost(reason)
                stand_in, _ = await self._open(DeviceChoice(kind="none"))
        finally:
            tried.set()
            for open_one in (device, stand_in):
                if open_one is not None:
                    open_one.close()

    async def _look_again(self) -> None:
        """What was plugged in since is found, if the system lets a list be made anew."""
        if self._choice.kind == "device":
            with contextlib.suppress(SoundLost):
                await asyncio.to_thread(refresh)

    def _say_lost(self, reason: str) -> None:
        self._told_lost = True
        self._tell(DeviceLost(kind=self._kind, reason=reason))

    async def _open(self, choice: DeviceChoice) -> tuple[Device | None, str]:
        loop = asyncio.get_running_loop()
        self._lost_now.clear()

        def lost(reason: str) -> None:
            self._reason = reason
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._lost_now.set)

        try:
            device = self._make(choice)
            await asyncio.to_thread(self._start, device, lost)
        except SoundLost as error:
            return None, str(error)
        return device, ""

    async def _until_lost(self) -> str:
        """Wait until the device says it is gone, or moves no more sound."""
        while True:
            before = self._beats()
            try:
                async with asyncio.timeout(STALLED):
                    await self._lost_now.wait()
            except TimeoutError:
                if self._beats() == before:
                    return f"the {self._kind} stalled"
            else:
                return self._reason
