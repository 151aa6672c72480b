"""billing.embedded.book: what the contract cannot see from outside: the log, the clock, the disk."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from billing import readings as rules
from billing.accounts import ReadingAccepted, ReadingRefused, ReadingSubmission, Zone, ZoneValue
from billing.embedded.book import Book
from billing.errors import BillingRefused
from tests.billing.contract import posting
from tests.billing.embedded.conftest import HandClock

DEMO = "7401004417"


def handed_in(t1: int, taken_at: datetime, **parts: object) -> ReadingSubmission:
    """A day zone's value of the demo account."""
    made = ReadingSubmission(DEMO, "E01004417", (ZoneValue(Zone.T1, t1),), taken_at, "infomat", "kiosk 41")
    return replace(made, **parts)  # type: ignore[arg-type]


def day_zone(book: Book) -> tuple[int | None, date | None, int | None]:
    """Last value, its day, and what is handed in for the running month."""
    card = book.find_account(DEMO)
    assert card is not None
    zone = card.meters[0].zones[0]
    return zone.last_value, zone.last_date, zone.handed_in


def test_after_the_25th_this_months_reading_is_the_last_one(book: Book, clock: HandClock) -> None:
    book.submit_reading(handed_in(34378, clock.now()))
    assert day_zone(book) == (34118, date(2026, 10, 23), 34378)
    clock.moment = datetime(2026, 11, 25, 19, 0, tzinfo=UTC)  # midnight of the 26th in the Urals
    assert day_zone(book) == (34378, date(2026, 11, 21), None)


def test_what_an_offline_kiosk_kept_counts_for_the_month_it_was_taken_in(book: Book, clock: HandClock) -> None:
    taken = clock.now()
    clock.moment += timedelta(days=20)
    newer = book.submit_reading(handed_in(34700, clock.now()))
    assert isinstance(newer, ReadingAccepted)
    assert str(newer.period) == "2026-12"
    kept = book.submit_reading(handed_in(34378, taken))
    assert isinstance(kept, ReadingAccepted)
    assert str(kept.period) == "2026-11"
    assert day_zone(book)[0] == 34378
    months = {str(month.period): month for month in book.history(DEMO).months}
    assert [reading.units for reading in months["2026-12"].readings] == [34700 - 34378]


def test_a_late_delivery_above_a_later_month_is_refused(book: Book, clock: HandClock) -> None:
    taken = clock.now()
    clock.moment += timedelta(days=20)
    book.submit_reading(handed_in(34378, clock.now()))
    assert book.submit_reading(handed_in(34379, taken)) == ReadingRefused(rules.ABOVE_NEXT, Zone.T1)


def test_a_late_delivery_from_before_the_register_began_anew_is_taken(book: Book, clock: HandClock) -> None:
    card = book.find_account(DEMO)
    assert card is not None
    most = 10 ** card.meters[0].digits
    taken, sure = clock.now(), rules.DOUBTS
    clock.moment += timedelta(days=20)
    book._book.execute("UPDATE readings SET value = ? WHERE meter = 'E01004417' AND zone = 'T1'", (most - 300,))
    newer = book.submit_reading(handed_in(40, clock.now(), confirmed=sure))
    assert isinstance(newer, ReadingAccepted)
    assert [zone.units for zone in newer.zones] == [340]
    kept = book.submit_reading(handed_in(most - 100, taken, confirmed=sure))
    assert isinstance(kept, ReadingAccepted)


def test_money_that_was_taken_back_is_not_the_last_payment(book: Book) -> None:
    first, second = posting(1000), replace(posting(500), idempotency_key="k2", reference="r2")
    book.post_payment(first)
    book.post_payment(second)
    book.post_payment(replace(second, idempotency_key="k2-back", reverses="k2"))
    card = book.find_account(first.account)
    assert card is not None
    assert card.last_payment is not None
    assert (card.last_payment.amount, card.last_payment.reference) == (first.amount, first.reference)


def test_every_submission_stays_in_the_log_with_channel_and_author(book: Book, path: Path, clock: HandClock) -> None:
    book.submit_reading(handed_in(34378, clock.now()))
    book.submit_reading(handed_in(34380, clock.now() + timedelta(seconds=5)))
    book.submit_reading(handed_in(34370, clock.now() - timedelta(seconds=5)))
    log = sqlite3.connect(path).execute("SELECT value, channel, author, stands FROM reading_log").fetchall()
    assert log == [
        (34378, "infomat", "kiosk 41", 1),
        (34380, "infomat", "kiosk 41", 1),
        (34370, "infomat", "kiosk 41", 0),
    ]
    assert day_zone(book)[2] == 34380


def test_a_refused_submission_leaves_nothing_behind(book: Book, path: Path, clock: HandClock) -> None:
    values = (ZoneValue(Zone.T1, 34378), ZoneValue(Zone.T2, 1))
    assert isinstance(book.submit_reading(handed_in(0, clock.now(), values=values)), ReadingRefused)
    assert sqlite3.connect(path).execute("SELECT count(*) FROM reading_log").fetchone() == (0,)
    assert day_zone(book)[2] is None


@pytest.mark.parametrize(
    "parts",
    [
        {"values": ()},
        {"values": (ZoneValue(Zone.T1, 1), ZoneValue(Zone.T1, 2))},
        {"taken_at": datetime(2026, 11, 21, 7, 0)},  # noqa: DTZ001
    ],
)
def test_a_submission_without_sense_is_an_error_with_a_code(
    book: Book, clock: HandClock, parts: dict[str, object]
) -> None:
    with pytest.raises(BillingRefused) as refused:
        book.submit_reading(replace(handed_in(34378, clock.now()), **parts))  # type: ignore[arg-type]
    assert refused.value.code == "billing.request_invalid"


def test_a_posting_is_safe_before_it_is_answered(book: Book, path: Path) -> None:
    """The open book's own settings: a commit returns only when the disk has it."""
    posted = book.post_payment(posting(1000))
    assert book._book.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert book._book.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    other = sqlite3.connect(path)
    key = other.execute("SELECT idempotency_key FROM postings").fetchone()[0]
    assert key == posted.idempotency_key


def test_the_unique_key_holds_even_against_the_code(book: Book) -> None:
    posted = book.post_payment(posting(1000))
    with pytest.raises(sqlite3.IntegrityError):
        book._book.execute("INSERT INTO postings VALUES (?, 1, '', '')", (posted.idempotency_key,))
