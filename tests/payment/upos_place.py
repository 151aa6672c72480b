"""A directory with the emulated bank's program, orders for its next runs, and its own truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from payment.emulators.upos.__main__ import install
from payment.upos.profile import Profile


class UposPlace:
    """Where ``sb_pilot`` lives."""

    def __init__(self, folder: Path, encoding: str = "koi8-r") -> None:
        self.folder = folder
        install(folder, encoding)

    def profile(self, **changes: Any) -> Profile:
        profile = Profile.load(self.folder / "upos.json", sale_id="kiosk-1")
        quick: dict[str, Any] = {"payment_within": 4.0, "answer_within": 4.0, "turn_within": 4.0, "test_every": 0.0}
        return Profile(**{name: getattr(profile, name) for name in Profile.__slots__} | quick | changes)

    def order(self, **order: Any) -> None:
        with (self.folder / "orders.jsonl").open("a") as file:
            file.write(json.dumps(order) + "\n")

    def ledger(self) -> list[dict[str, Any]]:
        file = self.folder / "ledger.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def charged(self) -> int:
        """Minor units taken from cards, less what went back: the terminal's own truth."""
        return sum(line.get("charged", 0) for line in self.ledger())

    def begun(self, operation: str = "1") -> int:
        """How often the program was started for this."""
        return sum(line["event"] == "begun" and line["op"] == operation for line in self.ledger())
