"""Payments at a desk: asked for, shown, and never done without a word from the server that it may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operator_console import happenings as h
from operator_console import payment_acts as pa
from operator_console.desk import Desk, step
from operator_console.desk_state import permitted
from operator_console.errors import ActNotPermitted
from operator_console.gallery_states import NOW, states
from signaling.protocol import purchasing as p
from signaling.protocol.errors import ErrorCode
from signaling.protocol.events import OperatorChanged
from signaling.protocol.values import OperatorStatus, Role


def sent(desk: Desk, happening: h.Happening) -> tuple[Desk, list[object]]:
    desk, effects = step(desk, happening, NOW)
    return desk, [one.command for one in effects if isinstance(one, h.Send)]


def with_tasks(role: Role = Role.SUPERVISOR) -> Desk:
    return replace(states()["payments"], role=role)


def test_what_waits_is_asked_for_when_the_link_is_there_and_at_every_change() -> None:
    desk = replace(with_tasks(), online=False)
    _, commands = sent(desk, h.LinkChanged(True))
    assert p.PurchaseTasks() in commands
    assert sent(desk, h.ServerSaid(p.PaymentTasksChanged()))[1] == [p.PurchaseTasks(), p.DifferenceTasks()]
    operator = replace(desk, role=Role.OPERATOR)
    assert sent(operator, h.ServerSaid(p.PaymentTasksChanged()))[1] == [p.PurchaseTasks()]


def test_a_number_is_looked_for_and_what_was_found_is_in_view() -> None:
    desk, commands = sent(with_tasks(), pa.LookedForPurchase(" 4F2A-7715 "))
    assert commands == [p.PurchaseFind(reference="4F2A-7715")]
    card = desk.payments.tasks[1]
    desk, _ = step(desk, h.Replied(p.PurchaseFind(reference="4F2A-7715"), p.PurchaseCards(cards=(card,))), NOW)
    assert desk.payments.card == card
    desk, _ = step(desk, h.Refused(p.PurchaseFind(reference="x"), ErrorCode.PURCHASE_UNKNOWN), NOW)
    assert desk.notice is not None
    assert desk.notice.phrase == "error.purchase.unknown"


def test_those_of_the_visit_need_a_conversation() -> None:
    assert sent(with_tasks(), pa.LookedForPurchase())[1] == []
    talking = states()["call"]
    assert talking.conversation is not None
    session_id = talking.conversation.session.session_id
    assert sent(talking, pa.LookedForPurchase())[1] == [p.PurchaseFind(session_id=session_id)]


def test_only_what_the_server_offers_is_sent() -> None:
    desk = with_tasks()
    refund = pa.AskedRefund("r1", (2,), "the account is closed")
    (ask,) = sent(desk, refund)[1]
    assert isinstance(ask, p.RefundAsk)
    assert (ask.refund_id, ask.lines, ask.reason) == ("r1", (2,), "the account is closed")
    (settle,) = sent(desk, pa.SettledLine("post_again", "it exists now"))[1]
    assert isinstance(settle, p.LineSettle)
    assert settle.line == 2
    assert sent(desk, pa.DecidedRefund(True))[1] == []
    assert sent(desk, pa.ClarifiedPurchase(True, "bank file"))[1] == []
    parked, _ = step(desk, pa.ChosePurchase(desk.payments.tasks[1].purchase_id), NOW)
    (clarify,) = sent(parked, pa.ClarifiedPurchase(True, "bank file"))[1]
    assert isinstance(clarify, p.PurchaseClarify)
    second, _ = step(desk, pa.ChosePurchase(desk.payments.tasks[2].purchase_id), NOW)
    (decide,) = sent(second, pa.DecidedRefund(False))[1]
    assert isinstance(decide, p.RefundDecide)
    assert not decide.agreed


def test_what_became_of_it_replaces_the_card_in_both_lists() -> None:
    desk = with_tasks()
    fresh = desk.payments.tasks[0].model_copy(update={"why": "", "acts": ()})
    answer = p.PurchaseCards(cards=(fresh,))
    command = p.LineSettle(purchase_id=fresh.purchase_id, line=2, how="by_hand", note="by transfer")
    desk, _ = step(desk, h.Replied(command, answer), NOW)
    assert desk.payments.tasks[0] == desk.payments.found[0] == desk.payments.card == fresh


def test_an_administrator_sees_no_payments() -> None:
    desk = replace(states()["floor"], role=Role.ADMINISTRATOR)
    assert h.Act.PAYMENTS not in permitted(desk)
    with pytest.raises(ActNotPermitted):
        step(desk, pa.LookedForPurchase("4F2A-7715"), NOW)


def with_differences() -> Desk:
    return states()["payments_difference"]


def test_a_difference_is_settled_as_the_server_offers_and_only_in_writing() -> None:
    desk = with_differences()
    mine, free, *_ = desk.payments.differences
    assert desk.payments.difference_card == mine
    assert sent(desk, pa.SettledDifference("resolve", " x "))[1] == []
    assert sent(desk, pa.SettledDifference("take"))[1] == []
    asked, (command,) = sent(desk, pa.SettledDifference("resolve", " letter 118 "))
    assert command == p.DifferenceSettle(difference_id=mine.difference_id, how="resolve", note="letter 118")
    done = mine.model_copy(update={"state": "resolved", "acts": ()})
    after, _ = step(asked, h.Replied(command, p.DifferenceCards(cards=(done,))), NOW)  # type: ignore[arg-type]
    assert after.payments.difference_card == done
    assert after.payments.waiting == desk.payments.waiting - 1
    desk, _ = step(desk, pa.ChoseDifference(free.difference_id), NOW)
    take = p.DifferenceSettle(difference_id=free.difference_id, how="take")
    assert sent(desk, pa.SettledDifference("take"))[1] == [take]


def test_the_payment_of_a_difference_comes_into_view_and_the_difference_goes() -> None:
    desk = with_differences()
    (card,) = desk.payments.found
    desk, (command,) = sent(desk, pa.LookedForPurchase("4F2A-7714"))
    desk, _ = step(desk, h.Replied(command, p.PurchaseCards(cards=(card,))), NOW)  # type: ignore[arg-type]
    assert (desk.payments.card, desk.payments.difference_card) == (card, None)


def test_what_one_visitor_has_paid_is_not_before_the_next() -> None:
    talking = states()["call"]
    assert talking.conversation is not None
    find = p.PurchaseFind(session_id=talking.conversation.session.session_id)
    answer = h.Replied(find, p.PurchaseCards(cards=(with_tasks().payments.tasks[0],)))
    told, _ = step(talking, answer, NOW)
    assert told.payments.card is not None
    operator = told.operator
    assert operator is not None
    free = h.ServerSaid(OperatorChanged(operator=operator.model_copy(update={"status": OperatorStatus.AVAILABLE})))
    gone, _ = step(told, free, NOW)
    late, _ = step(step(talking, free, NOW)[0], answer, NOW)
    for desk in (gone, late):
        assert desk.conversation is None
        assert (desk.payments.found, desk.payments.card) == ((), None)
