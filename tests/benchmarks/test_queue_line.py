"""The queue's benchmark makes the evidence it promises, and the referee reads nothing into it."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import queue_disk
from benchmarks.queue_line import InMemory, run
from benchmarks.referee import queues

HEAD = "kind,begun_ns,done_ns,offers\n"
PROMISED = {
    "assignments_per_s", "assign_p50_ms", "assign_p99_ms", "durable_assignments_per_s", "durable_assign_p99_ms",
    "postgres_1", "postgres_best", "durable_ratio_1", "durable_ratio_best", "cost_growth_100_to_100000",
}  # fmt: skip


def evidence(folder: Path) -> None:
    """A run with round figures: a millisecond an event, one in two an assignment."""
    rows = [f"X,{n * 10_000_000},{n * 10_000_000 + 1_000_000},{n % 2}\n" for n in range(100)]
    for name in ("memory", "durable-1", "durable-2", "durable-3", "durable-paced", "growth-100"):
        (folder / f"{name}.csv").write_text(HEAD + "".join(rows))
    (folder / "growth-100000.csv").write_text(HEAD + "X,0,3000000,0\n")
    (folder / "sync.csv").write_text("ns\n2000000\n3000000\n9000000\n")
    for kind, more in (("work", 0), ("claim", 1)):
        for connections, count, claimed in ((1, 4, 2), (8, 10, 9), (32, 8, 4)):
            lines = [f"0 {n} 500000 0 {1000 + n} 500000\n" for n in range(count)]
            for number, times in ((1, 1), (2, 3), (3, 2)):  # a disk that is another in each round
                file = folder / f"postgres-{kind}-{connections}-{number}.log"
                file.write_text("".join(lines))
                file.with_name(f"{file.stem}-claimed.txt").write_text(f"{(claimed + more) * times}\n")


def test_the_referee_counts_only_what_the_evidence_holds(tmp_path: Path) -> None:
    evidence(tmp_path)
    found = queues.figures(tmp_path)
    assert set(found) >= PROMISED
    assert (found["events_per_s"], found["assignments_per_s"]) == (1000, 500)
    assert found["assign_p99_ms"] == found["assign_max_ms"] == 1.0
    assert found["durable_assignments_per_s"] == round(50 / 0.991)
    assert found["cost_growth_100_to_100000"] == 3.0


def test_a_claim_that_found_nobody_is_no_assignment(tmp_path: Path) -> None:
    evidence(tmp_path)
    found = queues.figures(tmp_path)
    assert found["durable_ratio_1"] == round(50 / 0.991 / (2 * 2 / 3.5), 2)
    assert found["durable_ratio_1_rounds"] == [round(50 / 0.991 / (2 * times / 3.5), 2) for times in (1, 3, 2)]
    assert found["durable_ratio_best"] == round(50 / 0.991 / (2 * 9 / 9.5), 2)
    assert found["durable_ratio_claim_only_1"] == round(50 / 0.991 / (2 * 3 / 3.5), 2)
    assert found["sync_p50_ms"] == 3.0


def test_each_slower_disk_is_compared_with_itself(tmp_path: Path) -> None:
    evidence(tmp_path)
    for more in ("10", "2"):
        (tmp_path / f"slower-{more}").mkdir()
        evidence(tmp_path / f"slower-{more}")
    (tmp_path / "slower-2" / "sync.csv").write_text("ns\n5000000\n")
    slower = queues.figures(tmp_path)["slower_disks"]
    assert isinstance(slower, list)
    assert [one["sync_p50_ms"] for one in slower] == [5.0, 3.0]
    assert slower[0]["durable_ratio_1"] == round(50 / 0.991 / (2 / 3.5), 2)
    assert slower[0]["durable_ratio_best"] == round(50 / 0.991 / (9 / 9.5), 2)


@pytest.mark.skipif(not queue_disk.can_be_slower(), reason="no compiler")
def test_a_sync_takes_longer_for_whoever_is_started_meanwhile(tmp_path: Path) -> None:
    timed = "import os, time; f = os.open('f', 65); b = time.monotonic(); {}(f); print(time.monotonic() - b)"
    with queue_disk.slower_syncs(tmp_path, 200):
        for call in ("os.fsync", "os.fdatasync"):
            done = subprocess.run(
                [sys.executable, "-c", timed.format(call)], cwd=tmp_path, capture_output=True, text=True, check=True
            )
            assert float(done.stdout) >= 0.2
    assert not set(queue_disk.SETS) & set(os.environ)


def test_a_small_run_leaves_evidence_of_every_event(tmp_path: Path) -> None:
    found = run(tmp_path, [
        *("--operators", "30", "--waiting", "200", "--events", "300", "--growth", "100", "--growth-events", "90"),
        *("--postgres-seconds", "0", "--paced-seconds", "0.2", "--rounds", "2"),
    ])  # fmt: skip
    for name, count in (("memory", 300), ("durable-1", 300), ("durable-2", 300), ("growth-100", 90)):
        with (tmp_path / f"{name}.csv").open(newline="") as text:
            rows = list(csv.DictReader(text))
        assert len(rows) == count
        assert all(int(row["done_ns"]) > int(row["begun_ns"]) for row in rows)
    assert int(str(found["assignments"])) > 60
    assert float(str(found["durable_paced_assign_max_ms"])) > 0


@pytest.mark.parametrize("events", [1, 29, 100])
def test_exactly_so_many_events_happen_as_were_asked_for(events: int) -> None:
    assert len(InMemory(30, 200).run(events)) == events
