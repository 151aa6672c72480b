"""How much is let through."""

from __future__ import annotations

from signaling.server.brakes import Bucket, Failures


def test_a_burst_passes_and_then_the_rate() -> None:
    bucket = Bucket(rate=20, burst=200)
    assert sum(bucket.take(1.0) for _ in range(500)) == 200
    assert sum(bucket.take(2.0) for _ in range(500)) == 20
    assert sum(bucket.take(100.0) for _ in range(500)) == 200


def test_failures_pause_a_name_until_the_window_is_over_and_no_other_name() -> None:
    failures = Failures(allowed=3, window_s=60)
    for second in (0.0, 1.0, 2.0):
        assert failures.paused_for("a", second) == 0.0
        failures.failed("a", second)
    assert failures.paused_for("a", 10.0) == 50.0
    assert failures.paused_for("b", 10.0) == 0.0
    assert failures.paused_for("a", 60.5) == 0.0


def test_success_forgets_and_memory_is_bounded() -> None:
    failures = Failures(allowed=1, window_s=60, most_names=2)
    for name in ("a", "b", "c"):
        failures.failed(name, 0.0)
    assert failures.paused_for("a", 1.0) == 0.0
    assert failures.paused_for("c", 1.0) > 0
    failures.succeeded("c")
    assert failures.paused_for("c", 1.0) == 0.0
