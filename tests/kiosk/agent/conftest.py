"""The kiosk of these tests: a real agent, real processes, no window."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kiosk.agent import visit_process, visits
from tests.kiosk.agent.place import Place


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    def command(fd: int) -> list[str]:
        return [sys.executable, "-S", str(Path(__file__).with_name("plain_visit.py")), "--fd", str(fd)]

    monkeypatch.setattr(visit_process, "_command", command)
    monkeypatch.setattr(visits, "SPARE_AFTER", 0.0)
    monkeypatch.setenv("PLAIN_DIARY", str(tmp_path / "diary"))
    place = Place(tmp_path)
    yield place
    await place.close()
