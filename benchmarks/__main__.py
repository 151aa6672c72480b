"""Wiring: ``./dev bench [NAME]`` runs one benchmark, or lists them. The last line printed is one JSON object."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

#: name -> (module with ``run(out: Path, args: list[str]) -> dict``, what it measures)
BENCHMARKS = {
    "call": ("benchmarks.call.run", "a call by our engine and by Chromium over six links: set-up, delay, loss, CPU"),
    "codec": ("benchmarks.codec", "VP8 and H.264 as we code them: rate, sharpness, processor time"),
    "echo": ("benchmarks.echo", "our echo canceller in a synthetic room: echo left, speech ducked, delay jumps, CPU"),
    "queue": ("benchmarks.queue_line", "the queue in memory, with its durable log, and beside PostgreSQL"),
    "start": ("benchmarks.start", "kiosk start to the first interactive frame, and the change of visits"),
    "payment-conformance": ("benchmarks.payment_conformance", "cases 1-13 and 33 of payments.md 7: what, how, result"),
    "payment-time": ("benchmarks.payment_time", "what we add to a card payment, and what its journal costs"),
    "payment-chaos": ("benchmarks.payment_chaos", "card payments under faults and deaths: charged, posted, open, lost"),
}


def main() -> None:
    """Run the named benchmark."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="without a name: the list")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    people = Console()
    if asked.name is None:
        for name, (_, meaning) in BENCHMARKS.items():
            people.print(f"  {name:10} {meaning}")
        return
    out = Path("bench-out") / asked.name
    out.mkdir(parents=True, exist_ok=True)
    figures = importlib.import_module(BENCHMARKS[asked.name][0]).run(out, asked.rest)
    table = Table(title=BENCHMARKS[asked.name][1])
    table.add_column("figure")
    table.add_column("value", justify="right")
    for key, value in figures.items():
        if not isinstance(value, list | dict):  # a benchmark shows its own tables
            table.add_row(key, str(value))
    if table.row_count:
        people.print(table)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
