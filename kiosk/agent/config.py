"""Adapter: what one kiosk is told at its start: ``kiosk.toml`` in its data folder, written by the enrolment."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ground.disk import RealDisk
from ground.errors import InfomatError
from ground.signing import SigningKey
from kiosk.devices.printers import PrinterChoice
from kiosk.ipc import KioskFace
from signaling.protocol.values import Language

FILE = "kiosk.toml"
KEY_FILE = "kiosk.key"
CA_FILE = "ca.pem"


class NotEnrolled(InfomatError):
    """This machine has no ``kiosk.toml`` or key yet, or they cannot be read."""

    code = "kiosk.not_enrolled"


class MediaChoice(BaseModel):
    """Devices of the call: a device's index or name, a file's path, ``generated``, ``silence`` or ``none``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: str = "generated"
    microphone: str = "silence"
    loudspeaker: str = "none"
    sound_check_volume: float = Field(
        default=0.15, ge=0, le=1, description="of the chirp, once a day, that the microphone must hear; 0: never"
    )
    sound_check_from: int = Field(default=8, ge=0, le=24, description="hour of the place from which it may be heard")
    sound_check_until: int = Field(default=20, ge=0, le=24, description="and until which")


class KioskConfig(BaseModel):
    """One kiosk. Paths are relative to ``folder``; seconds are whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    server_url: str = Field(description="wss://host:port/ws")
    identity: str
    kiosk_name: str
    place: str
    company: str = "Infomat"
    phone: str = ""
    brand: str | None = None
    languages: tuple[Language, ...] = ("ru", "lv", "en")
    country: Literal["RU", "LV"] = Field(default="RU", description="whose phone numbers people type")
    ask_language_first: bool = False
    idle_s: int = 60
    warning_s: int = Field(default=30, ge=20)
    terminal: str = Field(default="terminal.json", description="the card terminal's profile; empty: no payments")
    day_end: time = Field(default=time(3, 30), description="when the terminal's day is closed, the place's time")
    card_reader: bool = True
    geometry: str = ""
    probe: bool = Field(default=False, description="tell tests what is visible, at probe.sock in the folder")
    media: MediaChoice = MediaChoice()
    printer: PrinterChoice = PrinterChoice()

    @property
    def face(self) -> KioskFace:
        """What the screen says of this kiosk."""
        return KioskFace(
            company=self.company,
            kiosk_name=self.kiosk_name,
            place=self.place,
            phone=self.phone,
            brand=self.brand,
            languages=self.languages,
            country=self.country,
        )

    @property
    def ca_file(self) -> Path:
        """The pinned authority."""
        return self.folder / CA_FILE

    @property
    def probe_path(self) -> Path | None:
        """Where tests look, or None."""
        return self.folder / "probe.sock" if self.probe else None

    def key(self) -> SigningKey:
        """The kiosk's own key; raises NotEnrolled."""
        try:
            return SigningKey((self.folder / KEY_FILE).read_text().strip())
        except (OSError, ValueError) as error:
            raise NotEnrolled(f"{self.folder / KEY_FILE}: {type(error).__name__}") from error

    @classmethod
    def load(cls, folder: Path) -> KioskConfig:
        """The configuration kept in a folder; raises NotEnrolled with what is wrong."""
        try:
            values = tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls.model_validate({**values, "folder": folder})
        except OSError as error:
            raise NotEnrolled(f"{folder / FILE} is not there: enrol this kiosk first") from error
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise NotEnrolled(f"{folder / FILE}: {error}") from error

    def save(self) -> None:
        """Write ``kiosk.toml``, at once or not at all."""
        values = self.model_dump(mode="json", exclude={"folder", "media", "printer"}, exclude_none=True)
        printer = self.printer.model_dump(mode="json", exclude_none=True)
        tables = printer.pop("tables")
        lines = _lines(values)
        for section, told in (("media", self.media.model_dump()), ("printer", printer), ("printer.tables", tables)):
            lines += ["", f"[{section}]", *_lines(told)]
        RealDisk(self.folder).replace(FILE, ("\n".join(lines) + "\n").encode())


def _lines(values: Mapping[str, object]) -> list[str]:
    return [f"{name} = {_toml(value)}" for name, value in values.items()]


def _toml(value: object) -> str:
    """A string, number, boolean or list of strings; what JSON writes of these TOML reads (TOML 1.0)."""
    return json.dumps(value, ensure_ascii=False)
