"""billing.embedded.shelves: what a card says beyond its rows: the usual month and what is wrong."""

from __future__ import annotations

from datetime import timedelta

from billing.accounts import Flag
from billing.embedded.book import Book
from tests.billing.contract import DEMO, posting
from tests.billing.embedded.conftest import HandClock


def test_months_without_a_reading_do_not_make_the_next_one_usual(book: Book) -> None:
    """Four gaps of one month: their double differences would be the high end of what is usual."""
    before = book.find_account(DEMO)
    book._book.execute(
        "DELETE FROM readings WHERE meter = 'E01004417' AND zone = 'T2'"
        " AND period IN ('2026-02', '2026-04', '2026-06', '2026-08')"
    )
    after = book.find_account(DEMO)
    assert before is not None
    assert after is not None
    was, now = before.meters[0].zones[1], after.meters[0].zones[1]
    assert (was.usual_low, was.usual_high) == (150, 190)
    assert 146 <= now.usual_low <= now.usual_high <= 196


def test_an_operator_sees_at_once_what_is_wrong_with_an_account(book: Book, clock: HandClock) -> None:
    past = book.find_account("7402015830")
    assert past is not None
    assert past.flags == (Flag.VERIFICATION_PAST,)
    clock.moment += timedelta(days=125)
    silent = book.find_account(DEMO)
    assert silent is not None
    assert Flag.NO_READINGS in silent.flags


def test_a_large_debt_is_flagged_and_a_payment_takes_the_flag_away(book: Book) -> None:
    book._book.execute("UPDATE accounts SET opening = opening + 500000 WHERE number = ?", (DEMO,))
    before = book.find_account(DEMO)
    assert before is not None
    assert Flag.DEBT_OVER_TWO_MONTHS in before.flags
    book.post_payment(posting(500000))
    after = book.find_account(DEMO)
    assert after is not None
    assert after.flags == ()


def test_heat_and_water_are_two_meters_with_their_own_months(book: Book) -> None:
    history = book.history("2211893")
    heat = [units for _, units in history.units_of("H2211893")]
    water = [units for _, units in history.units_of("W2211893")]
    assert max(heat) == 980
    assert set(water[:-1]) == {3, 4}
    assert (heat[-1], water[-1]) == (0, 0), "nothing is handed in for the running month yet"
