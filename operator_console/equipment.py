"""Adapter: the camera, microphone and loudspeaker of this seat: remembered on this machine, listed as they come and go.

A device is remembered by its title, not its number: numbers change when something else is plugged in.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ground.disk import RealDisk
from ground.logs import get_logger
from media import devices
from media.sound import SoundLost
from media.sound.device import refresh

log = get_logger()
_FILE = "equipment.json"


class Equipment(BaseModel):
    """What was chosen; an empty title is what the program was started with, normally the system's own choice."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    camera: str = ""
    microphone: str = ""
    loudspeaker: str = ""
    listening: Literal["headset", "loudspeaker"] = "headset"


@dataclass(frozen=True, slots=True)
class Found:
    """Titles of what is plugged in now, each once."""

    cameras: tuple[str, ...] = ()
    microphones: tuple[str, ...] = ()
    loudspeakers: tuple[str, ...] = ()


def found_now() -> Found:
    """Look for devices; slow (a driver may be asked): not in the loop."""
    with contextlib.suppress(SoundLost):
        refresh()
    return Found(_titles(devices.cameras()), _titles(devices.microphones()), _titles(devices.loudspeakers()))


def _titles(listed: list[devices.Device]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.title for one in listed))


class EquipmentFile:
    """The choice on the local disk, beside the drafts; it outlives the process and the power."""

    def __init__(self, folder: Path) -> None:
        self._disk = RealDisk(folder)

    def read(self) -> Equipment:
        """What was kept last; what cannot be read is as if nothing had been chosen."""
        told = self._disk.read(_FILE)
        if told is None:
            return Equipment()
        try:
            return Equipment.model_validate_json(told)
        except ValidationError:
            log.warning("the choice of devices cannot be read", path=_FILE)
            return Equipment()

    def keep(self, equipment: Equipment) -> None:
        """Durable on return. Raises OSError."""
        self._disk.replace(_FILE, equipment.model_dump_json().encode())
