"""The emulated acquirer's registry: as a bank would send it, and wrong in the ways that banks' files are."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ground.disk import RealDisk
from payment.emulators.bank import COLUMNS, NAME, BankBook, main
from payment.emulators.cards import CARDS
from tests.payment.card_numbers import looks_like_a_card

NIGHT = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)  # already the 23rd in Moscow


def book_with_two(folder: Path) -> BankBook:
    book = BankBook(RealDisk(folder))
    card = CARDS["mir"]
    who = {"terminal": "10203040", "card": card.masked, "scheme": card.scheme}
    paid = book.move(NIGHT, "payment", 128450, "RUB", order="p1", **who)
    book.move(NIGHT, "reversal", -450, "RUB", order="p1", original=paid.rrn, **who)
    return book


def rows(folder: Path, *more: str) -> list[dict[str, str]]:
    main(["--folder", str(folder), "--day", "2026-11-23", *more])
    text = (folder / "registry-2026-11-23.csv").read_bytes().decode("cp1251")
    assert text.splitlines()[0] == ";".join(COLUMNS)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_the_registry_is_of_the_banks_day_and_in_its_units(tmp_path: Path) -> None:
    book = book_with_two(tmp_path)
    paid, back = rows(tmp_path)
    assert [paid[name] for name in COLUMNS[:3]] == ["23.11.2026", "00:30:00", "24.11.2026"]
    assert (paid["Сумма"], paid["Комиссия"], paid["К перечислению"]) == ("1284,50", "15,41", "1269,09")
    assert (paid["Тип операции"], paid["Платёжная система"], paid["Номер заказа"]) == ("Оплата", "МИР", "p1")
    assert (back["Тип операции"], back["Сумма"], back["RRN оригинала"]) == ("Отмена", "-4,50", paid["RRN"])
    assert book.net(paid["RRN"]) == 128000
    assert paid["Карта"] == "220138******0013"
    book.send_registry(date(2026, 11, 22))
    assert len((tmp_path / "registry-2026-11-22.csv").read_bytes().splitlines()) == 1


def test_the_book_survives_a_torn_line(tmp_path: Path) -> None:
    before = book_with_two(tmp_path).movements
    with (tmp_path / NAME).open("a") as file:
        file.write('{"at": "2026')
    assert BankBook(RealDisk(tmp_path)).movements == before


@pytest.mark.parametrize(("spoil", "number"), [("double", 3), ("missing", 1), ("other_amount", 2), ("foreign", 3)])
def test_a_banks_file_can_be_wrong(tmp_path: Path, spoil: str, number: int) -> None:
    book_with_two(tmp_path)
    right = rows(tmp_path)
    wrong = rows(tmp_path, "--spoil", spoil)
    assert len(wrong) == number
    assert wrong != right


def test_every_test_card_is_one_by_its_digits_and_none_is_in_the_banks_files(tmp_path: Path) -> None:
    assert all(looks_like_a_card(card.number) for card in CARDS.values())
    book_with_two(tmp_path).send_registry(date(2026, 11, 23))
    for file in tmp_path.iterdir():
        text = file.read_bytes().decode("cp1251", "replace")
        assert not [card for card in CARDS.values() if card.number in text]
