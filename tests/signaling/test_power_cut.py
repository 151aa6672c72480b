"""The power fails between any two writes of the server's log: after a start all is as it was told, and goes on.

The writes and syncs are those of the real SQLite library under the server's own statements, recorded by strace.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from equeue import events as ev
from signaling.server.database import open_database
from signaling.server.event_log import Change
from signaling.server.queue_evidence import evidence
from signaling.server.queue_proof import verify
from signaling.server.queue_runner import DEFAULT_SETTINGS, QueueRunner
from signaling.server.sql_event_log import SqlEventLog
from tests.signaling import recorded_day
from tests.signaling.client import ROOT, environment
from tests.signaling.recorded_disk import CALLS, Call, RecordedDisk, calls


@dataclass
class Recorded:
    """A day: the folder before it, every call, and what the server knew after each step (0: before the first)."""

    folder: Path
    begun_with: dict[str, bytes]
    calls: list[Call]
    steps: list[dict[str, Any]]


def recorded(folder: Path, seed: int, turns: int) -> Recorded:
    """A day under strace."""
    strace = shutil.which("strace")
    assert strace is not None, "the proof needs strace: ./dev test brings it"
    home = folder / "day"
    home.mkdir()
    recorded_day.prepared(home)
    begun_with = {one.name: one.read_bytes() for one in home.iterdir()}
    engine = open_database(f"sqlite:///{home / 'infomat.db'}")
    steps = [{"entries": 0, "known": recorded_day.known(recorded_day.started(engine, recorded_day.BEGIN))}]
    engine.dispose()
    subprocess.run(
        [
            strace, "-f", "-y", "-xx", "-s", "70000", "-e", f"trace={CALLS}", "-o", str(folder / "calls"),
            sys.executable, "-B", "-m", "tests.signaling.recorded_day", str(home), str(seed), str(turns),
        ],
        check=True, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    found = calls(folder / "calls")
    said = [call.data.decode().split(maxsplit=2) for call in found if call.path == "/dev/null"]
    steps += [json.loads(words[2]) for words in said if words[0] == "step"]
    return Recorded(home, begun_with, found, steps)


def check(folder: Path, left: dict[str, bytes], day: Recorded, told: int) -> int:
    """Start with what is left: everything told is there, nothing is half there; the step the log ends with."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in left.items():
        (folder / name).write_bytes(content)
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    now = recorded_day.BEGIN + timedelta(hours=1)
    try:
        front = recorded_day.started(engine, now)
        log = SqlEventLog(engine)
        entries = sum(1 for _ in log.read_all())
        ends = [number for number, step in enumerate(day.steps) if step["entries"] == entries]
        assert ends, f"{entries} entries: the log ends inside a step"
        step = ends[-1]
        assert step >= told, f"{told} was told, the log ends with {step}"
        known = json.loads(json.dumps(recorded_day.known(front)))
        assert known == day.steps[step]["known"]
        with evidence(str(folder)) as found:
            assert verify(found, DEFAULT_SETTINGS).fault is None
        change = Change(now)  # and it goes on
        QueueRunner(front, lambda *_: None, lambda *_: None).feed(
            change, ev.CentreFactorChanged("Miass", 120, "boss", "flood")
        )
        log.append([change])
        assert sum(1 for _ in log.read_all()) == entries + len(change.entries)
    finally:
        engine.dispose()
    return step


def cut_everywhere(day: Recorded, folder: Path, seed: int) -> tuple[int, int, set[int]]:
    """(crash points, different disks started from, steps the logs ended with) of a day."""
    disk, chance = RecordedDisk(day.folder, day.begun_with), Random(seed)
    told = points = 0
    ends, seen = set[int](), set[bytes]()
    for call in day.calls:
        if call.path == "/dev/null":
            told = int(call.data.split()[1]) if call.data.startswith(b"told") else told
        elif not disk.do(call):
            continue
        points += 1
        for left in disk.cuts(chance):
            key = hashlib.sha256(b"".join(name.encode() + left[name] for name in sorted(left))).digest()
            if key + bytes([told % 256]) in seen:
                continue
            seen.add(key + bytes([told % 256]))
            ends.add(check(folder, left, day, told))
    return points, len(seen), ends


def test_a_power_cut_between_any_two_writes_takes_back_nothing_that_was_told(tmp_path: Path) -> None:
    day = recorded(tmp_path, seed=1, turns=11)
    points, disks, ends = cut_everywhere(day, tmp_path / "after", seed=1)
    print(f"{points} crash points, {disks} different disks, {len(day.steps) - 1} steps")
    assert any(call.name == "pwrite64" and call.path.endswith("infomat.db") for call in day.calls), "no checkpoint"
    assert points > 80
    assert disks > 80
    assert max(ends) == len(day.steps) - 1


def test_a_disk_that_only_says_it_synced_is_found(tmp_path: Path) -> None:
    """That the test above can fail."""
    day = recorded(tmp_path, seed=2, turns=3)
    day.calls = [call for call in day.calls if call.name != "sync"]
    with pytest.raises(AssertionError, match="was told, the log ends with"):
        cut_everywhere(day, tmp_path / "after", seed=2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [11, 12])
def test_long_days_under_power_cuts(tmp_path: Path, seed: int) -> None:
    day = recorded(tmp_path, seed=seed, turns=100)
    points, disks, _ = cut_everywhere(day, tmp_path / "after", seed=seed)
    print(f"{points} crash points, {disks} different disks, {len(day.steps) - 1} steps")
    assert points > 800
