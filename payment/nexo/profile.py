"""Rules: how one make of nexo terminal is reached (the profile idea of payments.md 1.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What differs between the makes (payments.md 1.1). Each can be changed by the kiosk's own configuration.
MAKES: dict[str, dict[str, Any]] = {
    "adyen": {},
    "westpay": {"payment_within": 130.0, "name_pattern": r"[A-Za-z0-9._-]+", "events_port": 0},
}
_MAY_DIFFER = (
    "path", "name_pattern", "protocol_version", "connect_within", "payment_within", "answer_within", "login_required",
    "language", "events_host", "events_port", "callback_url",
)  # fmt: skip
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
    login_required: bool = False  # nothing is answered before a Login
    language: str = "en"  # of the terminal's own words to whoever serves it
    events_host: str = "127.0.0.1"  # where the terminal's own notifications are heard
    events_port: int | None = None  # None: they are not; 0: any free port
    callback_url: str = ""  # sent with every request; where this terminal is to tell its events

    @classmethod
    def from_mapping(cls, value: Mapping[str, Any], *, sale_id: str, folder: Path) -> Profile:
        """A profile from configuration (the emulator's ``terminal.json`` has this form).

        Keys: host, port, poi_id, ca_file (relative to ``folder``); passphrase, key_identifier, key_version when the
        messages are encrypted; ``make``, a word of ``MAKES``; and any field of this class that differs from both.
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
            **(MAKES[value.get("make", "adyen")] | {name: value[name] for name in _MAY_DIFFER if name in value}),
        )

    @classmethod
    def load(cls, file: Path, *, sale_id: str) -> Profile:
        """The profile kept in a JSON file such as the emulator's ``terminal.json``."""
        return cls.from_mapping(json.loads(file.read_text()), sale_id=sale_id, folder=file.parent)
