"""Rules: where the bank's program is and how long we wait for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Profile:
    """One UPOS installation. Durations in seconds; ``folder`` is the program's own directory."""

    folder: Path
    terminal_id: str  # TID; an answer of another terminal is not believed
    sale_id: str
    program: str = "sb_pilot"  # loadparm.exe on Windows
    encoding: str = "koi8-r"  # cp866 on Windows
    currency: str = "RUB"
    payment_within: float = 125.0  # of our patience only: the program is never ended by us
    answer_within: float = 60.0
    turn_within: float = 20.0  # for a test of the terminal to end, before a payment is given up unsent
    test_every: float = 600.0  # a terminal that was well is believed so long: a test keeps customers waiting
    host_test_every: float = 3600.0

    @property
    def poi_id(self) -> str:
        """The terminal's name for journal and books."""
        return f"UPOS-{self.terminal_id}"

    @classmethod
    def from_mapping(cls, value: Mapping[str, Any], *, sale_id: str, folder: Path) -> Profile:
        """A profile from configuration: folder (relative to ``folder``), terminal_id, and what differs."""
        known = (
            "program", "encoding", "currency", "payment_within", "answer_within", "turn_within", "test_every",
            "host_test_every",
        )  # fmt: skip
        return cls(
            folder=folder / value["folder"],
            terminal_id=value["terminal_id"],
            sale_id=sale_id,
            **{name: value[name] for name in known if name in value},
        )

    @classmethod
    def load(cls, file: Path, *, sale_id: str) -> Profile:
        """The profile kept in a JSON file such as the emulator's ``upos.json``."""
        return cls.from_mapping(json.loads(file.read_text("utf-8")), sale_id=sale_id, folder=file.parent)
