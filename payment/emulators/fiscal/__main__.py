"""Wiring: ``python -m payment.emulators.fiscal --folder F [--port N]``; writes ``fiscal.json`` with its ``url``.

Orders for its next answers are POSTed to ``/orders`` as a JSON list, each ``WHAT:HOW``. WHAT is ``token``, ``sell`` or
``report``; HOW is ``lost`` (done, no answer), ``unheard`` (not done, no answer), ``die`` (done, then the process ends),
``busy`` (429), ``500``, ``slow`` (done, the answer after 3 s), ``34``, ``expired`` (401), ``refuse`` (for good).
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
from payment.emulators.fiscal.ledger import Ledger, wrong

GROUP, LOGIN, PASSWORD = "infomat-kiosks", "infomat", "emulated"
_BASE = "/possystem/v5"
_MOSCOW = timezone(timedelta(hours=3))
_SLOW_S = 3.0

Answer = tuple[int, dict[str, Any]]


class Register:
    """The emulated service: one lock around everything, as its own database would be."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger(RealDisk(folder))
        self.lock = threading.Lock()
        self.orders: list[str] = []
        self._token = uuid.uuid4().hex

    def order(self, what: str) -> str:
        """The next order for this kind of question, taken off the list."""
        found = next((one for one in self.orders if one.startswith(f"{what}:")), "")
        if found:
            self.orders.remove(found)
        return found.partition(":")[2]

    def token(self, told: dict[str, Any]) -> Answer:
        """``getToken``."""
        if (told.get("login"), told.get("pass")) != (LOGIN, PASSWORD):
            return 401, _failed(12, "wrong login or password")
        return 200, {"error": None, "token": self._token}

    def knows(self, token: str | None) -> bool:
        """Whether the token is the one given out."""
        return token == self._token

    def expire(self) -> None:
        """No token given out so far is taken any more."""
        self._token = uuid.uuid4().hex

    def sell(self, kind: str, told: dict[str, Any]) -> Answer:
        """Take a document, once for each external_id."""
        external_id = str(told.get("external_id", ""))
        held = self.ledger.find(external_id=external_id)
        if held is not None:
            return 400, {**_failed(33, "this external_id is there already"), "uuid": held.uuid}
        complaint = wrong(told.get("receipt", {})) if external_id else "no external_id"
        if complaint:
            return 400, _failed(32, complaint)
        minor = int(Decimal(told["receipt"]["total"]) * 100)
        held = self.ledger.take(str(uuid.uuid4()), external_id, kind, minor, datetime.now(_MOSCOW))
        return 200, {"uuid": held.uuid, "status": "wait", "error": None}

    def report(self, number: str) -> Answer:
        """What became of it."""
        held = self.ledger.find(uuid=number)
        if held is None:
            return 400, _failed(34, "no such document yet")
        return 200, {"uuid": held.uuid, "status": "done", "error": None, "payload": held.payload()}


class _Handler(BaseHTTPRequestHandler):
    register: Register

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(json.loads(text, parse_float=Decimal))

    def _answer(self, told: Any) -> None:
        register, path = self.register, self.path.removeprefix(_BASE)
        if path == "/orders":
            with register.lock:
                register.orders = list(told)
            return self._send(200, {})
        what = "token" if path == "/getToken" else "report" if "/report/" in path else "sell"
        with register.lock:
            how = register.order(what)
            if how == "expired":
                register.expire()
            answer = _BEFORE.get(how) or self._done(what, path, told)
            if how == "die":
                os._exit(9)
        if how == "slow":
            time.sleep(_SLOW_S)
        if how in ("lost", "unheard"):
            self.close_connection = True
            return None
        return self._send(*answer)

    def _done(self, what: str, path: str, told: Any) -> Answer:
        if what == "token":
            return self.register.token(told)
        if not self.register.knows(self.headers.get("Token")):
            return 401, _failed(11, "the token has expired")
        group, _, rest = path.strip("/").partition("/")
        if group != GROUP:
            return 400, _failed(20, "another group")
        if what == "report":
            return self.register.report(rest.partition("/")[2])
        return self.register.sell(rest, told) if rest in ("sell", "sell_refund") else (404, _failed(1, "no such path"))

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


def _failed(code: int, text: str) -> dict[str, Any]:
    return {"uuid": None, "status": "fail", "error": {"error_id": "", "code": code, "text": text, "type": "system"}}


_BEFORE: dict[str, Answer] = {
    "unheard": (0, {}),
    "busy": (429, {}),
    "500": (500, {}),
    "34": (400, _failed(34, "not processed yet")),
    "refuse": (400, _failed(32, "refused by order")),
}


def main(words: list[str] | None = None) -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="payment.emulators.fiscal")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args(words)
    asked.folder.mkdir(parents=True, exist_ok=True)
    _Handler.register = Register(asked.folder)
    with ThreadingHTTPServer(("127.0.0.1", asked.port), _Handler) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}{_BASE}"
        (asked.folder / "password").write_text(PASSWORD + "\n")
        told = {"driver": "atol_online", "url": url, "group": GROUP, "login": LOGIN, "password_file": "password"}
        RealDisk(asked.folder).replace("fiscal.json", json.dumps(told, indent=1).encode())
        print(url, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
