"""Wiring: the panel of camera and sound, what is remembered, what is plugged in, and the engine's Open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from ground.logs import get_logger
from media import messages as media
from operator_console.equipment import Equipment, EquipmentFile, Found, found_now
from operator_console.views.equipment import EquipmentPanel

log = get_logger()
LOOK_AGAIN_S = 2.0  # how often what is plugged in is looked for while the panel is in view
_TEST_SOUND = "call"


class Seat:
    """``started_with(kind)`` is the choice of the command line; ``devices_on()`` whether the desk wants them now."""

    def __init__(
        self,
        panel: EquipmentPanel,
        file: EquipmentFile,
        started_with: Callable[[media.DeviceKind], media.DeviceChoice],
        devices_on: Callable[[], bool],
        tell_engine: Callable[[media.Command], None],
        draw: Callable[[], None],
    ) -> None:
        self._panel, self._file, self._started_with = panel, file, started_with
        self._devices_on, self._tell_engine, self._draw = devices_on, tell_engine, draw
        self._sent: media.Open | None = None
        self._found = Found()
        self._looking: asyncio.Task[None] | None = None
        self._keeping: set[asyncio.Task[None]] = set()
        self._writing = asyncio.Lock()
        self.equipment = file.read()
        panel.tell(self.equipment, self._found)
        panel.chosen.connect(self._choose)
        panel.in_view.connect(self._in_view)
        panel.test_asked.connect(lambda: tell_engine(media.Cue(name=_TEST_SOUND)))

    def open(self, on: bool) -> media.Open:
        """The devices for a call, or the loudspeaker alone; while the panel is in view all, to be tried."""
        wanted, off = on or self._looking is not None, media.DeviceChoice(kind="none")
        self._sent = media.Open(
            camera=self._device("camera") if wanted else off,
            microphone=self._device("microphone") if wanted else off,
            loudspeaker=self._device("loudspeaker"),
            listening=self.equipment.listening,
        )
        return self._sent

    def _open_again(self) -> None:
        """At once, also in a call; what stays as it is is not touched."""
        sent = self._sent
        if (order := self.open(self._devices_on())) != sent:
            self._tell_engine(order)

    def heard(self, level: media.Level) -> None:
        """The engine's levels, five a second."""
        if self._looking is not None:
            self._panel.hear(level.mic, level.speaker)

    async def close(self) -> None:
        """What was chosen is on the disk."""
        if self._looking is not None:
            self._looking.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)

    def _device(self, kind: media.DeviceKind) -> media.DeviceChoice:
        title: str = getattr(self.equipment, kind)
        return media.DeviceChoice(kind="device", name=title) if title else self._started_with(kind)

    def _choose(self, equipment: Equipment) -> None:
        if equipment == self.equipment:
            return
        self.equipment = equipment
        self._panel.tell(equipment, self._found)
        keeping = asyncio.get_running_loop().create_task(self._keep(), name="equipment")
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        self._open_again()
        self._draw()

    async def _keep(self) -> None:
        """One after the other, each what is chosen by then: two at once would write one file in any order."""
        try:
            async with self._writing:
                await asyncio.to_thread(self._file.keep, self.equipment)
        except OSError as error:  # it holds for this shift, and is asked again tomorrow
            log.error("the choice of devices could not be written", error=type(error).__name__)

    def _in_view(self, on: bool) -> None:
        if on and self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look(), name="devices")
        elif not on and self._looking is not None:
            self._looking.cancel()
            self._looking = None
        else:
            return
        self._open_again()

    async def _look(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                self._found = await asyncio.to_thread(found_now)
            self._panel.tell(self.equipment, self._found)
            self._draw()
            await asyncio.sleep(LOOK_AGAIN_S)
