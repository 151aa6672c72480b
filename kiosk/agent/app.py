"""Wiring: the kiosk's agent as a process: ``python -m kiosk.agent --folder FOLDER``, or ``run_agent(config)``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ground.clock import SystemClock
from ground.disk import RealDisk
from ground.logs import bind_contextvars, get_logger, set_up_logs
from ground.supervision import show_life
from kiosk.agent.agent import Agent, AgentBroken
from kiosk.agent.config import KioskConfig, NotEnrolled

BROKEN = 4  # exit code: start it anew


async def run_agent(config: KioskConfig) -> None:
    """Run one kiosk until SIGTERM or SIGINT; says ``ready {json}`` on standard output at the first picture."""
    agent = Agent(config, RealDisk(config.folder / "agent"), RealDisk(config.folder / "payment"), SystemClock())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, agent.stop)
    began = loop.time()
    announcing = asyncio.create_task(_announce(agent, config, began))
    living = asyncio.create_task(show_life(), name="signs of life")
    try:
        await agent.run()
    finally:
        announcing.cancel()
        living.cancel()


async def _announce(agent: Agent, config: KioskConfig, began: float) -> None:
    await agent.visits.first_shown.wait()
    ms = round(1000 * (asyncio.get_running_loop().time() - began))
    told = {"pid": os.getpid(), "first_frame_ms": ms, "probe": str(config.probe_path or "")}
    print("ready", json.dumps(told), flush=True)
    get_logger().info("kiosk ready", ms=ms)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 2 when the kiosk is not enrolled, 4 when the agent has to be started anew."""
    parser = argparse.ArgumentParser(prog="infomat kiosk", description="Run the kiosk of this machine.")
    parser.add_argument("--folder", type=Path, required=True, help="the kiosk's data folder")
    folder = parser.parse_args(arguments).folder.resolve()
    set_up_logs("kiosk-agent")
    try:
        config = KioskConfig.load(folder)
        config.key()
    except NotEnrolled as error:
        print(error, file=sys.stderr)
        return 2
    bind_contextvars(kiosk=config.identity)
    try:
        asyncio.run(run_agent(config))
    except AgentBroken as error:
        get_logger().error("agent broken", reason=str(error), code=error.code)
        return BROKEN
    return 0
