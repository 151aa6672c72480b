"""Wiring: ``python -m kiosk.devices.emulators.printer --folder FOLDER``; says ``ready {json}`` when it listens."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from kiosk.devices.emulators.printer.machine import TABLES, Machine
from kiosk.devices.emulators.printer.server import PaperTray, PrinterServer


async def _serve(options: argparse.Namespace) -> None:
    picture = None
    if not options.no_pictures:
        from kiosk.devices.emulators.printer.picture import draw

        picture = draw
    tray = PaperTray(options.folder, options.columns, picture)
    server = PrinterServer(Machine(options.make, options.columns, tray.take), tray)
    port = await server.listen(options.host, options.port)
    told = {"port": port, "control_port": await server.control(options.host), "device": server.open_device()}
    print("ready", json.dumps(told), flush=True)
    await asyncio.get_running_loop().create_future()


def main() -> None:
    """The command line; runs until it is killed."""
    parser = argparse.ArgumentParser(description="An ESC/POS slip printer that is not there.")
    parser.add_argument("--folder", type=Path, required=True, help="where prints.jsonl and the pictures go")
    parser.add_argument("--make", choices=sorted(TABLES), default="epson", help="whose code tables it has")
    parser.add_argument("--columns", type=int, default=48, help="32: 58 mm paper; 42 or 48: 80 mm")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--no-pictures", action="store_true")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
