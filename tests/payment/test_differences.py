"""Differences as tasks: each once, one person at a time, closed by who took it in writing or by a file that agrees."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ground.money import Money
from payment.book_part import needed
from payment.differences import (
    TERMINAL_TOTAL,
    Agreed,
    DifferenceState,
    LetGo,
    Resolve,
    Take,
    TakeOver,
    agreeing,
    differences_of,
    step,
)
from payment.errors import IllegalDifferenceMove
from payment.reconciliation import Advice, Bucket, Counted, TerminalClosing, reconcile
from tests.payment.purchases import POI, START
from tests.payment.test_reconciliation import DAY, LATER, charged, found, row

NOW = LATER


def test_who_took_it_resolves_it_and_anybody_may_take_it_over() -> None:
    (one,) = differences_of(found([], [row(1)]), NOW)
    assert (one.what, one.advice, one.state) == (Bucket.ONLY_BANKS, Advice.FIND_PAYER, DifferenceState.OPEN)
    with pytest.raises(IllegalDifferenceMove):
        step(one, Resolve("olga", NOW, "found him"))
    taken = step(one, Take("olga", NOW))
    for event in (Take("anna", NOW), LetGo("anna"), Resolve("anna", NOW, "not mine")):
        with pytest.raises(IllegalDifferenceMove):
            step(taken, event)
    assert step(taken, LetGo("olga")) == one
    hers = step(taken, TakeOver("anna", NOW))
    done = step(hers, Resolve("anna", NOW, "a cousin paid"))
    assert (done.state, done.resolved_by, done.note) == (DifferenceState.RESOLVED, "anna", "a cousin paid")
    for event in (Take("olga", NOW), LetGo("anna"), Agreed(NOW)):
        with pytest.raises(IllegalDifferenceMove):
            step(done, event)


def test_the_same_difference_is_one_task_and_one_row_twice_in_a_file_is_one_too() -> None:
    first = differences_of(found([charged(1)], [row(1), row(1), row(1)]), NOW)
    again = differences_of(found([charged(1)], [row(1), row(1)]), NOW + timedelta(days=1))
    assert [one.id for one in first] == [one.id for one in again]
    assert len(first) == 1


def test_what_a_later_file_agrees_about_is_closed_and_a_second_charge_is_not() -> None:
    missing = differences_of(found([charged(1)], []), NOW)
    assert [one.advice for one in missing] == [Advice.ASK_BANK]
    agrees = found([charged(1)], [row(1)])
    assert agreeing(missing, agrees) == missing
    twice = differences_of(found([charged(1)], [row(1), row(1, rrn="again")]), NOW)
    assert [one.advice for one in twice] == [Advice.RETURN_MONEY]
    assert agreeing(twice, agrees) == []  # the purchase's own row says nothing of the second
    assert agreeing(missing, found([charged(1)], [])) == []
    assert agreeing(missing, found([charged(2)], [row(2)])) == []


def closing(hours: float, minor: int) -> TerminalClosing:
    return TerminalClosing(POI, START + timedelta(hours=hours), (Counted("Debit", Money(minor, "RUB")),))


def test_a_terminals_total_that_is_not_the_books_is_a_task_until_it_agrees() -> None:
    before, pages, rows = closing(-1, 0), [charged(1)], [row(1)]
    differs = reconcile(pages, rows, [DAY], LATER, [before, closing(1, 999)])
    (one,) = differences_of(differs, NOW)
    assert (one.what, one.advice) == (TERMINAL_TOTAL, Advice.COMPARE_DAY)
    assert (one.ours, one.bank) == (Money(10_000, "RUB"), Money(999, "RUB"))
    assert agreeing([one], differs) == []
    assert agreeing([one], reconcile(pages, rows, [DAY], LATER, [before, closing(1, 10_000)])) == [one]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-40, 40), st.booleans(), st.integers(0, 4)), max_size=30),
    st.lists(st.integers(-40, 40), max_size=6, unique=True),
)
def test_a_part_of_the_book_tells_the_same_as_the_whole(told: list[tuple[int, bool, int]], closed: list[int]) -> None:
    """Purchases of 80 days, some in the bank's file up to four days later; only one day is compared."""
    pages, rows = [], []
    for number, (days, in_file, late) in enumerate(told):
        page = charged(number)
        moved = timedelta(days=days)
        entries = tuple(replace(one, at=one.at + moved) for one in page.entries)
        purchase = replace(page.purchase, begun_at=page.purchase.begun_at + moved)
        pages.append(replace(page, entries=entries, purchase=purchase))
        if in_file and days + late == 0:
            known = {"order": ""} if number % 2 else {}
            rows.append(row(number, approval=f"A{number:05d}", **known))
    closings = [closing(days * 24 + 1, 0) for days in sorted(closed)]
    part = needed(rows, [DAY], closings)
    some = [
        one
        for one in pages
        if one.purchase.purchase_id in part.named
        or (one.purchase.begun_at <= part.until and one.entries[-1].at >= part.since)
    ]
    whole = reconcile(pages, rows, [DAY], LATER, closings)
    assert reconcile(some, rows, [DAY], LATER, closings) == whole
