"""Adapter: the report of a walked visit, as one HTML page with its pictures beside it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from infomat.demo.page import Step, Table, page
from infomat.demo.screen import CONSOLE, KIOSK, Screen, picture

#: Longer texts of a database are cut: the page tells what happened, the database holds it all.
_LONGEST = 600


@dataclass
class Report:
    """Collects steps, durations and what lies in the databases afterwards; ``write`` makes the page."""

    folder: Path
    screen: Screen
    steps: list[Step] = field(default_factory=list)
    timings: list[tuple[str, float]] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    receipt: str = ""
    papers: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def step(self, title: str, told: str, at: float) -> None:
        """Picture both screens; ``at`` is seconds since the visit began."""
        number = len(self.steps) + 1
        kiosk, console = f"{number:02}-kiosk.png", f"{number:02}-console.png"
        picture(self.screen, KIOSK, self.folder / kiosk, scale=0.5)
        picture(self.screen, CONSOLE, self.folder / console, scale=0.5)
        self.steps.append(Step(title, told, at, kiosk, console))

    def took(self, what: str, seconds: float) -> None:
        """One line of the timeline."""
        self.timings.append((what, seconds))

    def paper(self, picture_of_it: Path) -> None:
        """Show what came out of the printer."""
        name = f"paper-{len(self.papers) + 1}.png"
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture_of_it, self.folder / name)
        self.papers.append(name)

    def database(self, title: str, file: Path, tables: dict[str, str]) -> None:
        """Show the newest rows of some tables of an SQLite file (name -> SQL)."""
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            for name, query in tables.items():
                cursor = connection.execute(query)
                heads = [column[0] for column in cursor.description]
                rows = [[_short(value) for value in row] for row in cursor.fetchall()]
                self.tables.append(Table(f"{title}: {name}", heads, rows))
        finally:
            connection.close()

    def write(self) -> Path:
        """The page, and the same figures as JSON for machines."""
        self.folder.mkdir(parents=True, exist_ok=True)
        index = self.folder / "index.html"
        index.write_text(
            page(self.steps, self.timings, self.figures, self.receipt, self.tables, self.papers), encoding="utf-8"
        )
        machine = {"timeline": dict(self.timings), "figures": self.figures}
        (self.folder / "figures.json").write_text(json.dumps(machine, indent=1, ensure_ascii=False))
        return index


def _short(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
