"""When a purchase owes a fiscal document, and what may become of one."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from ground.money import Money
from payment import events as e
from payment import lines as ln
from payment.basket import Line, total
from payment.book import Page, Settled, at_document, at_line, news, receive_all, settle_documents, with_documents, work
from payment.documents import DOCUMENT_MOVES, Again, ByHand, DocumentPage, DocumentState, step
from payment.errors import IllegalLineMove
from payment.fiscal import FiscalMark
from payment.refunds import Refund, RefundState
from payment.register import FiscalRefused, Issued, Taken
from payment.tasks import acts, why
from tests.payment.purchases import BASKET, BASKET_SLIP, BILL, START, Play

MARK = FiscalMark("9999078900012345", 7, "123", "20261121T1500", BILL)
EVENTS = (Taken("u"), Issued(MARK), FiscalRefused("atol_32"), Again(), ByHand("the other till"))


def settled(basket: tuple[Line, ...] = BASKET) -> Page:
    slip = replace(BASKET_SLIP, amount=total(basket))
    page, _ = receive_all(None, "k", Play(e.PaymentAsked("PAY1"), e.Charged(slip), basket=basket).entries)
    assert page is not None
    for line in work(page):
        assert with_documents(page, page) is page
        page = at_line(before := page, line.line.number, ln.LinePosted("B"))
    return with_documents(before, page)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(DocumentState, EVENTS)))
def test_a_pair_without_a_row_is_an_error(state: DocumentState, event: object) -> None:
    page = DocumentPage("p", "sell", state)
    if (state, type(event)) in DOCUMENT_MOVES:
        assert step(page, event).state is DOCUMENT_MOVES[state, type(event)]  # type: ignore[arg-type]
        return
    with pytest.raises(IllegalLineMove):
        step(page, event)  # type: ignore[arg-type]


def test_the_sale_is_due_once_when_all_is_settled_and_a_refund_when_it_is_done() -> None:
    page = settled()
    assert [(one.document_id, one.kind) for one in page.documents] == [("p1", "sell")]
    assert with_documents(page, page) is page
    refund = Refund("r1", (1,), BASKET[0].total, "twice", "anna", START, RefundState.RUNNING)
    page = replace(page, refunds=(refund,))
    assert with_documents(page, page) is page
    page = with_documents(page, replace(page, refunds=(replace(refund, state=RefundState.DONE),)))
    assert [(one.document_id, one.kind) for one in page.documents] == [("p1", "sell"), ("r1", "sell_refund")]


def test_a_payment_in_a_country_without_the_duty_promises_no_document() -> None:
    euros = tuple(replace(one, amount=Money(one.amount.minor, "EUR"), fee=Money(0, "EUR")) for one in BASKET)
    page = settled(euros)
    assert page.documents == ()
    assert why(page) is None
    assert news(page) == [Settled(page.reference, document=False)]


def test_a_refusal_waits_for_a_person_and_has_a_new_key_only_when_the_register_had_it() -> None:
    page = at_document(settled(), "p1", FiscalRefused("atol_32"))
    assert (why(page), "document" in acts(page)) == ("document_refused", True)
    page = settle_documents(page, Again())
    assert (why(page), page.documents[0].external_id) == (None, "p1")
    page = at_document(at_document(page, "p1", Taken("u")), "p1", FiscalRefused("atol_1"))
    assert settle_documents(page, Again()).documents[0].external_id == "p1-again1"
    assert settle_documents(page, ByHand("by the other till")).documents[0].state is DocumentState.SETTLED
    with pytest.raises(IllegalLineMove):
        settle_documents(settled(), Again())
