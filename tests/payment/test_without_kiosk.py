"""A kiosk that is gone for good: a person ends on the server what waits for it, and hears of it when it comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from payment import events as e
from payment.book import Clarification, News, Page, ask_refund, news, receive_all, with_documents, work
from payment.errors import IllegalLineMove
from payment.lines import LineState
from payment.moves import State
from payment.refunds import Refund, RefundState
from payment.tasks import acts, why
from payment.without_kiosk import end_without_kiosk, waits_since
from tests.payment.purchases import BASKET, BASKET_SLIP, START, Play

LATER = START + timedelta(days=3)


def told(play: Play, page: Page | None = None) -> Page:
    page, _ = receive_all(page, "k", play.entries[page.purchase.seq if page else 0 :])
    assert page is not None
    return page


def bank(*, charged: bool) -> Clarification:
    return Clarification(charged, "the acquirer's file", "olga")


def ordered() -> tuple[Play, Page]:
    """Posted, and a refund of its first line that the kiosk has not begun."""
    play = Play(e.PaymentAsked("PAY1"), e.Charged(BASKET_SLIP), e.Posted("B", document=True), basket=BASKET)
    page = told(play)
    refund = Refund("r1", (1,), BASKET[0].total, "twice", "anna", START + timedelta(hours=1), RefundState.ORDERED)
    states = (LineState.HELD, LineState.POSTED, LineState.POSTED)
    lines = tuple(replace(one, state=state) for one, state in zip(page.lines, states, strict=True))
    return play, replace(page, lines=lines, refunds=(refund,))


def states(page: Page) -> list[str]:
    return [line.state.value for line in page.lines]


def orders(page: Page) -> list[News]:
    return [one for one in news(page) if type(one).__name__ == "OrderRefund"]


def test_an_order_waits_for_its_kiosk_and_is_a_task_when_that_is_away() -> None:
    _, page = ordered()
    assert waits_since(page) == START + timedelta(hours=1)
    assert (why(page), why(page, away=True)) == (None, "kiosk_away")
    assert "clarify" in acts(page, away=True) - acts(page)


def test_a_refund_that_the_bank_returns_is_done_without_the_kiosk_and_has_its_document() -> None:
    play, page = ordered()
    ended = with_documents(page, end_without_kiosk(page, bank(charged=False), LATER))
    assert (ended.refunds[0].state, ended.refunds[0].outcome) == (RefundState.DONE, "kiosk_gone")
    assert states(ended) == ["refunded", "posted", "posted"]
    assert (why(ended), orders(ended), waits_since(ended)) == (None, [], None)
    with pytest.raises(IllegalLineMove):
        end_without_kiosk(ended, bank(charged=False), LATER)
    # It comes back, and had the order after all.
    play.feed(e.ReversalOrdered("REV1", "MerchantCancel", "r1", BASKET[0].total))
    back = told(play, ended)
    assert why(back) is None
    play.feed(e.PartRefunded())
    back = told(play, back)
    assert (why(back), "clarify" in acts(back)) == ("contradicted", True)
    assert states(back) == states(ended), "nothing is put right silently"
    seen = end_without_kiosk(back, bank(charged=False), LATER)
    assert (why(seen), seen.refunds[0].state) == (None, RefundState.DONE)


def test_a_refund_that_the_bank_never_saw_leaves_its_line_to_a_person() -> None:
    play, page = ordered()
    play.feed(e.ReversalOrdered("REV1", "MerchantCancel", "r1", BASKET[0].total))
    page = told(play, page)
    assert page.refunds[0].state is RefundState.RUNNING
    ended = end_without_kiosk(page, bank(charged=True), LATER)
    assert (ended.refunds[0].state, why(ended), states(ended)[0]) == (RefundState.FAILED, "held", "held")
    play.feed(e.RefundRefused("no_connection"))
    assert why(told(play, ended)) == "held", "the kiosk confirms it"


def test_an_order_for_what_the_kiosk_had_returned_after_all_is_not_waited_for() -> None:
    play, page = ordered()
    whole = Refund("r1", (1, 2, 3), BASKET_SLIP.amount, "twice", "anna", START, RefundState.ORDERED)
    lines = tuple(replace(one, state=LineState.HELD) for one in page.lines)
    ended = end_without_kiosk(replace(page, lines=lines, refunds=(whole,)), bank(charged=True), LATER)
    again = ask_refund(ended, replace(whole, refund_id="r2", asked_at=LATER), second_person=False)
    assert len(orders(again)) == 1
    play.feed(e.ReversalOrdered("REV1", "MerchantCancel", "r1", BASKET_SLIP.amount))
    play.feed(e.Refunded())
    back = told(play, again)
    assert [one.state for one in back.refunds] == [RefundState.CONTRADICTED, RefundState.FAILED]
    assert (orders(back), why(back)) == ([], "contradicted")
    seen = end_without_kiosk(back, bank(charged=False), LATER)
    assert (why(seen), "by_hand" in acts(seen), states(seen)) == ("held", True, ["held"] * 3)


def test_a_payment_whose_outcome_only_the_bank_knows_is_posted_once_also_when_the_kiosk_comes_back() -> None:
    play = Play(e.PaymentAsked("PAY1"), e.AnswerLost("reset"), basket=BASKET)
    page = told(play)
    ended = end_without_kiosk(page, bank(charged=True), LATER)
    assert [one.state for one in work(ended)] == [LineState.CHECKING] * 3
    assert (waits_since(ended), why(ended)) == (None, None)
    play.feed(e.Charged(BASKET_SLIP))
    assert told(play, ended).lines == ended.lines
    other = Play(e.PaymentAsked("PAY1"), e.AnswerLost("reset"), e.Refused("Aborted"), basket=BASKET)
    back = told(other, end_without_kiosk(told(Play(*PARTS, basket=BASKET)), bank(charged=True), LATER))
    assert (back.purchase.state, why(back)) == (State.DECLINED, "contradicted")
    assert why(end_without_kiosk(back, bank(charged=True), LATER)) is None


PARTS = (e.PaymentAsked("PAY1"), e.AnswerLost("reset"))


def test_what_the_bank_does_not_have_is_closed_and_another_amount_is_never_posted() -> None:
    ended = end_without_kiosk(told(Play(*PARTS, basket=BASKET)), bank(charged=False), LATER)
    assert (ended.lines, why(ended), waits_since(ended)) == ((), None, None)
    wrong = told(Play(e.PaymentAsked("PAY1"), e.ChargedOtherAmount(BASKET_SLIP), basket=BASKET))
    with pytest.raises(IllegalLineMove):
        end_without_kiosk(wrong, bank(charged=True), LATER)
    assert why(end_without_kiosk(wrong, bank(charged=False), LATER)) is None


def test_only_what_waits_for_the_kiosk_may_be_ended_without_it() -> None:
    declined = told(Play(e.PaymentAsked("PAY1"), e.Refused("Refusal"), basket=BASKET))
    with pytest.raises(IllegalLineMove):
        end_without_kiosk(declined, bank(charged=True), LATER)
