"""Wiring: start the emulated terminal. Prints one line ``ready {...}`` when it listens."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ground.clock import SystemClock
from ground.disk import RealDisk
from payment.emulators.bank import BankBook
from payment.emulators.terminal.identity import POI_ID, Identity
from payment.emulators.terminal.ledger import Ledger
from payment.emulators.terminal.machine import CardMachine
from payment.emulators.terminal.notices import Notices
from payment.emulators.terminal.script import Script
from payment.emulators.terminal.server import ControlServer, TerminalServer
from payment.nexo.profile import MAKES

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
    parser.add_argument("--make", choices=sorted(MAKES), default="adyen", help="the profile that it publishes")
    parser.add_argument("--path", default="/nexo")
    parser.add_argument("--login-required", action="store_true", help="answer nothing before a Login")
    parser.add_argument("--tell", default="", help="URL for its events, until a request names another")
    parser.add_argument("--common-name", default="", help="another certificate name, for tests")
    return parser.parse_args(words)


def _nonce() -> bytes:
    return secrets.token_bytes(16)


class JumpingClock:
    """The terminal's own clock, which may be wrong, and become more so."""

    def __init__(self) -> None:
        self.off = timedelta(0)

    def now(self) -> datetime:
        """The terminal's idea of the moment, aware, UTC."""
        return SystemClock().now() + self.off


async def _start(options: argparse.Namespace) -> tuple[CardMachine, TerminalServer]:
    clock, bank = JumpingClock(), BankBook(RealDisk(options.folder / "bank"))
    identity = Identity(options.folder, clock.now(), plain=options.plain, common_name=options.common_name)
    ledger = Ledger(RealDisk(options.folder), clock)
    machine = CardMachine(POI_ID, ledger, clock, options.expiry, bank=bank, login_required=options.login_required)
    script = Script()
    notices = Notices(POI_ID, identity.key, lambda: secrets.token_bytes(16), clock)
    notices.url = options.tell
    server = TerminalServer(
        machine, script, identity.key, identity.tls(), lambda: secrets.token_bytes(16), notices, options.path
    )
    try:
        await server.listen(options.host, options.port or identity.last_port)
    except OSError:
        if options.port:
            raise
        await server.listen(options.host, 0)

    async def obey(order: dict[str, Any]) -> dict[str, Any]:
        if "card" in order:
            return {"taken": machine.present(_CARDS[order["card"]])}
        if "event" in order:
            heard = await notices.tell(
                order["event"], maintenance=bool(order.get("maintenance")), details=str(order.get("details", ""))
            )
            return {"status": heard}
        if "clock" in order:
            clock.off += timedelta(seconds=float(order["clock"]))
        if "registry" in order:
            return {"file": bank.send_registry(date.fromisoformat(order["registry"]), str(order.get("spoil", "")))}
        machine.printer = order.get("printer", machine.printer)
        machine.faults = set(order.get("faults", machine.faults))
        if order.get("next") == "reboot" and order.get("now"):
            server.pull_the_plug(float(order.get("seconds", 1)), forget=bool(order.get("forget")))
        elif "next" in order:
            script.add(order)
        return {"running": machine.running is not None, "shown": machine.shown, "printed": machine.printed}

    control_port = None
    if options.scripted:
        control = ControlServer(obey)
        await control.listen()
        control_port = control.port
    differs = {
        "make": options.make,
        "path": options.path,
        **({"login_required": True} if options.login_required else {}),
    }
    identity.publish(options.host, server.port, control_port, differs)
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
