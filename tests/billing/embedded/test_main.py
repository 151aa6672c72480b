"""billing.embedded.__main__: starting, ending, and saying in one sentence why it cannot start."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

from billing.accounts import ReadingAccepted, Zone
from tests.billing.contract import posting, submission
from tests.billing.process import BillingProcess


def attempt(folder: Path, port: int = 0) -> subprocess.CompletedProcess[str]:
    """Start it and wait for its end."""
    command = [
        sys.executable,
        "-m",
        "billing.embedded",
        "--port",
        str(port),
        "--folder",
        str(folder),
        "--accounts",
        "10",
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_second_start_keeps_token_and_book(tmp_path: Path) -> None:
    with BillingProcess(tmp_path) as process:
        token = (tmp_path / "token").read_text()
        posted_before = process.driver().find_account("7401004417")
    with BillingProcess(tmp_path) as process:
        assert (tmp_path / "token").read_text() == token
        assert process.driver().find_account("7401004417") == posted_before
        assert json.loads((tmp_path / "billing.json").read_text())["url"] == f"http://127.0.0.1:{process.port}"


def test_its_secrets_are_its_owners_alone_and_told_to_end_it_ends_quietly(tmp_path: Path) -> None:
    folder = tmp_path / "billing"
    process = BillingProcess(folder)
    process.start()
    for secret in (folder, folder / "token", folder / "billing.db"):
        assert secret.stat().st_mode & 0o077 == 0, secret
    assert process.end(signal.SIGTERM) in (0, -signal.SIGTERM)


def test_a_posting_and_a_reading_are_on_the_disk_before_they_are_answered(tmp_path: Path) -> None:
    """The kernel's own record of the calls: request in, sync, answer out, in this order."""
    calls = tmp_path / "calls"
    watch = ("strace", "-D", "-f", "-s", "40", "-e", "trace=recvfrom,sendto,fsync,fdatasync", "-o", str(calls))
    with BillingProcess(tmp_path / "billing", under=watch) as process:
        process.driver().post_payment(posting(100))
        card = process.driver().find_account("7401004425")
        assert card is not None
        answer = process.driver().submit_reading(submission(card, {Zone.T1: 18204 + 170}))
        assert isinstance(answer, ReadingAccepted)
    happened = [_kind(line) for line in calls.read_text().splitlines()]
    story = [kind for kind in happened if kind]
    for asked in ("payment", "reading"):
        begun = story.index(asked)
        assert "sync" in story[begun : story.index("answer", begun)], asked


def _kind(line: str) -> str:
    for mark, kind in (
        ("POST /payments", "payment"),
        ("POST /readings", "reading"),
        ("sync(", "sync"),
        ("HTTP/1.1 200", "answer"),
    ):
        if mark in line:
            return kind
    return ""


def test_a_port_in_use_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = attempt(tmp_path, taken.getsockname()[1])
    assert ended.returncode == 1
    assert ended.stderr.startswith("billing.cannot_start: ")
    assert "Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_book_is_said_in_one_sentence_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "billing.db").write_bytes(b"not a book" * 1000)
    ended = attempt(tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("billing.book_damaged: ")
    assert "backup" in ended.stderr
    assert (tmp_path / "billing.db").read_bytes() == b"not a book" * 1000
