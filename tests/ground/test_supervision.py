"""ground/supervision.py"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ground import supervision


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        monkeypatch.setenv("WATCHDOG_USEC", "60000")
        yield heard


async def test_a_loop_that_turns_shows_life_often_enough_and_says_when_it_ends(systemd: socket.socket) -> None:
    life = asyncio.create_task(supervision.show_life())
    heard = [(await asyncio.to_thread(systemd.recv, 100)).decode() for _ in range(4)]
    life.cancel()
    await asyncio.gather(life, return_exceptions=True)
    assert heard == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]
    while (last := systemd.recv(100)) == b"WATCHDOG=1":
        pass
    assert last == b"STOPPING=1"


def test_a_child_is_not_watched_in_its_parents_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getppid()))
    assert supervision.watchdog_s(os.getpid()) == 0.0
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert supervision.watchdog_s(os.getpid()) == 30.0


async def test_without_systemd_nothing_is_said_and_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
        monkeypatch.delenv(name, raising=False)
    assert not supervision.tell("READY=1")
    await supervision.show_life()
    monkeypatch.setenv("NOTIFY_SOCKET", "/no/such/socket")
    assert not supervision.tell("READY=1")
