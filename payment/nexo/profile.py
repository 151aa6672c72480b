"""Rules: how one make of nexo terminal is reached (the profile idea of payments.md 1.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADYEN_NAMES = r"(([a-zA-Z0-9]+-[a-zA-Z0-9]+)|legacy-terminal-certificate)\.(live|test)\.terminal\.adyen\.com"


@dataclass(frozen=True, slots=True)
class Key:
    """The shared secret of the application-level encryption (payments.md 1.4)."""

    passphrase: str
    identifier: str
    version: int

    def __post_init__(self) -> None:
        if not self.passphrase.isascii():  # libraries disagree on other letters' bytes
            raise ValueError("the terminal's passphrase must be ASCII")


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the terminal is, how it proves who it is, and how long we wait. Durations in seconds."""

    host: str
    port: int
    poi_id: str
    sale_id: str
    ca_file: str
    key: Key | None = None  # None: no application-level encryption
    path: str = "/nexo"
    name_pattern: str = ADYEN_NAMES  # of the certificate's subject CN; the whole of it must match
    protocol_version: str = "3.0"
    connect_within: float = 5.0
    payment_within: float = 125.0  # the terminal itself gives up at 120 s
    answer_within: float = 15.0  # every other request

    @classmethod
    def from_mapping(cls, value: Mapping[str, Any], *, sale_id: str, folder: Path) -> Profile:
        """A profile from configuration (the emulator's ``terminal.json`` has this form).

        Keys: host, port, poi_id, ca_file (relative to ``folder``), and passphrase, key_identifier,
        key_version when the messages are encrypted.
        """
        key = None
        if value.get("passphrase"):
            key = Key(value["passphrase"], value["key_identifier"], int(value["key_version"]))
        return cls(
            host=value["host"],
            port=int(value["port"]),
            poi_id=value["poi_id"],
            sale_id=sale_id,
            ca_file=str(folder / value["ca_file"]),
            key=key,
            path=value.get("path", "/nexo"),
        )

    @classmethod
    def load(cls, file: Path, *, sale_id: str) -> Profile:
        """The profile kept in a JSON file such as the emulator's ``terminal.json``."""
        return cls.from_mapping(json.loads(file.read_text()), sale_id=sale_id, folder=file.parent)
