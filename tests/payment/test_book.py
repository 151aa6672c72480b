"""The server's book: posted exactly once, whatever order and how often entries come."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from payment import events as e
from payment.book import (
    Acknowledge,
    Alarm,
    AskAgain,
    Book,
    BookEffect,
    KeepEntry,
    PostToBilling,
    TellPosted,
    due,
    posted,
    receive,
    receive_all,
)
from payment.moves import State
from tests.payment.purchases import BILL, SLIP, Play, approved, unknown

KEY = "purchase-p1"


def postings(effects: list[BookEffect]) -> list[PostToBilling]:
    return [effect for effect in effects if isinstance(effect, PostToBilling)]


def test_an_approved_purchase_is_posted_once_kept_first_and_then_acknowledged() -> None:
    entries = approved().entries
    book, effects = receive_all(Book(), "kiosk-1", entries)
    assert effects[-3:] == [
        KeepEntry("kiosk-1", entries[-1]),
        PostToBilling("p1", KEY, "account-1", BILL),
        Acknowledge("p1", 3),
    ]
    assert len(postings(effects)) == 1
    assert book.pages["p1"].purchase.state is State.APPROVED


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_any_order_with_repeats_and_holes_posts_at_most_once_and_asks_for_what_is_missing(order: list[int]) -> None:
    play = unknown()
    for event in (e.Woken("ASK1"), e.StatusLost("reset"), e.Charged(SLIP)):
        play.feed(event)
    book, all_effects, have = Book(), list[BookEffect](), 0
    for number in order:
        entry = play.entries[number]
        book, effects = receive(book, "kiosk-1", entry)
        all_effects += effects
        if number > have:
            assert effects == [AskAgain("p1", have)]
        elif number < have:
            assert effects == [Acknowledge("p1", have)]
        else:
            have += 1
    assert len(postings(all_effects)) == (1 if have == 6 else 0)


def test_an_entry_that_contradicts_what_is_kept_is_an_alarm_and_changes_nothing() -> None:
    entries = approved().entries
    book, _ = receive_all(Book(), "kiosk-1", entries)
    other = replace(entries[1], event=e.PaymentAsked("OTHER"))
    assert receive(book, "kiosk-1", other) == (book, [Alarm("p1", "payment.book_conflict")])
    illegal = e.Entry("p1", 4, e.Charged(SLIP), entries[0].at)
    assert receive(book, "kiosk-1", illegal) == (book, [Alarm("p1", "payment.book_conflict")])


def test_a_purchase_belongs_to_the_kiosk_that_began_it() -> None:
    book, _ = receive_all(Book(), "kiosk-1", approved().entries[:1])
    _, effects = receive(book, "kiosk-2", approved().entries[1])
    assert effects == [Alarm("p1", "payment.book_foreign_kiosk")]


def test_a_purchase_that_does_not_begin_with_its_beginning_is_refused() -> None:
    strange = e.Entry("p9", 1, e.PaymentAsked("PAY1"), approved().entries[0].at)
    assert receive(Book(), "kiosk-1", strange)[1] == [Alarm("p9", "payment.book_conflict")]


def test_after_a_restart_the_server_goes_on_with_what_is_due() -> None:
    book, _ = receive_all(Book(), "kiosk-1", approved().entries)
    assert due(book) == [PostToBilling("p1", KEY, "account-1", BILL)]
    book, effects = posted(book, "p1", "billing-7")
    assert effects == [TellPosted("p1", "billing-7")]
    assert due(book) == [TellPosted("p1", "billing-7")]
    play = approved()
    play.feed(e.Posted("billing-7"))
    book, effects = receive(book, "kiosk-1", play.entries[-1])
    assert postings(effects) == []
    assert due(book) == []


def test_a_second_billing_reference_is_an_alarm() -> None:
    book, _ = receive_all(Book(), "kiosk-1", approved().entries)
    book, _ = posted(book, "p1", "billing-7")
    assert posted(book, "p1", "billing-8")[1] == [Alarm("p1", "payment.posted_twice")]


def test_money_found_later_by_reconciliation_is_posted() -> None:
    play = Play(e.PaymentAsked("PAY1"), e.Refused("Aborted"), e.Clarified("bank file"))
    _, effects = receive_all(Book(), "kiosk-1", play.entries)
    assert len(postings(effects)) == 1


def test_nothing_that_is_not_approved_is_posted() -> None:
    for play in (unknown(), Play(e.PaymentAsked("PAY1"), e.Refused("Cancel"))):
        _, effects = receive_all(Book(), "kiosk-1", play.entries)
        assert postings(effects) == []
