"""media/engine/pipe.py and the engine as a program."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import time

from media.engine.pipe import MOST_WAITING, Pipe
from media.messages import Level, State


def test_a_malformed_command_is_a_problem_and_a_closed_pipe_ends_the_process() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "media.engine"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'{"type": "explode"}\n')
    process.stdin.flush()
    told = [json.loads(process.stdout.readline()) for _ in range(2)]
    assert {t["type"] for t in told} == {"problem", "ready"}
    assert next(t for t in told if t["type"] == "problem")["code"] == "pipe.malformed"
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()


async def test_a_window_that_reads_nothing_does_not_stop_the_engine_nor_fill_its_memory() -> None:
    reading, writing = os.pipe()
    pipe = Pipe(io.BytesIO(), os.fdopen(writing, "wb", buffering=0))
    began = time.monotonic()
    pipe._writer.start()
    for _ in range(10 * MOST_WAITING):
        pipe.send(Level(mic=-96.0, speaker=-96.0))
    pipe.send(State(session_id="s", state="live"))
    assert time.monotonic() - began < 10
    assert pipe._events.qsize() <= MOST_WAITING + 1
    with os.fdopen(reading, "rb") as window:
        told = await asyncio.to_thread(lambda: next(line for line in window if b'"state"' in line))
        assert json.loads(told)["state"] == "live"  # what matters was not left out
        await pipe.close()
