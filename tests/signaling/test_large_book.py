"""A day of a large book of record is reconciled at a day's cost: few pages read, little memory, the same findings."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from payment.events import entry_from_dict
from payment.purchase import replay
from signaling.server.database import open_database
from tests.signaling import visit as v
from tests.signaling.client import ROOT, environment

DAYS, LAST = 250, datetime(2026, 11, 20, 12, tzinfo=UTC)
_PURCHASES = "INSERT INTO purchases (id, kiosk_id, seq, state, changed_at) VALUES (?, 'k', 3, 'approved', ?)"
_ENTRIES = "INSERT INTO purchase_entries (purchase_id, seq, body, received_at) VALUES (?, ?, ?, ?)"
_MEASURED = """
import resource, sys, time
from infomat.cli import app
begun = time.perf_counter()
try:
    app(sys.argv[1:])
except SystemExit as left:
    code = left.code
print("seconds", time.perf_counter() - begun, "kib", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "code", code)
"""


def book_of(folder: Path, purchases: int, days: int) -> list[str]:
    """A server's folder with so many purchases over so many days; the last day's ids."""
    folder.mkdir(parents=True)
    file = folder / "infomat.db"
    open_database(f"sqlite:///{file}").dispose()
    entries = [json.dumps(one) for one in v.journal("@ID@", "7402015830", 10_000)]
    first = json.loads(entries[0])["at"]
    assert replay(tuple(entry_from_dict(json.loads(one)) for one in entries)).state == "approved"
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    last: list[str] = []
    for day in range(days):
        at = LAST - timedelta(days=days - 1 - day)
        stamp, told = int(at.timestamp() * 1000), at.isoformat(timespec="microseconds")
        ids = [f"{stamp:012x}{day:04x}{one:08x}" for one in range(purchases // days)]
        last = [f"{one[:8]}-{one[8:12]}-7{one[12:15]}-8{one[15:18]}-{one[18:]:0>12}" for one in ids]
        bodies = [one.replace(first, at.isoformat()) for one in entries]
        connection.executemany(_PURCHASES, [(one, told) for one in last])
        rows = [(one, seq, body.replace("@ID@", one), told) for one in last for seq, body in enumerate(bodies, 1)]
        connection.executemany(_ENTRIES, rows)
    connection.execute("COMMIT")
    connection.close()
    return last


def reconciled(folder: Path, ids: list[str]) -> tuple[float, float, str]:
    """(seconds, MiB at most, what was said) of ``infomat payment reconcile`` in a process of its own."""
    file = folder.parent / "registry.csv"
    day = LAST.date().isoformat()
    rows = [f"{day},payment,100.00,RUB,r{number},{one}" for number, one in enumerate(ids)]
    file.write_text("\n".join(["date,type,amount,currency,rrn,order", *rows]) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, "payment", "reconcile", f"--registry={file}", f"--book={folder}",
         "--language=en"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    *said, measured = done.stdout.splitlines()
    parts = measured.split()
    assert parts[5] == "0", done.stdout
    return float(parts[1]), float(parts[3]) / 1024, "\n".join(said)


@pytest.mark.slow
def test_a_day_of_half_a_million_purchases_costs_a_day(tmp_path: Path) -> None:
    small = book_of(tmp_path / "small" / "server", 20_000, 10)
    large = book_of(tmp_path / "large" / "server", 500_000, DAYS)
    assert len(small) == len(large) == 2_000
    begun = time.perf_counter()
    seconds, mib, said = reconciled(tmp_path / "large" / "server", large)
    few_seconds, few_mib, same = reconciled(tmp_path / "small" / "server", small)
    print(f"\n500,000 purchases: {seconds:.2f} s, {mib:.0f} MiB; 20,000: {few_seconds:.2f} s, {few_mib:.0f} MiB")
    assert "Matched: 2000" in said
    assert said == same
    assert mib < few_mib + 60
    assert seconds < 3 * few_seconds + 5, time.perf_counter() - begun
