"""Wiring for tests: takes as many steps with ``AnySequence`` as asked for, and says how many they were.

``python -m tests.equeue.soak --steps 1000000``: prints JSON with the steps of hypothesis (each followed by every
invariant), the events they brought, how many of those were refused, and the seconds.
"""

from __future__ import annotations

import argparse
import json
import time

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.equeue.any_sequence import AnySequence

_AT_ONCE = 500  # sequences of one run of hypothesis
_LENGTH = 60


def soak(steps: int, seconds: float = float("inf")) -> dict[str, float]:
    """Run until so many steps were taken, or so long; raises what a broken invariant raises."""
    begun, before = time.perf_counter(), (AnySequence.steps, AnySequence.events, AnySequence.refused)
    chosen = settings(
        max_examples=_AT_ONCE,
        stateful_step_count=_LENGTH,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    while AnySequence.steps - before[0] < steps and time.perf_counter() - begun < seconds:
        run_state_machine_as_test(AnySequence, settings=chosen)
    return {
        "steps": AnySequence.steps - before[0],
        "events": AnySequence.events - before[1],
        "refused": AnySequence.refused - before[2],
        "seconds": round(time.perf_counter() - begun, 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Steps of the queue's machine, each followed by every invariant.")
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    given = parser.parse_args()
    print(json.dumps(soak(given.steps, given.seconds)))
