"""Wiring: the engine process as a program. Commands on standard input, events on standard output, logs on error.

Ends by itself when standard input closes: a media process never outlives its window.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from ground.logs import set_up_logs
from media.engine.pipe import Pipe
from media.messages import Problem
from media.ring import Ring
from media.urgency import hurry, take_time

SELF_TEST_FAILED = 3  # exit code


def main() -> int:
    """Run until standard input closes or Close is said; 0, or 3 when the self-test failed."""
    began = time.monotonic()
    multiprocessing.freeze_support()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; our window decides
    parser = argparse.ArgumentParser(prog="media.engine")
    parser.add_argument("--ring", action="append", default=[], metavar="NAME=ADDRESS")
    parser.add_argument("--unhurried", action="store_true", help="nobody waits for it: load behind everybody else")
    told = parser.parse_args()
    if told.unhurried:
        take_time()
    rings = {}
    for given in told.ring:
        name, _, address = given.partition("=")
        rings[name] = Ring.attach(address)
    set_up_logs("media")
    # Whatever a library prints must not end up among our messages.
    events = os.dup(1)
    os.dup2(2, 1)
    return asyncio.run(_run(Pipe(sys.stdin.buffer, os.fdopen(events, "wb", buffering=0)), rings, began))


async def _run(pipe: Pipe, rings: dict[str, Ring], began: float) -> int:
    pipe.start()
    # Its threads open sound devices, whose own threads are like those that open them.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(initializer=hurry))
    from media import mend  # slow to load: after the pipe, so that a closed window is noticed meanwhile

    try:
        mend.apply()
    except mend.MendError as error:
        pipe.send(Problem(code=error.code, text=str(error)))
        await pipe.close()
        return SELF_TEST_FAILED
    from media.engine.app import Engine

    engine = Engine(pipe, rings, began)
    try:
        await engine.run()
    finally:
        await engine.close()
        await pipe.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
