"""Wiring for tests: takes as many steps with ``AnySequence`` as asked for, and says how many they were.

``python -m tests.equeue.soak --steps 1000000``: prints JSON with the steps taken, those refused, and the seconds.
"""

from __future__ import annotations

import argparse
import json
import time

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.equeue.any_sequence import AnySequence

_AT_ONCE = 2000  # sequences of one run of hypothesis
_LENGTH = 50


def soak(steps: int) -> dict[str, float]:
    """Run until so many steps were taken; raises what a broken invariant raises."""
    begun, before, refused = time.perf_counter(), AnySequence.steps, AnySequence.refused
    chosen = settings(
        max_examples=_AT_ONCE,
        stateful_step_count=_LENGTH,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    while AnySequence.steps - before < steps:
        run_state_machine_as_test(AnySequence, settings=chosen)
    return {
        "steps": AnySequence.steps - before,
        "refused": AnySequence.refused - refused,
        "seconds": round(time.perf_counter() - begun, 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Steps of the queue's machine, each followed by every invariant.")
    parser.add_argument("--steps", type=int, default=1_000_000)
    print(json.dumps(soak(parser.parse_args().steps)))
