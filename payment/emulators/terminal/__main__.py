"""Wiring: start the emulated terminal. Prints one line ``ready {...}`` when it listens."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
from pathlib import Path
from typing import Any

from ground.clock import SystemClock
from ground.disk import RealDisk
from payment.emulators.terminal.identity import POI_ID, Identity
from payment.emulators.terminal.ledger import Ledger
from payment.emulators.terminal.machine import CardMachine
from payment.emulators.terminal.script import Script
from payment.emulators.terminal.server import ControlServer, TerminalServer

_CARDS = {"tap": "approve", "decline": "decline", "cancel": "cancel", "wrong_pin": "wrong_pin"}
_REBOOT_SECONDS = 3.0


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="payment.emulators.terminal", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: the port of last time, or a free one")
    parser.add_argument("--folder", type=Path, required=True, help="its memory: certificates, key, ledger")
    parser.add_argument("--scripted", action="store_true", help="obey POST /control on a loopback port")
    parser.add_argument("--window", action="store_true", help="show a small terminal to play with")
    parser.add_argument("--language", choices=["ru", "lv", "en"], default="en")
    parser.add_argument("--plain", action="store_true", help="no application-level encryption")
    parser.add_argument("--expiry", type=float, default=120.0, help="seconds to wait for a card")
    parser.add_argument("--common-name", default="", help="another certificate name, for tests")
    return parser.parse_args(words)


async def _start(options: argparse.Namespace) -> tuple[CardMachine, TerminalServer]:
    clock = SystemClock()
    identity = Identity(options.folder, clock.now(), plain=options.plain, common_name=options.common_name)
    machine = CardMachine(POI_ID, Ledger(RealDisk(options.folder), clock), clock, options.expiry)
    script = Script()
    server = TerminalServer(machine, script, identity.key, identity.tls(), lambda: secrets.token_bytes(16))
    try:
        await server.listen(options.host, options.port or identity.last_port)
    except OSError:
        if options.port:
            raise
        await server.listen(options.host, 0)

    async def obey(order: dict[str, Any]) -> dict[str, Any]:
        if "card" in order:
            return {"taken": machine.present(_CARDS[order["card"]])}
        if order.get("next") == "reboot" and order.get("now"):
            server.pull_the_plug(float(order.get("seconds", 1)), forget=bool(order.get("forget")))
        elif "next" in order:
            script.add(order)
        return {"running": machine.running is not None}

    control_port = None
    if options.scripted:
        control = ControlServer(obey)
        await control.listen()
        control_port = control.port
    identity.publish(options.host, server.port, control_port)
    print("ready " + json.dumps({"port": server.port, "control_port": control_port}), flush=True)
    return machine, server


async def _serve(options: argparse.Namespace) -> None:
    await _start(options)
    await asyncio.get_running_loop().create_future()


def main(words: list[str] | None = None) -> None:
    """Run until killed."""
    options = _arguments(words)
    if options.window:
        from payment.emulators.terminal.window import run_window

        run_window(
            lambda: _start(options),
            options.language,
            lambda server: server.pull_the_plug(_REBOOT_SECONDS, forget=False),
        )
        return
    try:
        asyncio.run(_serve(options))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
