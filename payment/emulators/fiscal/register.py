"""Rules: what an emulated ATOL Online v5 answers, from its ledger; it misbehaves on command.

Orders for its next answers are words ``WHAT:HOW``. WHAT is ``token``, ``sell`` or ``report``. HOW is for the one who
carries the answer: ``lost`` (done, no answer), ``unheard`` (not done, no answer), ``die`` (done, then the process
ends), ``slow`` (done, the answer after 3 s); or for the register itself: ``busy`` (429), ``500``, ``34``, ``expired``
(401), ``refuse`` (for good, nothing is taken), ``fail`` (taken, and then it cannot be issued), ``wait`` (not issued
yet).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ground.disk import Disk
from payment.emulators.fiscal.ledger import Ledger, wrong

GROUP, LOGIN, PASSWORD = "infomat-kiosks", "infomat", "emulated"
BASE = "/possystem/v5"

Answer = tuple[int, dict[str, Any]]  #: HTTP status and body


class Register:
    """The emulated service over its disk. ``new_id`` makes tokens and uuids, ``now`` is its own clock (aware)."""

    def __init__(self, disk: Disk, new_id: Callable[[], str], now: Callable[[], datetime]) -> None:
        self.ledger = Ledger(disk)
        self.orders: list[str] = []
        self._new_id, self._now = new_id, now
        self._token = new_id()

    def answer(self, path: str, token: str | None, told: Any) -> tuple[Answer, str]:
        """The answer to one question (numbers as Decimal), and the order that was carried out with it, or ""."""
        path = path.removeprefix(BASE)
        what = "token" if path == "/getToken" else "report" if "/report/" in path else "sell"
        how = self._order(what)
        if how == "expired":
            self._token = self._new_id()
        return _BEFORE.get(how) or self._done(what, path, token, told, how), how

    def _order(self, what: str) -> str:
        found = next((one for one in self.orders if one.startswith(f"{what}:")), "")
        if found:
            self.orders.remove(found)
        return found.partition(":")[2]

    def _done(self, what: str, path: str, token: str | None, told: Any, how: str) -> Answer:
        if what == "token":
            return self._login(told)
        if token != self._token:
            return 401, _failed(11, "the token has expired")
        group, _, rest = path.strip("/").partition("/")
        if group != GROUP:
            return 400, _failed(20, "another group")
        if what == "report":
            return self._report(rest.partition("/")[2], how)
        if rest not in ("sell", "sell_refund"):
            return 404, _failed(1, "no such path")
        return self._sell(rest, told, fails=how == "fail")

    def _login(self, told: dict[str, Any]) -> Answer:
        if (told.get("login"), told.get("pass")) != (LOGIN, PASSWORD):
            return 401, _failed(12, "wrong login or password")
        return 200, {"error": None, "token": self._token}

    def _sell(self, kind: str, told: dict[str, Any], *, fails: bool) -> Answer:
        """Take a document, once for each external_id."""
        external_id = str(told.get("external_id", ""))
        held = self.ledger.find(external_id=external_id)
        if held is not None:
            return 400, {**_failed(33, "this external_id is there already"), "uuid": held.uuid}
        complaint = wrong(told.get("receipt", {})) if external_id else "no external_id"
        if complaint:
            return 400, _failed(32, complaint)
        minor = int(Decimal(told["receipt"]["total"]) * 100)
        held = self.ledger.take(self._new_id(), external_id, kind, minor, self._now(), fails=fails)
        return 200, {"uuid": held.uuid, "status": "wait", "error": None}

    def _report(self, uuid: str, how: str) -> Answer:
        """What became of it."""
        held = self.ledger.find(uuid=uuid)
        if held is None:
            return 400, _failed(34, "no such document yet")
        if how == "wait":
            return 200, {"uuid": held.uuid, "status": "wait", "error": None, "payload": None}
        if not held.number:
            return 200, {**_failed(-3822, "the shift is too long"), "uuid": held.uuid}
        return 200, {"uuid": held.uuid, "status": "done", "error": None, "payload": held.payload()}


def _failed(code: int, text: str) -> dict[str, Any]:
    return {"uuid": None, "status": "fail", "error": {"error_id": "", "code": code, "text": text, "type": "system"}}


_BEFORE: dict[str, Answer] = {
    "unheard": (0, {}),
    "busy": (429, {}),
    "500": (500, {}),
    "34": (400, _failed(34, "not processed yet")),
    "refuse": (400, _failed(32, "refused by order")),
}
