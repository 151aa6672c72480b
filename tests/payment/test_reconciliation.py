"""Three ledgers held against each other: exactly what was planted is found, and the same again on a second reading."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.words import LANGUAGES, Words
from ground.disk import RealDisk
from ground.money import Money
from payment import events as e
from payment.answers import PoiTransaction, Slip
from payment.book import Clarification, Page
from payment.emulators.bank import BankBook, Movement, registry
from payment.purchase import begin, step
from payment.reconciliation import (
    Advice,
    BankMovement,
    Bucket,
    Counted,
    Reconciliation,
    TerminalClosing,
    reconcile,
)
from payment.reconciliation_report import summary, write_report
from payment.registry import RegistryError, parse_registry, read_registry
from tests.payment.purchases import POI, START, bill

DAY = START.date()
LATER = START + timedelta(days=10)


def page(number: int, *events: e.Event, minor: int = 10_000) -> Page:
    """A purchase ``p-NUMBER`` of ``minor`` at START, brought along by ``events``."""
    begun = e.Begun(Money(minor, "RUB"), "account", "heat", POI, bill(Money(minor, "RUB")))
    purchase, effects = begin(f"p-{number}", begun, START)
    entries = [one.entry for one in effects if type(one).__name__ == "WriteJournal"]
    for event in events:
        purchase, effects = step(purchase, event, START)
        entries += [one.entry for one in effects if type(one).__name__ == "WriteJournal"]
    return Page("kiosk-1", purchase, tuple(entries))


def charged(number: int, minor: int = 10_000) -> Page:
    slip = Slip(Money(minor, "RUB"), PoiTransaction(f"poi-{number}", ""), approval_code=f"A{number:05d}")
    return page(number, e.PaymentAsked("S1"), e.Charged(slip), minor=minor)


def row(number: int, minor: int = 10_000, **more: object) -> BankMovement:
    told = BankMovement(DAY, "payment", "T1", Money(minor, "RUB"), f"rrn-{number}", order=f"p-{number}")
    return replace(told, **more)  # type: ignore[arg-type]


def found(pages: list[Page], rows: list[BankMovement]) -> Reconciliation:
    return reconcile(pages, rows, [DAY], LATER)


def only(result: Reconciliation) -> tuple[Bucket, Advice]:
    (one,) = result.findings
    return one.bucket, one.advice


KINDS = ("matched", "only_ours", "only_banks", "stranger", "other_amount", "double", "repeated", "in_doubt")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 10**7)), max_size=25), st.randoms())
def test_what_was_planted_is_found_exactly_and_again(planted: list[tuple[str, int]], mixed: object) -> None:
    pages, rows, wanted = [], [], []
    for number, (kind, minor) in enumerate(planted):
        match kind:
            case "matched":
                pages.append(charged(number, minor))
                rows.append(row(number, minor))
                wanted.append((Bucket.MATCHED, Advice.NOTHING))
            case "only_ours":
                pages.append(charged(number, minor))
                wanted.append((Bucket.ONLY_OURS, Advice.ASK_BANK))
            case "only_banks":
                pages.append(page(number, e.PaymentAsked("S1"), e.Refused("Refusal"), minor=minor))
                rows.append(row(number, minor))
                wanted.append((Bucket.ONLY_BANKS, Advice.CLARIFY_CHARGED))
            case "stranger":
                rows.append(row(number, minor, order="", approval="ZZZ"))
                wanted.append((Bucket.ONLY_BANKS, Advice.FIND_PAYER))
            case "other_amount":
                pages.append(charged(number, minor))
                rows.append(row(number, minor + 1))
                wanted.append((Bucket.OTHER_AMOUNT, Advice.ASK_BANK))
            case "double":
                pages.append(charged(number, minor))
                rows += [row(number, minor), row(number, minor, rrn=f"again-{number}")]
                wanted += [(Bucket.MATCHED, Advice.NOTHING), (Bucket.DOUBLE, Advice.RETURN_MONEY)]
            case "repeated":
                pages.append(charged(number, minor))
                rows += [row(number, minor), row(number, minor)]
                wanted += [(Bucket.MATCHED, Advice.NOTHING), (Bucket.DOUBLE, Advice.READ_FILE)]
            case "in_doubt":
                pages.append(page(number, e.PaymentAsked("S1"), e.AnswerLost("silence"), minor=minor))
                rows.append(row(number, minor))
                wanted.append((Bucket.ONLY_BANKS, Advice.CLARIFY_CHARGED))
    mixed.shuffle(rows)  # type: ignore[attr-defined]
    mixed.shuffle(pages)  # type: ignore[attr-defined]
    result = found(pages, rows)
    assert sorted((one.bucket, one.advice) for one in result.findings) == sorted(wanted)
    again = found(list(reversed(pages)), list(reversed(rows)))
    assert {one.finding_id for one in again.findings} == {one.finding_id for one in result.findings}


def test_a_movement_that_the_bank_may_still_hand_in_is_waited_for() -> None:
    early = reconcile([charged(1)], [], [DAY], START + timedelta(days=1))
    assert only(early) == (Bucket.ONLY_OURS, Advice.WAIT)
    assert not early.differences
    assert only(found([charged(1)], [])) == (Bucket.ONLY_OURS, Advice.ASK_BANK)


def test_days_that_no_file_covers_are_not_asked_for() -> None:
    assert reconcile([charged(1)], [], [DAY - timedelta(days=1)], LATER).findings == ()


def test_doubt_ends_when_the_bank_has_nothing_and_its_time_is_over() -> None:
    doubtful = page(1, e.PaymentAsked("S1"), e.AnswerLost("silence"))
    assert only(found([doubtful], [])) == (Bucket.ONLY_OURS, Advice.CLARIFY_NOT_CHARGED)


def test_a_terminal_without_room_for_our_number_is_matched_by_approval_code_or_rrn() -> None:
    assert only(found([charged(1)], [row(1, order="", approval="A00001")]))[0] is Bucket.MATCHED
    assert only(found([charged(1)], [row(1, order="", rrn="poi-1")]))[0] is Bucket.MATCHED


def test_money_that_went_back_is_a_movement_of_its_own() -> None:
    gone = page(
        1, e.PaymentAsked("S1"), e.ChargedOtherAmount(Slip(Money(7, "RUB"), PoiTransaction("x", ""))),
        e.Woken("S2"), e.Reversed(),
    )  # fmt: skip
    back = row(1, 7, kind="return", rrn="back", original_rrn="rrn-1")
    assert [one.bucket for one in found([gone], [row(1, 7), back]).findings] == [Bucket.MATCHED] * 2
    missing = found([gone], [row(1, 7)])
    assert [one.advice for one in missing.differences] == [Advice.ASK_BANK]


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig"])
def test_the_banks_own_file_is_read_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    bank = BankBook(RealDisk(tmp_path))
    paid = bank.move(START, "payment", 128450, "RUB", terminal="10000042", card="5413", scheme="МИР", order="p-1")
    bank.move(START, "refund", -50, "RUB", terminal="10000042", card="5413", scheme="МИР", original=paid.rrn)
    text = (tmp_path / bank.send_registry(DAY)).read_bytes().decode("cp1251")
    first, second = parse_registry(text.encode(encoding), "r.csv")
    assert (first.amount, first.kind, first.order, first.day) == (Money(128450, "RUB"), "payment", "p-1", DAY)
    assert (second.amount, second.kind, second.original_rrn) == (Money(50, "RUB"), "return", paid.rrn)


@pytest.mark.parametrize(
    ("charged", "banks", "wanted"),
    [
        (True, True, (Bucket.MATCHED, Advice.NOTHING)),
        (True, False, (Bucket.ONLY_OURS, Advice.ASK_BANK)),
        (False, True, (Bucket.ONLY_BANKS, Advice.CLARIFY_CHARGED)),
        (False, False, None),
    ],
)
def test_what_a_person_has_ended_without_the_kiosk_is_held_against_the_bank_as_they_said(
    charged: bool, banks: bool, wanted: tuple[Bucket, Advice] | None
) -> None:
    word = Clarification(charged, "bank file", "olga", gone=True)
    ended = replace(page(1, e.PaymentAsked("S1"), e.AnswerLost("silence"), e.TooLong()), clarification=word)
    result = found([ended], [row(1)] if banks else [])
    assert [(one.bucket, one.advice) for one in result.findings] == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("Сумма;", "Итого;"), "no column «сумма»"),
        (("100,00;", "100,0x;"), "line 2: amount"),
        (("Оплата", "Подарок"), "kind of operation 'Подарок'"),
        (("21.11.2026", "32.11.2026"), "line 2: date"),
        (("100,00;", "1;00,00;"), "17 fields"),
        (("100,00;", "Infinity;"), "line 2: amount"),
        (("100,00;", "1E+5000;"), "line 2: amount"),
        (("Комиссия;", "Сумма;"), "«сумма» twice"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(change: tuple[str, str], said: str) -> None:
    move = Movement(START.isoformat(), "T", "M", "payment", "c", "s", "a", "r", "", 10_000, "RUB", "p-1")
    spoilt = registry([move]).decode("cp1251").replace(*change, 1)
    with pytest.raises(RegistryError, match=said):
        parse_registry(spoilt.encode("cp1251"), "r.csv")


def test_a_quotation_mark_that_is_closed_rows_later_swallows_none_of_them() -> None:
    moves = [
        Movement(START.isoformat(), "T", "M", "payment", "c", "s", "a", f"r{n}", "", 10_000, "RUB", f"p-{n}")
        for n in range(3)
    ]
    text = registry(moves).decode("cp1251")
    spoilt = text.replace(";M;", ';"M;', 1)
    spoilt = 'M";'.join(spoilt.rsplit("M;", 1))
    with pytest.raises(RegistryError, match="line 2: a quotation mark"):
        parse_registry(spoilt.encode("cp1251"), "r.csv")


def test_a_moment_is_its_day() -> None:
    move = Movement(START.isoformat(), "T", "M", "payment", "c", "s", "a", "r", "", 10_000, "RUB", "p-1")
    timed = registry([move]).decode("cp1251").replace("21.11.2026", "21.11.2026 15:00:07", 1)
    assert parse_registry(timed.encode("cp1251"), "r.csv")[0].day == START.date()


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="cannot be read"):
        read_registry(tmp_path / "none.csv")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_csv_excel_and_a_page(tmp_path: Path, language: str) -> None:
    words = Words(language)
    result = found([charged(1), charged(2)], [row(1), row(2, 99), row(3, order="=1+1", rrn="=x")])
    for ending in ("csv", "xlsx", "html"):
        write_report(tmp_path / f"r.{ending}", result, words)
    rows = list(csv.reader(io.StringIO((tmp_path / "r.csv").read_text("utf-8-sig")), delimiter=";"))
    assert len(rows) == 4
    assert not any(cell.startswith("=") for line in rows for cell in line)
    assert "" in [cell for line in rows for cell in line], "what is empty stays so"
    with zipfile.ZipFile(tmp_path / "r.xlsx") as book:
        assert 'formatCode="#,##0.00 &quot;RUB&quot;"' in book.read("xl/styles.xml").decode(), "a sum has its currency"
        assert words.say("reconcile.bucket.other_amount") in book.read("xl/sharedStrings.xml").decode()
    assert words.say("reconcile.advice.ask_bank") in (tmp_path / "r.html").read_text("utf-8")
    assert len(summary(result, words)) == len(Bucket)
    assert date.fromisoformat(rows[1][6]) == DAY


def closing(hours: float, *counted: tuple[str, int]) -> TerminalClosing:
    return TerminalClosing(
        POI, START + timedelta(hours=hours), tuple(Counted(kind, Money(minor, "RUB")) for kind, minor in counted)
    )


def test_a_terminals_own_totals_are_held_against_the_book_since_its_closing_before() -> None:
    closings = [closing(-9), closing(15, ("Debit", 20_000), ("Declined", 5)), closing(39, ("Debit", 1))]
    result = reconcile([charged(1), charged(2)], [row(1), row(2)], [DAY], LATER, closings)
    assert [(one.counted.minor, one.booked.minor, one.agrees) for one in result.terminals] == [(20_000, 20_000, True)]
    missing = reconcile([charged(1)], [row(1)], [DAY], LATER, closings)
    assert [one.agrees for one in missing.terminals] == [False]
    assert any("200" in line for line in summary(missing, Words("ru")))


def test_a_terminals_first_closing_has_nothing_to_be_held_against() -> None:
    assert reconcile([charged(1)], [row(1)], [DAY], LATER, [closing(15)]).terminals == ()
