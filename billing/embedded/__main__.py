"""Wiring: ``python -m billing.embedded --port 0 --folder DIR [--seed 1] [--accounts 5000]``.

Writes where it is into ``DIR/billing.json`` and prints ``ready {"port": ...}`` when it answers; ends on SIGTERM
or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import socket
import sys
from pathlib import Path

import uvicorn

from billing.embedded.book import Book
from billing.embedded.rest import make_app
from billing.embedded.schema import open_book
from billing.embedded.seeding import seeded_book
from billing.errors import BillingError
from ground.clock import SystemClock
from ground.disk import RealDisk

TOKEN_FILE = "token"
ADDRESS_FILE = "billing.json"


def main() -> int:
    """Read the command line and serve until told to end; 1 with a sentence when that cannot begin."""
    parser = argparse.ArgumentParser(prog="python -m billing.embedded", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--folder", type=Path, required=True, help="where the book, token and demo accounts live")
    parser.add_argument("--seed", type=int, default=1, help="used once, when the book is first made")
    parser.add_argument("--accounts", type=int, default=5000, help="used once, when the book is first made")
    asked = parser.parse_args()
    asked.folder = asked.folder.resolve()
    clock = SystemClock()
    try:
        token = token_in(asked.folder)
        path = seeded_book(asked.folder, asked.seed, asked.accounts, clock.now())
        app = make_app(Book(open_book(path), clock), token)
        listener = socket.create_server(("127.0.0.1", asked.port))
    except (BillingError, OSError) as error:
        return _cannot_begin(error, asked.folder)
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    address = {"url": f"http://127.0.0.1:{listener.getsockname()[1]}", "token_file": str(asked.folder / TOKEN_FILE)}
    RealDisk(asked.folder).replace(ADDRESS_FILE, json.dumps(address).encode())
    server = _Announced(config, f"ready {json.dumps({'port': listener.getsockname()[1]})}")
    asyncio.run(server.serve(sockets=[listener]))
    return 0


def _cannot_begin(error: BillingError | OSError, folder: Path) -> int:
    """Say in one line what is wrong and what to do."""
    code = error.code if isinstance(error, BillingError) else "billing.cannot_start"
    advice = f"Restore {folder} from a backup, or take another folder." if code == "billing.book_damaged" else ""
    print(f"{code}: {error} {advice}".strip(), file=sys.stderr)
    return 1


class _Announced(uvicorn.Server):
    """Says one line once it answers, so that whoever started us need not guess."""

    def __init__(self, config: uvicorn.Config, line: str) -> None:
        super().__init__(config)
        self._line = line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(self._line, flush=True)


def token_in(folder: Path) -> str:
    """The bearer token of this folder, made at first start in a file only its owner can read."""
    disk = RealDisk(folder)
    kept = disk.read(TOKEN_FILE)
    if kept is None:
        kept = secrets.token_urlsafe(32).encode()
        disk.replace(TOKEN_FILE, kept)
    return kept.decode().strip()


if __name__ == "__main__":
    sys.exit(main())
