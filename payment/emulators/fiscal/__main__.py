"""Wiring: ``python -m payment.emulators.fiscal --folder F [--port N]``; writes ``fiscal.json`` with its ``url``.

Orders for its next answers (``payment/emulators/fiscal/register.py``) are POSTed to ``/orders`` as a JSON list.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ground.disk import RealDisk
from payment.emulators.fiscal.register import BASE, GROUP, LOGIN, PASSWORD, Register

_MOSCOW = timezone(timedelta(hours=3))
_SLOW_S = 3.0


class _Handler(BaseHTTPRequestHandler):
    register: Register
    lock = threading.Lock()  # around everything, as its own database would be

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(json.loads(text, parse_float=Decimal))

    def _answer(self, told: Any) -> None:
        if self.path == "/orders":
            with self.lock:
                self.register.orders = list(told)
            return self._send(200, {})
        with self.lock:
            answer, how = self.register.answer(self.path, self.headers.get("Token"), told)
            if how == "die":
                os._exit(9)
        if how == "slow":
            time.sleep(_SLOW_S)
        if how in ("lost", "unheard"):
            self.close_connection = True
            return None
        return self._send(*answer)

    def _send(self, status: int, told: dict[str, Any]) -> None:
        text = json.dumps(told).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:  # whoever asked has gone
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the ledger says what was done."""


def main(words: list[str] | None = None) -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="payment.emulators.fiscal")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args(words)
    asked.folder.mkdir(parents=True, exist_ok=True)
    _Handler.register = Register(RealDisk(asked.folder), lambda: str(uuid.uuid4()), lambda: datetime.now(_MOSCOW))
    with ThreadingHTTPServer(("127.0.0.1", asked.port), _Handler) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}{BASE}"
        (asked.folder / "password").write_text(PASSWORD + "\n")
        told = {"driver": "atol_online", "url": url, "group": GROUP, "login": LOGIN, "password_file": "password"}
        RealDisk(asked.folder).replace("fiscal.json", json.dumps(told, indent=1).encode())
        print(url, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
