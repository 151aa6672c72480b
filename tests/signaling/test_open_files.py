"""A server started by hand takes as many connections as it may."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("soft", "hard", "after"), [(256, 4_096, 4_096), (256, 256, 256), (300, 200_000, 65_536)])
def test_the_limit_is_raised_as_far_as_one_may(soft: int, hard: int, after: int) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("less is allowed here")
    asked = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        "from signaling.server.open_files import as_many_as_allowed;"
        "print(as_many_as_allowed(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(after)] * 2
