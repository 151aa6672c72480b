"""billing.embedded.seeding: made once, whole or not at all, and reused."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from billing.embedded import seeding
from billing.embedded.demo import DEMO_ACCOUNTS
from billing.embedded.seeding import DEMO_FILE, seeded_book
from tests.billing.embedded.conftest import HandClock


def test_the_book_is_made_once_and_reused_untouched(path: Path, clock: HandClock) -> None:
    made = path.read_bytes()
    assert seeded_book(path.parent, 2, 99, clock.now() + timedelta(days=40)) == path
    assert path.read_bytes() == made


def test_as_many_accounts_as_asked_with_the_demo_accounts_among_them(path: Path) -> None:
    book = sqlite3.connect(path)
    numbers = {number for (number,) in book.execute("SELECT number FROM accounts")}
    assert len(numbers) == 40
    assert {account.number for account in DEMO_ACCOUNTS} <= numbers


def test_only_the_owner_may_read_the_book(path: Path) -> None:
    assert path.stat().st_mode & 0o077 == 0


def test_the_demo_file_tells_what_to_type_and_which_card_to_show(path: Path) -> None:
    told = json.loads((path.parent / DEMO_FILE).read_text())
    first = told[0]
    assert (first["number"], first["holder"], first["debt"]) == ("7401004417", "Петрова Ирина Сергеевна", "1284.50 RUB")
    assert first["card_uid"] == "04A1B2C3D4E5F6"
    assert first["meters"][0]["last"] == {"T1": "034118", "T2": "012611"}
    assert len(told) == len(DEMO_ACCOUNTS)


def test_a_seeding_that_was_cut_off_is_begun_anew(
    tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(seeding, "demo_accounts", cut)
        with pytest.raises(KeyboardInterrupt):
            seeded_book(tmp_path, 1, 40, clock.now())
    assert not (tmp_path / seeding.BOOK_FILE).exists()
    path = seeded_book(tmp_path, 1, 40, clock.now())
    assert sqlite3.connect(path).execute("SELECT count(*) FROM accounts").fetchone() == (40,)
