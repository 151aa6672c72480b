"""What the agent frees is gone from its memory; looked for from outside, as an intruder would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.agent import forgetting, visit_process
from tests.memory import count

_REMEMBERS = """
import os, sys
people = [("%s" % number + "-account") * 3 for number in range(5000, 5400)]
kept = people[7]
del people
print("ready", flush=True)
sys.stdin.read()
"""


def test_what_was_freed_is_overwritten_and_what_is_held_is_not() -> None:
    environment = {**os.environ, **forgetting.FORGETTING}
    with subprocess.Popen(
        [sys.executable, "-c", _REMEMBERS], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"ready\n"
        assert count(process.pid, b"5007-account") == 3
        assert [number for number in range(5000, 5400) if number != 5007 and _found_once(process.pid, number)] == []
        process.stdin.close()


def _found_once(pid: int, number: int) -> bool:
    return number % 40 == 0 and count(pid, b"%d-account" % number) > 0


def test_the_agent_begins_again_once_with_the_same_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[object, ...]] = []

    def execve(program: str, arguments: list[str], environment: dict[str, str]) -> None:
        begun.append((program, arguments))
        for name in forgetting.FORGETTING:
            monkeypatch.setenv(name, environment[name])

    for name in forgetting.FORGETTING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "execve", execve)
    forgetting.begin_forgetting()
    forgetting.begin_forgetting()
    assert begun == [(sys.executable, sys.orig_argv)]


def test_a_visit_is_not_slowed_down_by_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in forgetting.FORGETTING.items():
        monkeypatch.setenv(name, value)
    assert not set(forgetting.FORGETTING) & set(visit_process._environment(tmp_path, tmp_path))
