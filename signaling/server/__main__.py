"""Wiring: ``python -m signaling.server DATA_FOLDER``: a server by itself, for tests and for looking at it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from signaling.server.app import serve
from signaling.server.config import ServerConfig


def main() -> int:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description="The Infomat server.")
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--database-url")
    parser.add_argument("--billing-file", type=Path)
    parser.add_argument("--payment-terms-file", type=Path)
    parser.add_argument("--queue-settings", type=Path)
    parser.add_argument("--token-seconds", type=int, default=600)
    parser.add_argument("--media-grace-seconds", type=int, default=60)
    parser.add_argument("--kiosk-grace-seconds", type=int, default=180)
    parser.add_argument("--stun", dest="stun_urls", action="append", default=[])
    parser.add_argument("--turn", dest="turn_urls", action="append", default=[])
    parser.add_argument("--turn-secret-file", type=Path)
    given = vars(parser.parse_args())
    stun, turn = tuple(given.pop("stun_urls")), tuple(given.pop("turn_urls"))
    return serve(ServerConfig(**given, stun_urls=stun, turn_urls=turn))


if __name__ == "__main__":
    sys.exit(main())
