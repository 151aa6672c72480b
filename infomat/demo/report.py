"""Adapter: the report of a walked visit, as one HTML page with its pictures beside it."""

from __future__ import annotations

import html
import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from infomat.demo.screen import CONSOLE, KIOSK, Screen, picture

_STYLE = """
:root { --ink:#14212B; --second:#4A5B68; --line:#D5DEE4; --paper:#F4F7F8; --brand:#0B5C6B; --tint:#E2F0F2 }
* { box-sizing: border-box } body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 Inter, system-ui, sans-serif } main { max-width: 1320px; margin: 0 auto; padding: 32px 24px 96px }
h1 { font-size: 34px; margin: 0 0 8px } h2 { font-size: 22px; margin: 48px 0 12px }
p { color: var(--second); margin: 4px 0 }
.step { background: #fff; border: 1px solid var(--line); border-radius: 16px; padding: 20px; margin: 16px 0 }
.step h3 { margin: 0 0 4px; font-size: 18px }
.pair { display: flex; gap: 16px; align-items: flex-start; margin-top: 12px }
.pair img { border: 1px solid var(--line); border-radius: 10px; display: block } .pair img.k { width: 260px }
.pair img.c { width: calc(100% - 276px) }
table { border-collapse: collapse; background: #fff; width: 100%; font-size: 14px }
th, td { text-align: left; padding: 8px 12px; border: 1px solid var(--line); vertical-align: top }
th { background: var(--tint) } td.n { text-align: right; font-variant-numeric: tabular-nums } pre { background: #fff;
  border: 1px solid var(--line); border-radius: 10px; padding: 16px; white-space: pre-wrap; font-size: 14px }
"""


@dataclass
class Report:
    """Collects steps, durations and what lies in the databases afterwards; ``write`` makes the page."""

    folder: Path
    screen: Screen
    steps: list[tuple[str, str, float, str, str]] = field(default_factory=list)
    timings: list[tuple[str, float]] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    receipt: str = ""
    tables: list[tuple[str, list[str], list[list[str]]]] = field(default_factory=list)

    def step(self, title: str, told: str, at: float) -> None:
        """Picture both screens; ``at`` is seconds since the visit began."""
        number = len(self.steps) + 1
        kiosk, console = f"{number:02}-kiosk.png", f"{number:02}-console.png"
        picture(self.screen, KIOSK, self.folder / kiosk, scale=0.5)
        picture(self.screen, CONSOLE, self.folder / console, scale=0.5)
        self.steps.append((title, told, at, kiosk, console))

    def took(self, what: str, seconds: float) -> None:
        """One line of the timeline."""
        self.timings.append((what, seconds))

    def database(self, title: str, file: Path, tables: dict[str, str]) -> None:
        """Show the newest rows of some tables of an SQLite file (name -> SQL)."""
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            for name, query in tables.items():
                cursor = connection.execute(query)
                heads = [column[0] for column in cursor.description]
                rows = [[_short(value) for value in row] for row in cursor.fetchall()]
                self.tables.append((f"{title}: {name}", heads, rows))
        finally:
            connection.close()

    def write(self) -> Path:
        """The page, and the same figures as JSON for machines."""
        self.folder.mkdir(parents=True, exist_ok=True)
        parts = [
            f"<!doctype html><html lang=en><meta charset=utf-8><title>A visit</title><style>{_STYLE}</style><main>",
            "<h1>A visit, step by step</h1><p>Real windows, real input events. The customer's screen is on the left, "
            "the operator's on the right, both at the same moment.</p>",
            "<h2>Timeline</h2><table><tr><th>what</th><th>took</th></tr>",
            *(f"<tr><td>{html.escape(w)}</td><td class=n>{_seconds(s)}</td></tr>" for w, s in self.timings),
            "</table>",
            "<h2>Figures</h2><table>",
            *(f"<tr><td>{html.escape(k)}</td><td>{html.escape(v)}</td></tr>" for k, v in self.figures.items()),
            "</table><h2>Steps</h2>",
        ]
        for title, told, at, kiosk, console in self.steps:
            parts.append(
                f"<div class=step><h3>{html.escape(title)}</h3><p>{at:.1f} s · {html.escape(told)}</p><div class=pair>"
                f"<img class=k src={kiosk} alt='the kiosk'><img class=c src={console} alt='the console'></div></div>"
            )
        parts.append(f"<h2>What the customer takes home</h2><pre>{html.escape(self.receipt)}</pre>")
        parts.append("<h2>What lies in the databases</h2>")
        for title, heads, rows in self.tables:
            head = "".join(f"<th>{html.escape(h)}</th>" for h in heads)
            body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
            parts.append(f"<h3>{html.escape(title)}</h3><table><tr>{head}</tr>{body}</table>")
        page = self.folder / "index.html"
        page.write_text("\n".join([*parts, "</main></html>"]))
        machine = {"timeline": dict(self.timings), "figures": self.figures}
        (self.folder / "figures.json").write_text(json.dumps(machine, indent=1, ensure_ascii=False))
        return page


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def _short(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 120 else text[:117] + "..."
