"""The embedded system's driver: the contract on a real process and port, and what happens when it breaks."""

from __future__ import annotations

import http.server
import json
import random
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from billing.accounts import Posting
from billing.adapters.embedded import EmbeddedBilling
from billing.errors import BillingError, BillingRefused, BillingUnavailable
from tests.billing.contract import DEMO, BillingContract, posting
from tests.billing.process import BillingProcess


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BillingProcess]:
    """One process serves the contract and whatever does not break it."""
    with BillingProcess(tmp_path_factory.mktemp("billing")) as started:
        yield started


@pytest.fixture
def billing(process: BillingProcess) -> EmbeddedBilling:
    """The driver; each test reads the figures before it changes them."""
    return process.driver()


class TestEmbeddedBilling(BillingContract):
    """The contract."""

    @pytest.fixture
    def away(self) -> EmbeddedBilling:
        """Where a port was opened and is closed again."""
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        return EmbeddedBilling(f"http://127.0.0.1:{port}", "t", pause_seconds=0.01)


def test_payments_survive_kill_nine_at_random_instants_and_are_posted_once(tmp_path: Path) -> None:
    """Each round posts until the process is killed under it; the payment in flight is the one in doubt."""
    chance = random.Random(20261121)
    paid: list[Posting] = []
    with BillingProcess(tmp_path) as process:
        for _ in range(4):
            hasty = process.driver(attempts=1, answer_seconds=5.0)
            killer = threading.Timer(chance.uniform(0.0, 0.12), process.kill)
            killer.start()
            posts = _post_until_it_dies(hasty, 1000 + len(paid))
            killer.join()
            process.start()
            answers = [process.driver().post_payment(post) for post in posts]
            assert [process.driver().post_payment(post) for post in posts] == answers
            paid += posts
    ledger = sqlite3.connect(tmp_path / "billing.db")
    written = ledger.execute("SELECT amount FROM payments WHERE reference = 'test 000123'").fetchall()
    assert sorted(amount for (amount,) in written) == [post.amount.minor for post in paid]
    assert ledger.execute("SELECT count(*) FROM postings").fetchone() == (len(paid),)
    assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_answer_lost_after_the_commit_is_given_again_and_posts_once(process: BillingProcess) -> None:
    with _losing_answers(process.port, lose=2) as port:
        token = (process.folder / "token").read_text()
        through = EmbeddedBilling(f"http://127.0.0.1:{port}", token, pause_seconds=0.01)
        debt = _debt(process)
        posted = through.post_payment(posting(4200))
        assert posted.debt_after.minor == debt - 4200 == _debt(process)


def test_a_dead_system_is_unavailable_soon_and_the_account_is_not_in_the_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(BillingUnavailable) as broken:
        EmbeddedBilling(f"http://127.0.0.1:{port}", "t", pause_seconds=0.01).find_account(DEMO)
    assert time.monotonic() - started < 5
    assert broken.value.code == "billing.unavailable"
    assert DEMO not in str(broken.value)


def test_a_wrong_token_is_refused_and_not_taken_for_an_unknown_account(process: BillingProcess) -> None:
    stranger = EmbeddedBilling(f"http://127.0.0.1:{process.port}", "guess")
    with pytest.raises(BillingRefused) as refused:
        stranger.find_account(DEMO)
    assert refused.value.code == "billing.unauthorised"


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b'{"number": 5}', b"[]", b"\xff"])
def test_nonsense_for_an_answer_is_unavailable_not_a_crash(answer: bytes) -> None:
    with _answering(lambda: (200, answer)) as port, pytest.raises(BillingUnavailable):
        EmbeddedBilling(f"http://127.0.0.1:{port}", "t").find_account(DEMO)
    with _answering(lambda: (404, answer)) as port, pytest.raises(BillingUnavailable):
        EmbeddedBilling(f"http://127.0.0.1:{port}", "t").find_account(DEMO)


def test_a_five_hundred_is_tried_again_and_a_four_hundred_is_not() -> None:
    asked: list[int] = []

    def busy() -> tuple[int, bytes]:
        asked.append(1)
        return 503, b""

    def no() -> tuple[int, bytes]:
        asked.append(1)
        return 400, json.dumps({"code": "billing.request_invalid", "text": "no"}).encode()

    with _answering(busy) as port, pytest.raises(BillingUnavailable):
        EmbeddedBilling(f"http://127.0.0.1:{port}", "t", pause_seconds=0.01).post_payment(posting(1))
    assert len(asked) == 3
    asked.clear()
    with _answering(no) as port, pytest.raises(BillingRefused):
        EmbeddedBilling(f"http://127.0.0.1:{port}", "t").post_payment(posting(1))
    assert len(asked) == 1


def test_the_drivers_file_is_what_the_process_writes(process: BillingProcess) -> None:
    assert EmbeddedBilling.from_file(process.folder / "billing.json").find_account(DEMO) is not None


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"url": "http://x", "token_file": "/nowhere/token"}'])
def test_a_drivers_file_that_says_nothing_is_an_error_with_a_code(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "billing.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BillingError) as invalid:
        EmbeddedBilling.from_file(path)
    assert invalid.value.code == "billing.file_invalid"


def _post_until_it_dies(billing: EmbeddedBilling, amount: int) -> list[Posting]:
    """Payments of growing amounts; the last one has no answer."""
    posts: list[Posting] = []
    while True:
        posts.append(posting(amount + len(posts)))
        try:
            billing.post_payment(posts[-1])
        except BillingUnavailable:
            return posts


def _debt(process: BillingProcess) -> int:
    card = process.driver().find_account(DEMO)
    assert card is not None
    return card.debt.minor


@contextmanager
def _answering(answer: Callable[[], tuple[int, bytes]]) -> Iterator[int]:
    """A server on a free port that always says the same."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            status, body = answer()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with _served(Handler) as port:
        yield port


@contextmanager
def _losing_answers(target: int, lose: int) -> Iterator[int]:
    """A proxy that passes a request on, waits for the answer, and drops it the first ``lose`` times."""
    left = [lose]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {"Authorization": self.headers["Authorization"]}
            got = requests.post(f"http://127.0.0.1:{target}{self.path}", data=body, headers=headers, timeout=5)
            assert got.status_code == 200
            if left[0]:
                left[0] -= 1
                self.close_connection = True
                return
            self.send_response(got.status_code)
            self.send_header("content-length", str(len(got.content)))
            self.end_headers()
            self.wfile.write(got.content)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with _served(Handler) as port:
        yield port


@contextmanager
def _served(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
