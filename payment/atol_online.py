"""Adapter: ATOL Online v5, a register in the cloud (payments.md 3.2), over ``requests``.

``getToken`` once a day, ``sell`` or ``sell_refund``, then ``report`` until it is done. Error 33 (this external_id is
there already) carries the first document's uuid; error 34 (not processed yet) means: ask later, send nothing again.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from ground.money import Money, MoneyError
from payment.fiscal import FiscalDocument, FiscalMark, FiscalTerms, Position
from payment.register import FiscalRefused, Issued, Later, Taken

_EXISTS, _NOT_YET = 33, 34
_TOKEN_CODES = (10, 11)  # missing, expired
_MOSCOW = timezone(timedelta(hours=3))
_ELECTRONIC = 1  # tag 1081


class AtolOnline:
    """Driver of ``FiscalRegister``. ``url`` like ``https://online.atol.ru/possystem/v5``, ``group`` of its registers.

    Who is not known by mail or telephone gets the document at the agent's own address (``terms.email``).
    """

    def __init__(
        self,
        terms: FiscalTerms,
        *,
        url: str,
        group: str,
        login: str,
        password: str,
        connect_seconds: float = 5.0,
        answer_seconds: float = 20.0,
    ) -> None:
        self._terms, self._url, self._group = terms, url.rstrip("/"), group
        self._login = {"login": login, "pass": password}
        self._timeout = (connect_seconds, answer_seconds)
        self._token, self._lock = "", threading.Lock()

    @classmethod
    def from_mapping(cls, terms: FiscalTerms, told: Mapping[str, Any], folder: Path) -> AtolOnline:
        """From ``{"url", "group", "login", "password_file"}``; raises OSError, KeyError."""
        password = (folder / told["password_file"]).read_text().strip()
        return cls(terms, url=told["url"], group=told["group"], login=told["login"], password=password)

    def register(self, document: FiscalDocument) -> Taken | FiscalRefused | Later:
        """See the port."""
        answer = self._ask("POST", f"/{self._group}/{document.kind}", body(self._terms, document))
        if isinstance(answer, Later):
            return answer
        code, uuid = _error(answer), answer.get("uuid")
        if code in (None, _EXISTS) and uuid:
            return Taken(str(uuid))
        return Later(f"error {code}") if code in (None, _EXISTS, _NOT_YET) else FiscalRefused(f"atol_{code}")

    def report(self, uuid: str, document: FiscalDocument) -> Issued | FiscalRefused | Later:
        """See the port."""
        answer = self._ask("GET", f"/{self._group}/report/{uuid}")
        if isinstance(answer, Later):
            return answer
        code = _error(answer)
        if answer.get("status") == "done":
            try:
                mark = _mark(answer["payload"], document)
            except (KeyError, TypeError, ValueError, ArithmeticError, MoneyError):
                return Later("a report that cannot be read")
            return Issued(mark) if mark.total == document.total else FiscalRefused("another_total")
        if answer.get("status") == "fail" and code != _NOT_YET:
            return FiscalRefused(f"atol_{code}")
        return Later("not processed yet")

    def _ask(self, method: str, path: str, json: dict[str, Any] | None = None) -> dict[str, Any] | Later:
        """The answer to one question, with a fresh token when the old one is not taken any more."""
        for _ in range(2):
            token = self._token or self._fresh_token()
            if isinstance(token, Later):
                return token
            answer = self._http(method, path, json, {"Token": token})
            if isinstance(answer, Later) or not (answer.get("http") == 401 or _error(answer) in _TOKEN_CODES):
                return answer
            with self._lock:
                self._token = "" if self._token == token else self._token
        return Later("the token is not taken")

    def _fresh_token(self) -> str | Later:
        with self._lock:
            if self._token:
                return self._token
            answer = self._http("POST", "/getToken", self._login, {})
            if isinstance(answer, Later):
                return answer
            if not answer.get("token"):  # a wrong password of ours: somebody mends it, and the document goes through
                return Later(f"no token, error {_error(answer)}")
            self._token = str(answer["token"])
            return self._token

    def _http(
        self, method: str, path: str, json: dict[str, Any] | None, headers: dict[str, str]
    ) -> dict[str, Any] | Later:
        try:
            answer = requests.request(method, self._url + path, json=json, headers=headers, timeout=self._timeout)
            told = answer.json() if answer.status_code < 500 and answer.status_code != 429 else None
        except (requests.RequestException, ValueError) as error:
            return Later(type(error).__name__)
        if not isinstance(told, dict):
            return Later(f"status {answer.status_code}")
        return {**told, "http": answer.status_code}


def body(terms: FiscalTerms, document: FiscalDocument) -> dict[str, Any]:
    """The document in the words of ``sell``; sums as numbers with two decimals at most."""
    return {
        "timestamp": f"{document.at.astimezone(_MOSCOW):%d.%m.%Y %H:%M:%S}",
        "external_id": document.external_id,
        "receipt": {
            "client": {"email": terms.email},
            "company": {
                "email": terms.email,
                "sno": terms.taxation,
                "inn": terms.inn,
                "payment_address": terms.address,
            },
            "items": [_item(terms, one) for one in document.positions],
            "payments": [{"type": _ELECTRONIC, "sum": _number(document.total)}],
            "total": _number(document.total),
        },
    }


def _item(terms: FiscalTerms, position: Position) -> dict[str, Any]:
    item: dict[str, Any] = {
        "name": position.name,
        "price": _number(position.amount),
        "quantity": 1,
        "measure": 0,  # tag 2108: pieces
        "sum": _number(position.amount),
        "payment_method": position.method,
        "payment_object": position.subject,
        "vat": {"type": position.tax},
    }
    supplier = position.supplier
    if supplier is not None:
        agent = {"operation": "Приём платежа", "phones": list(terms.phones)}
        item["agent_info"] = {
            "type": "paying_agent",
            "paying_agent": agent,
            "receive_payments_operator": {"phones": list(terms.phones)},
        }
        item["supplier_info"] = {"name": supplier.name, "inn": supplier.inn, "phones": list(supplier.phones)}
    return item


def _number(amount: Money) -> float:
    return float(amount.major)  # its shortest text has the same two decimals again, up to 10**13 roubles


def _error(answer: Mapping[str, Any]) -> int | None:
    error = answer.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        return code if isinstance(code, int) else -1
    return None if answer.get("http", 200) < 400 else int(answer["http"])


def _mark(payload: Mapping[str, Any], document: FiscalDocument) -> FiscalMark:
    day, clock = str(payload["receipt_datetime"]).split(" ")
    d, m, y = day.split(".")
    return FiscalMark(
        str(payload["fn_number"]),
        int(payload["fiscal_document_number"]),
        str(payload["fiscal_document_attribute"]),
        f"{y}{m}{d}T{clock[:5].replace(':', '')}",
        Money.of_major(Decimal(str(payload["total"])), document.total.currency),
        document.kind,
    )
