"""Adapter: the embedded billing system over REST (``requests``).

Every call may be repeated safely: reads by nature, readings because they are idempotent per (meter, period,
zone), payments by their key. So all are retried a few times when the connection fails or the answer is a 5xx.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, TypeVar

import requests
from pydantic import TypeAdapter, ValidationError

from billing.accounts import (
    AccountCard,
    AccountHistory,
    Posted,
    Posting,
    ReadingAccepted,
    ReadingRefused,
    ReadingSubmission,
)
from billing.errors import BillingError, BillingRefused, BillingUnavailable
from ground.errors import InfomatError

_Value = TypeVar("_Value")
_CARD = TypeAdapter(AccountCard)
_CARDS = TypeAdapter(tuple[AccountCard, ...])
_HISTORY = TypeAdapter(AccountHistory)
_POSTED = TypeAdapter(Posted)
_POSTING = TypeAdapter(Posting)
_SUBMISSION = TypeAdapter(ReadingSubmission)
_ACCEPTED = TypeAdapter(ReadingAccepted)
_REFUSED = TypeAdapter(ReadingRefused)


class EmbeddedBilling:
    """Driver of ``BillingSystem``. ``address`` like ``http://127.0.0.1:4711``; seconds for connecting and waiting.

    Opens a connection per call, so it may be called from any thread.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        connect_seconds: float = 1.0,
        answer_seconds: float = 5.0,
        attempts: int = 3,
        pause_seconds: float = 0.2,
    ) -> None:
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._timeout = (connect_seconds, answer_seconds)
        self._attempts = attempts
        self._pause = pause_seconds

    @classmethod
    def from_file(cls, path: Path) -> EmbeddedBilling:
        """Made from ``{"url", "token_file"}``, the file the embedded system writes as ``billing.json``.

        Raises BillingError ``billing.file_invalid`` when the file, or the token it names, cannot be used.
        """
        try:
            told = json.loads(path.read_text())
            return cls(str(told["url"]), Path(told["token_file"]).read_text().strip())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BillingError(f"{path} does not say where billing is", code="billing.file_invalid") from error

    def find_account(self, number: str) -> AccountCard | None:
        """See the port."""
        return self._card({"number": number})

    def account_by_card(self, uid: str) -> AccountCard | None:
        """See the port."""
        return self._card({"card": uid})

    def accounts_of_home(self, number: str) -> tuple[AccountCard, ...]:
        """See the port."""
        answer = self._ask("GET", "/home", query={"number": number})
        if answer.status_code != 200:
            raise _refusal(answer)
        return _understood(_CARDS, answer)

    def submit_reading(self, submission: ReadingSubmission) -> ReadingAccepted | ReadingRefused:
        """See the port."""
        answer = self._ask("POST", "/readings", _SUBMISSION.dump_json(submission))
        if answer.status_code == 200:
            return _understood(_ACCEPTED, answer)
        if answer.status_code == 422:
            return _understood(_REFUSED, answer)
        raise _refusal(answer)

    def post_payment(self, posting: Posting) -> Posted:
        """See the port."""
        answer = self._ask("POST", "/payments", _POSTING.dump_json(posting))
        if answer.status_code != 200:
            raise _refusal(answer)
        return _understood(_POSTED, answer)

    def history(self, account: str) -> AccountHistory:
        """See the port."""
        answer = self._ask("GET", "/history", query={"number": account})
        if answer.status_code != 200:
            raise _refusal(answer)
        return _understood(_HISTORY, answer)

    def _card(self, query: dict[str, str]) -> AccountCard | None:
        answer = self._ask("GET", "/account", query=query)
        if answer.status_code == 200:
            return _understood(_CARD, answer)
        refusal = _refusal(answer)
        if refusal.code == "billing.account_unknown":
            return None
        raise refusal

    def _ask(
        self, method: str, path: str, body: bytes | None = None, query: dict[str, str] | None = None
    ) -> requests.Response:
        """One answer below 500, or BillingUnavailable after the last attempt."""
        trouble = ""
        for attempt in range(self._attempts):
            if attempt:
                time.sleep(self._pause * 2 ** (attempt - 1))
            try:
                answer = requests.request(
                    method,
                    self._address + path,
                    params=query,
                    data=body,
                    headers=self._headers,
                    timeout=self._timeout,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                trouble = type(error).__name__  # its text may hold the address with an account in it
                continue
            if answer.status_code < 500:
                return answer
            trouble = f"status {answer.status_code}"
        raise BillingUnavailable(f"no answer after {self._attempts} attempts: {trouble}")


def _understood(shape: TypeAdapter[_Value], answer: requests.Response) -> _Value:
    try:
        return shape.validate_json(answer.content)
    except (ValidationError, InfomatError) as error:
        raise BillingUnavailable(f"an answer not as described ({type(error).__name__})") from error


def _refusal(answer: requests.Response) -> BillingRefused:
    """The billing system's own code; a 4xx without one is somebody else's answer, so it is nobody's refusal."""
    try:
        told: Any = answer.json()
        return BillingRefused(str(told["text"]), code=str(told["code"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BillingUnavailable(f"status {answer.status_code} without a code") from error
