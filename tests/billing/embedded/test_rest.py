"""billing.embedded.rest: bad input gets an answer with a code, and the next request is served."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from tests.billing.process import BillingProcess


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BillingProcess]:
    """One process for all of these."""
    with BillingProcess(tmp_path_factory.mktemp("rest")) as started:
        yield started


def ask(
    process: BillingProcess, method: str, path: str, body: bytes = b"", token: str | None = None
) -> requests.Response:
    """A raw request with the process's token, or another."""
    held = (process.folder / "token").read_text() if token is None else token
    headers = {"Authorization": f"Bearer {held}"}
    return requests.request(method, f"http://127.0.0.1:{process.port}{path}", data=body, headers=headers, timeout=5)


def paying(**wrong: object) -> bytes:
    """A good payment's body with something wrong in it."""
    good: dict[str, object] = {
        "idempotency_key": "k1",
        "account": "7401004417",
        "amount": {"minor": 100, "currency": "RUB"},
        "paid_at": "2026-11-21T07:00:00Z",
        "reference": "r",
    }
    return json.dumps(good | wrong).encode()


INVALID = "billing.request_invalid"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/payments", b"", 400, INVALID),
        ("POST", "/payments", b"{", 400, INVALID),
        ("POST", "/payments", b"[]", 400, INVALID),
        ("POST", "/payments", b"\xff\xfe", 400, INVALID),
        ("POST", "/payments", b"[" * 60_000, 400, INVALID),
        ("POST", "/payments", b"x" * 70_000, 400, INVALID),
        ("POST", "/payments", paying(amount={"minor": 1.5, "currency": "RUB"}), 400, INVALID),
        ("POST", "/payments", paying(amount={"minor": 1, "currency": "rub"}), 400, INVALID),
        ("POST", "/payments", paying(paid_at="2026-11-21T07:00:00"), 400, INVALID),
        ("POST", "/payments", paying(idempotency_key=""), 400, INVALID),
        ("POST", "/payments", paying(idempotency_key="k" * 201), 400, INVALID),
        (
            "POST",
            "/payments",
            paying(amount={"minor": 10**30, "currency": "RUB"}),
            400,
            "billing.amount_invalid",
        ),
        ("POST", "/readings", b'{"account": 5}', 400, INVALID),
        ("GET", "/nowhere", b"", 404, INVALID),
        ("DELETE", "/payments", b"", 405, INVALID),
        ("GET", "/account", b"", 404, "billing.account_unknown"),
        ("GET", "/history", b"", 404, "billing.account_unknown"),
    ],
)
def test_bad_input_gets_a_code_and_the_next_request_is_served(
    process: BillingProcess, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    answer = ask(process, method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ask(process, "GET", "/account?number=7401004417").status_code == 200


@pytest.mark.parametrize("token", ["", "guess", "токен".encode().decode("latin-1")])
def test_without_the_token_nothing_is_told(process: BillingProcess, token: str) -> None:
    for method, path in (
        ("GET", "/account?number=7401004417"),
        ("GET", "/history?number=7401004417"),
        ("POST", "/payments"),
        ("POST", "/readings"),
    ):
        answer = ask(process, method, path, b"", token)
        assert (answer.status_code, answer.json()["code"]) == (401, "billing.unauthorised")


def test_an_answer_about_bad_input_repeats_nothing_personal(process: BillingProcess) -> None:
    answer = ask(process, "POST", "/payments", paying(paid_at="Петрова"))
    assert answer.json()["text"] == "not as described: paid_at"


def test_health_needs_no_token(process: BillingProcess) -> None:
    assert ask(process, "GET", "/healthz", token="").json() == {"status": "ok"}
