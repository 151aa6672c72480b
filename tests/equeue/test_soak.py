"""A million steps of the queue's machine: minutes, so ``pytest -m slow tests/equeue/test_soak.py``."""

import pytest

from tests.equeue.soak import soak


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_million_steps_break_no_invariant() -> None:
    assert soak(1_000_000)["steps"] >= 1_000_000
