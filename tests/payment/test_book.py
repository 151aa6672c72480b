"""The server's book: each line posted exactly once, whatever order and how often entries come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ground.money import Money
from payment import events as e
from payment import lines as ln
from payment import refunds as rf
from payment.book import (
    LATE,
    Alarm,
    AskAgain,
    Clarification,
    Kept,
    OrderClarification,
    OrderRefund,
    Page,
    Settled,
    ask_refund,
    at_line,
    automatic_refund,
    began,
    clarify,
    decide_refund,
    news,
    receive,
    receive_all,
    refund_amount,
    settle_by_hand,
    work,
)
from payment.errors import IllegalLineMove
from payment.lines import LineState
from payment.moves import State
from payment.refunds import Refund, RefundState, needs_second_person
from payment.tasks import why
from tests.payment.purchases import (
    BASKET,
    BASKET_SLIP,
    BILL,
    OTHER_SLIP,
    SLIP,
    START,
    Play,
    approved,
    parked,
    reversal_parked,
    unknown,
)


def kept(play: Play) -> Page:
    page, result = receive_all(None, "kiosk-1", play.entries)
    assert isinstance(result, Kept)
    assert page is not None
    return page


def basket() -> Play:
    """Three bills of one card payment, approved."""
    return Play(e.PaymentAsked("PAY1"), e.Charged(BASKET_SLIP), basket=BASKET)


def states(page: Page) -> list[str]:
    return [line.state.value for line in page.lines]


def posted(page: Page) -> Page:
    for line in work(page):
        page = at_line(page, line.line.number, ln.LinePosted(f"B-{line.line.number}"))
    return page


def order(page: Page, *numbers: int, by: str = "anna") -> Refund:
    return Refund("r1", numbers, refund_amount(page, numbers), "paid twice", by, START)


def follow(page: Page, play: Play, *events: e.Event, at: float | None = None) -> Page:
    for event in events:
        play.feed(event, at)
        after, result = receive(page, "kiosk-1", play.entries[-1])
        assert isinstance(result, Kept)
        assert after is not None
        page = after
    return page


def test_an_approved_purchase_is_owed_line_by_line_each_under_its_own_key() -> None:
    page = kept(basket())
    assert [line.line.account_ref for line in work(page)] == ["light", "warmth", "water"]
    assert [line.key("p1") for line in work(page)] == ["purchase-p1", "purchase-p1-2", "purchase-p1-3"]
    assert sum(line.line.total.minor for line in work(page)) == page.purchase.amount.minor


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_any_order_with_repeats_and_holes_owes_once_and_asks_for_what_is_missing(order: list[int]) -> None:
    play = unknown()
    for event in (e.Woken("ASK1"), e.StatusLost("reset"), e.Charged(SLIP)):
        play.feed(event)
    page, have = None, 0
    for number in order:
        page, result = receive(page, "kiosk-1", play.entries[number])
        if number > have:
            assert result == AskAgain(have)
        elif number < have:
            assert result == Kept(have)
        else:
            have += 1
    assert len(page.lines if page else ()) == (1 if have == 6 else 0)


def test_an_entry_that_contradicts_what_is_kept_is_an_alarm_and_changes_nothing() -> None:
    entries = approved().entries
    page = kept(approved())
    other = replace(entries[1], event=e.PaymentAsked("OTHER"))
    assert receive(page, "kiosk-1", other) == (page, Alarm("payment.book_conflict"))
    illegal = e.Entry("p1", 4, e.Charged(SLIP), entries[0].at)
    assert receive(page, "kiosk-1", illegal) == (page, Alarm("payment.book_conflict"))


def test_a_purchase_belongs_to_the_kiosk_that_began_it() -> None:
    page, _ = receive_all(None, "kiosk-1", approved().entries[:1])
    assert receive(page, "kiosk-2", approved().entries[1])[1] == Alarm("payment.book_foreign_kiosk")


def test_a_purchase_that_does_not_begin_with_its_beginning_is_refused() -> None:
    strange = e.Entry("p9", 1, e.PaymentAsked("PAY1"), approved().entries[0].at)
    assert receive(None, "kiosk-1", strange) == (None, Alarm("payment.book_conflict"))


def test_the_kiosk_is_told_when_every_line_is_settled_until_its_journal_says_so() -> None:
    play = basket()
    page = kept(play)
    for line in work(page)[:2]:
        page = at_line(page, line.line.number, ln.LinePosted(f"B-{line.line.number}"))
        assert news(page) == []
    page = posted(page)
    assert news(page) == [Settled("B-1, B-2, B-3")]
    page = follow(page, play, e.Posted("B-1, B-2, B-3"))
    assert news(page) == []


def test_a_line_that_billing_refuses_for_good_holds_no_other_and_waits_for_a_person() -> None:
    page = at_line(kept(basket()), 2, ln.LineRefused("billing.account_unknown"))
    page = posted(page)
    assert states(page) == ["posted", "refused", "posted"]
    assert news(page) == []
    again = settle_by_hand(page, 2, ln.PostAgain())
    assert work(again)[0].key("p1") == "purchase-p1-2"  # it was never posted: the same key is the safe one
    by_hand = settle_by_hand(page, 2, ln.SettledByHand("posted by the supplier"))
    assert news(by_hand) == [Settled("B-1, B-3")]


def test_a_refused_line_goes_back_to_the_card_with_its_fee_and_the_rest_stays() -> None:
    play = basket()
    page = posted(at_line(kept(play), 2, ln.LineRefused("billing.account_unknown")))
    wanted = order(page, 2)
    assert wanted.amount == Money(20_200, "RUB")
    page = ask_refund(page, wanted, second_person=False)
    (told,) = news(page)
    assert isinstance(told, OrderRefund)
    page = follow(page, play, e.ReversalOrdered("REV1", "MerchantCancel", "r1", told.refund.amount), e.PartRefunded())
    assert states(page) == ["posted", "refunded", "posted"]
    assert page.refunds[0].state is RefundState.DONE
    assert news(page) == [Settled("B-1, B-3")]
    assert page.refunded == Money(20_200, "RUB")


def test_what_is_posted_is_taken_off_every_account_before_the_card_gets_anything() -> None:
    play = basket()
    page = ask_refund(posted(kept(play)), order(posted(kept(play)), 1, 2, 3), second_person=True)
    assert (page.refund and page.refund.state, news(page)) == (RefundState.ASKED, [Settled("B-1, B-2, B-3")][:0])
    page = decide_refund(page, rf.Agreed("olga", START))
    assert states(page) == ["withdrawing"] * 3
    for number in (1, 2, 3):
        assert news(page) == []
        page = at_line(page, number, ln.LineWithdrawn())
    (told,) = news(page)
    assert isinstance(told, OrderRefund)
    page = follow(page, play, e.ReversalOrdered("REV1", "MerchantCancel", "r1", told.refund.amount), e.Refunded())
    assert page.purchase.state is State.REFUNDED
    assert states(page) == ["refunded"] * 3
    assert news(page) == []


def test_billing_that_will_not_take_it_off_ends_the_refund_and_nothing_goes_back() -> None:
    page = posted(kept(basket()))
    page = ask_refund(page, order(page, 1, 2), second_person=False)
    page = at_line(page, 1, ln.LineWithdrawn())
    page = at_line(page, 2, ln.WithdrawalRefused("billing.period_closed"))
    assert page.refunds[0].state is RefundState.FAILED
    assert states(page) == ["held", "posted", "posted"]  # the first waits for a person: post again, or try again
    again = settle_by_hand(page, 1, ln.PostAgain())
    assert work(again)[0].key("p1") == "purchase-p1-again1"  # the first key was used and taken back


def test_a_refund_that_the_terminal_refuses_leaves_its_lines_to_a_person() -> None:
    play = basket()
    page = posted(at_line(kept(play), 2, ln.LineRefused("billing.account_unknown")))
    page = ask_refund(page, order(page, 2), second_person=False)
    ordered = e.ReversalOrdered("REV1", "MerchantCancel", "r1", page.refunds[0].amount)
    page = follow(page, play, ordered, e.RefundRefused("NotAllowed"))
    assert (page.purchase.state, page.refunds[0].state) == (State.APPROVED, RefundState.FAILED)
    assert (states(page)[1], page.line(2).reason) == ("held", "NotAllowed")
    assert ask_refund(page, replace(order(page, 2), refund_id="r2"), second_person=False).refund is not None


def test_a_refund_that_was_denied_changes_nothing_and_another_may_be_asked() -> None:
    page = posted(kept(basket()))
    page = decide_refund(ask_refund(page, order(page, 1), second_person=True), rf.Denied("olga", START))
    assert states(page) == ["posted"] * 3
    assert page.refund is None
    assert ask_refund(page, replace(order(page, 1), refund_id="r2"), second_person=True).refund is not None


def test_what_cannot_be_returned_is_refused_by_name() -> None:
    page = kept(basket())
    with pytest.raises(IllegalLineMove):  # on its way to the account
        ask_refund(page, order(page, 1), second_person=False)
    page = posted(page)
    with pytest.raises(IllegalLineMove):
        ask_refund(page, replace(order(page, 1), amount=BILL), second_person=False)
    asked = ask_refund(page, order(page, 1), second_person=True)
    with pytest.raises(IllegalLineMove):  # one at a time
        ask_refund(asked, replace(order(asked, 2), refund_id="r2"), second_person=False)
    with pytest.raises(IllegalLineMove):
        decide_refund(page, rf.Agreed("olga", START))


def test_a_payment_without_the_terminals_reference_cannot_go_back_by_the_terminal() -> None:
    play = parked()
    play.feed(e.Clarified("bank file"))
    page = kept(play)
    page = posted(at_line(page, 1, ln.DueStill()))
    page = ask_refund(page, order(page, 1), second_person=False)
    page = at_line(page, 1, ln.LineWithdrawn())
    assert (page.refunds[0].state, page.refunds[0].outcome) == (RefundState.FAILED, "no_terminal_reference")
    assert states(settle_by_hand(page, 1, ln.SettledByHand("transfer 117"))) == ["settled"]


def test_a_late_approval_of_a_bill_paid_elsewhere_meanwhile_goes_back_by_itself() -> None:
    play = unknown()
    play.at = LATE.total_seconds() + 1
    play.feed(e.Charged(SLIP))
    page = kept(play)
    assert states(page) == ["checking"]
    due = at_line(page, 1, ln.DueStill())
    assert states(automatic_refund(due, "r1", START)) == ["owed"]
    page = automatic_refund(at_line(page, 1, ln.PaidElsewhere()), "r1", START)
    (told,) = news(page)
    assert isinstance(told, OrderRefund)
    assert (told.refund.asked_by, told.refund.amount) == ("", BILL)
    page = follow(page, play, e.ReversalOrdered("REV1", "CustCancel", "r1", BILL), e.Refunded())
    assert (page.purchase.state, states(page)) == (State.REFUNDED, ["refunded"])


def test_paid_elsewhere_is_only_what_somebody_else_paid_since_and_nothing_owed() -> None:
    told = {"begun_at": START, "due_minor": 0, "last_paid_at": START, "last_reference": "bank-1", "ours": "p1"}
    assert ln.paid_elsewhere(**told)  # type: ignore[arg-type]
    for change in (
        {"due_minor": 1},
        {"last_paid_at": None},
        {"last_paid_at": START - timedelta(seconds=1)},
        {"last_reference": "p1"},
    ):
        assert not ln.paid_elsewhere(**(told | change))  # type: ignore[arg-type]


def test_what_a_person_found_out_is_told_until_the_journal_knows_it() -> None:
    play = parked()
    page = clarify(kept(play), Clarification(True, "bank file", "olga"))
    assert news(page) == [OrderClarification(Clarification(True, "bank file", "olga"))]
    page = follow(page, play, e.Clarified("bank file"))
    assert (page.clarification, states(page)) == (None, ["checking"])
    with pytest.raises(IllegalLineMove):
        clarify(page, Clarification(False, "bank file", "olga"))


@pytest.mark.parametrize("charged", [True, False])
def test_an_amount_that_nobody_asked_for_can_only_have_gone_back(charged: bool) -> None:
    page = kept(reversal_parked())
    if charged:
        with pytest.raises(IllegalLineMove, match="another amount"):
            clarify(page, Clarification(True, "bank file", "olga"))
        assert why(page) == "refund_parked", "it still waits for a person"
    else:
        found = Clarification(False, "bank file", "olga")
        assert news(clarify(page, found)) == [OrderClarification(found)]


def test_a_word_that_does_not_fit_any_more_hides_nothing() -> None:
    play = parked()
    page = clarify(kept(play), Clarification(True, "bank file", "olga"))
    for event in (e.ChargedOtherAmount(OTHER_SLIP), e.Woken("REV1"), e.ReversalRefused("NotAllowed")):
        page = follow(page, play, event)
    assert (page.clarification, why(page)) == (None, "refund_parked")


def test_a_refund_by_rule_that_cannot_be_done_is_tried_once_and_then_a_task() -> None:
    play = parked()
    page = follow(kept(play), play, e.Clarified("bank file"))  # without a terminal's reference: nothing to reverse
    page = at_line(page, 1, ln.PaidElsewhere())
    for number in range(3):
        page = automatic_refund(page, f"r{number}", START)
    assert [one.state for one in page.refunds] == [RefundState.FAILED]
    assert why(page) == "held"


def test_what_its_kiosk_does_not_remember_any_more_is_returned_by_the_bank() -> None:
    page = posted(kept(basket()))
    for days, may in ((89, True), (91, False)):
        asked = replace(order(page, 1), asked_at=START + timedelta(days=days))
        if may:
            assert ask_refund(page, asked, second_person=True).refund is not None
        else:
            with pytest.raises(IllegalLineMove, match="the bank"):
                ask_refund(page, asked, second_person=True)


def test_a_clock_that_was_set_back_in_between_makes_an_approval_late() -> None:
    play = unknown()
    page = follow(kept(play), play, e.TooLong(), at=300)
    page = follow(page, play, e.Charged(SLIP), at=300 - 86_000)
    assert states(page) == ["checking"]
    began_by_this_clock = play.now - timedelta(minutes=5)
    assert began(page) <= began_by_this_clock, "what was paid elsewhere since then counts"


def test_money_found_later_by_reconciliation_is_posted() -> None:
    play = Play(e.PaymentAsked("PAY1"), e.Refused("Aborted"), e.Clarified("bank file"))
    assert len(work(kept(play))) == 1


def test_nothing_that_is_not_approved_is_posted() -> None:
    for play in (unknown(), Play(e.PaymentAsked("PAY1"), e.Refused("Cancel"))):
        assert work(kept(play)) == []


def test_a_second_person_is_needed_above_the_limit_of_all_refunds_together() -> None:
    nothing, limits = Money(0, "RUB"), {"RUB": 300_000}
    assert not needs_second_person(Money(300_000, "RUB"), nothing, limits)
    assert needs_second_person(Money(300_001, "RUB"), nothing, limits)
    assert needs_second_person(Money(1, "RUB"), Money(300_000, "RUB"), limits)
    assert needs_second_person(Money(1, "EUR"), Money(0, "EUR"), limits)


def test_every_line_and_refund_event_without_a_row_is_refused_by_name() -> None:
    events: list[ln.LineEvent] = [
        ln.DueStill(), ln.PaidElsewhere(), ln.LinePosted("B"), ln.LineRefused("x"), ln.PostAgain(),
        ln.RefundWanted(), ln.LineWithdrawn(), ln.WithdrawalRefused("x"), ln.WentBack(), ln.StayedHere("x"),
        ln.SettledByHand("x"),
    ]  # fmt: skip
    line = kept(approved()).lines[0]
    for state in LineState:
        for event in events:
            page = replace(line, state=state)
            target = ln.LINE_MOVES.get((state, type(event)))
            if target is None:
                with pytest.raises(IllegalLineMove):
                    ln.step(page, event)
            else:
                assert ln.step(page, event).state is target
