"""media/client.py in the loop of a window (qasync under a QApplication), and when the engine dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from media import client
from media.messages import DeviceChoice, EngineDied, Event, Level, Open, Ready

_WINDOW = """
import asyncio, os, signal, sys, time
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
import qasync
from media import messages as m
from media.client import MediaProcess

async def until(wanted):
    deadline = time.monotonic() + 40
    while not wanted():
        assert time.monotonic() < deadline, events
        await asyncio.sleep(0.01)

events = []

async def main():
    nothing = m.DeviceChoice(kind="none")
    drawn = m.DeviceChoice(kind="generated")
    order = m.Open(camera=drawn, microphone=nothing, loudspeaker=nothing, width=320, height=180)
    engine = await MediaProcess.start(events.append, {"local": (320, 180)})
    engine.send(order)
    await until(lambda: engine.local.latest() is not None)
    frame = engine.local.latest()
    image = QImage(frame.pixels, frame.width, frame.height, frame.width * 4, QImage.Format.Format_RGB32)
    assert image.constBits() is not None and image.pixelColor(160, 170).value() > 50
    # the picture may be there before it is told, and levels are told while the devices are tried
    await until(lambda: any(isinstance(e, m.Opened) for e in events))
    assert [e.type for e in events if e.type not in ("level", "rehearsed")][:2] == ["ready", "opened"], events

    pid, killed = engine.pid, time.monotonic()
    os.kill(pid, signal.SIGKILL)
    await until(lambda: isinstance(events[-1], m.EngineDied))
    assert time.monotonic() - killed < 1.0
    engine.send(order)  # said to a dead engine: ignored, no error
    number = engine.local.latest().number
    del image, frame
    await engine.restart()
    assert engine.pid not in (None, pid)
    engine.send(order)
    await until(lambda: engine.local.latest(number) is not None)

    pid = engine.pid
    await engine.close()
    assert sum(isinstance(e, m.EngineDied) for e in events) == 1  # the kill, not the close
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        print("good")

app = QApplication([])
with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
    runner.run(main())
"""


def test_a_qt_window_starts_an_engine_paints_survives_its_death_and_closes_it() -> None:
    window = subprocess.run(
        [sys.executable, "-c", _WINDOW],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert window.stdout.strip().endswith("good"), window.stderr[-3000:]


def test_an_engine_ends_when_its_window_is_killed() -> None:
    window = subprocess.Popen([sys.executable, "-c", _KILLED_WINDOW], stdout=subprocess.PIPE, text=True)
    assert window.stdout is not None
    pid = int(window.stdout.readline())
    window.kill()
    window.wait(10)
    window.stdout.close()
    assert gone_within(pid, 15.0)


async def test_an_engine_that_hangs_is_killed_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "HUNG_AFTER", 2)
    events: list[Event] = []
    nothing = DeviceChoice(kind="none")

    def hear(event: Event) -> None:
        events.append(event)
        if isinstance(event, Ready):
            raise RuntimeError("a mistake in the window")  # must not make it deaf

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(str(context["message"])))
    told: list[str] = []
    engine = await client.MediaProcess.start(hear)
    engine.send(Open(camera=nothing, microphone=nothing, loudspeaker=nothing))
    await until(lambda: any(isinstance(event, Level) for event in events))
    assert told == ["on_event failed for ready"]
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGSTOP)
    await until(lambda: isinstance(events[-1], EngineDied))
    await engine.close()


async def until(wanted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 40
    while not wanted():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


_KILLED_WINDOW = """
import asyncio
from media.client import MediaProcess
async def main():
    ready = asyncio.Event()
    engine = await MediaProcess.start(lambda event: ready.set(), {"local": (320, 180)})
    await ready.wait()
    print(engine.pid, flush=True)
    await asyncio.sleep(100)
asyncio.run(main())
"""


def gone_within(pid: int, seconds: float) -> bool:
    try:
        psutil.Process(pid).wait(seconds)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True
