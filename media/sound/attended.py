"""Adapter: a sound device that is looked after. While it is lost, the system's own takes its place, or silence does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from media.messages import DeviceBack, DeviceChoice, DeviceKind, DeviceLost, Event
from media.sound import SoundLost
from media.sound.device import refresh

RETRY = 2.0  # seconds between two attempts
GOING = 0.25  # seconds it may take to be gone: opened while its sound server dies, PortAudio aborts the whole process
RETURN = 5.0  # seconds between them while another device is in its place: each attempt costs that one a moment
STALLED = 3.0  # seconds without a block after which a device counts as lost; wireless headsets take two to begin
_SILENCE = DeviceChoice(kind="none")
_SYSTEMS_OWN = DeviceChoice(kind="device")


class _Closable(Protocol):
    def close(self) -> None: ...


Device = TypeVar("Device", bound=_Closable)


@dataclass
class _Opened(Generic[Device]):
    """A device that plays or listens, or what stands for it; ``lost`` is set when it says that it is gone."""

    choice: DeviceChoice
    device: Device
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = ""


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
        self._choice = _SILENCE
        self._held: _Opened[Device] | None = None
        self._told_lost = False
        self._task: asyncio.Task[None] | None = None

    @property
    def works(self) -> bool:
        """Whether a real device is chosen and moves sound."""
        return self._choice.kind == "device" and self._task is not None and not self._told_lost

    @property
    def instead(self) -> bool:
        """Whether the system's own device is in the place of the one that was chosen."""
        return self._held is not None and self._held.choice == _SYSTEMS_OWN != self._choice

    async def choose(self, choice: DeviceChoice) -> None:
        """Go on with this device, or with what stands for it until it is there; of one that works, nothing changes."""
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
        try:
            while True:
                await self._improve()
                tried.set()
                await self._stay()
        finally:
            tried.set()
            if self._held is not None:
                self._held.device.close()
                self._held = None

    async def _improve(self) -> None:
        """The chosen device, or else the system's own, or else silence; never a worse one than is held."""
        if not (reason := await self._take(self._choice)):
            return
        if self._held is None:
            self._say_lost(reason)
            await self._take(_SILENCE)
        if not self.instead and self._choice.kind == "device" and self._choice != _SYSTEMS_OWN:
            await self._take(_SYSTEMS_OWN)

    async def _stay(self) -> None:
        """Return when there is something to be tried: the device is lost, or a better one may be there again."""
        assert self._held is not None
        if self._held.choice == self._choice:
            reason = await self._until_lost(self._held, None)
        elif self.instead:
            reason = await self._until_lost(self._held, RETURN)
        else:
            await asyncio.sleep(RETRY)
            await self._look_again()
            return
        if reason:
            lost, self._held = self._held, None
            await asyncio.to_thread(lost.device.close)
            self._say_lost(reason)
            await self._take(_SILENCE)
            await asyncio.sleep(GOING)

    async def _look_again(self) -> None:
        """What was plugged in since is found, if the system lets a list be made anew."""
        if self._choice.kind == "device":
            with contextlib.suppress(SoundLost):
                await asyncio.to_thread(refresh)

    def _say_lost(self, reason: str) -> None:
        self._told_lost = True
        self._tell(DeviceLost(kind=self._kind, reason=reason))

    async def _take(self, choice: DeviceChoice) -> str:
        """Open it in the place of what is held; empty, or why it cannot be had."""
        loop = asyncio.get_running_loop()

        def lost(reason: str) -> None:
            opened.reason = reason
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(opened.lost.set)

        try:
            opened = _Opened(choice, self._make(choice))
            starting = asyncio.create_task(asyncio.to_thread(self._start, opened.device, lost))
            try:
                await asyncio.shield(starting)
            except asyncio.CancelledError:  # it would go on listening, and nobody could close it
                await asyncio.gather(starting, return_exceptions=True)
                opened.device.close()
                raise
        except SoundLost as error:
            return str(error)
        was_instead = self.instead
        before, self._held = self._held, opened
        if before is not None:
            await asyncio.to_thread(before.device.close)
        if choice != _SILENCE and (self._told_lost or was_instead):
            self._told_lost = False  # by itself, or because another was chosen in its place
            self._tell(DeviceBack(kind=self._kind, instead=self.instead))
        return ""

    async def _until_lost(self, held: _Opened[Device], seconds: float | None) -> str:
        """Why the device is gone: it says so, or moves no more sound; empty when ``seconds`` are over."""
        span = STALLED if seconds is None else seconds
        while True:
            before = self._beats()
            try:
                async with asyncio.timeout(span):
                    await held.lost.wait()
            except TimeoutError:
                if self._beats() == before and span >= STALLED:
                    return f"the {self._kind} stalled"
                if seconds is not None:
                    return ""
            else:
                return held.reason or f"the {self._kind} stopped"
