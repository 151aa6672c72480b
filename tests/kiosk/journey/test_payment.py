"""Paying: the sum, the phases, the outcome on any screen, and never "not paid" in doubt."""

import pytest

from kiosk.journey import events as e
from kiosk.journey.effects import CancelPurchase, EndVisit, StartPurchase, Still
from signaling.protocol import journey as i
from signaling.protocol.journey import Step
from signaling.protocol.values import BillView, Sum
from tests.kiosk.journey.people import Visitor, account, purchase, session


def _at_payment(debt: int = 128450) -> Visitor:
    return Visitor().touch(i.Touch(), i.OpenService(service="payment")).identified(account(debt=debt))


def _paying() -> Visitor:
    visitor = _at_payment().touch(i.Pay())
    return visitor.feel(purchase(visitor, "present_card"))


def test_the_sum_and_the_fee_even_of_nothing_are_shown_before_anything_is_charged() -> None:
    shown = _at_payment().view.payment
    assert shown is not None
    assert (shown.amount, shown.fee, shown.phase) == (
        Sum(minor=128450, currency="RUB"),
        Sum(minor=0, currency="RUB"),
        "offered",
    )


def test_pay_charges_the_debt_once() -> None:
    visitor = _at_payment().touch(i.Pay())
    starts = [effect for effect in visitor.last if isinstance(effect, StartPurchase)]
    assert [(start.bills[0].account, start.amount.minor) for start in starts] == [("7400124417", 128450)]
    assert visitor.step is Step.PAYING


def _with_bills() -> Visitor:
    """Somebody who owes for light, and at the same address for warmth (with a fee) and, in euro, for gas."""
    due = account()
    bills = tuple(
        BillView(
            account=number,
            account_masked=f"••••• {number[-4:]}",
            supplier=supplier,
            supplier_name=supplier,
            due=Sum(minor=minor, currency=currency),
            fee=Sum(minor=fee, currency=currency),
        )
        for number, supplier, minor, fee, currency in (
            (due.account, "elektro", due.debt.minor, 0, "RUB"),
            ("2211893", "teplo", 215640, 2156, "RUB"),
            ("90041234", "gaze", 4560, 0, "EUR"),
        )
    )
    told = due.model_copy(update={"bills": bills})
    return Visitor().touch(i.Touch(), i.OpenService(service="payment")).identified(told)


def test_every_bill_is_ticked_and_what_is_not_wanted_is_left_out() -> None:
    visitor = _with_bills()
    shown = visitor.view.payment
    assert shown is not None
    assert [(bill.supplier, bill.ticked) for bill in shown.bills] == [("elektro", True), ("teplo", True)]
    assert (shown.amount.minor, shown.fee.minor) == (128450 + 215640 + 2156, 2156)
    shown = visitor.touch(i.TickBill(place=1, ticked=False)).view.payment
    assert shown is not None
    assert (shown.amount.minor, shown.fee.minor) == (128450, 0)
    visitor.touch(i.TickBill(place=0, ticked=False), i.Pay())
    assert (visitor.step, visitor.phrase) == (Step.PAYMENT, "payment.nothing_ticked")
    assert not any(isinstance(effect, StartPurchase) for effect in visitor.all)


def test_one_payment_pays_what_is_ticked_and_the_rest_stays_due() -> None:
    visitor = _with_bills().touch(i.Pay())
    (start,) = [effect for effect in visitor.last if isinstance(effect, StartPurchase)]
    assert [(bill.account, bill.due.minor, bill.fee.minor) for bill in start.bills][1] == ("2211893", 215640, 2156)
    assert start.amount.minor == 128450 + 215640 + 2156
    visitor.feel(purchase(visitor, "approved", final=True, reference="P-1"))
    shown = visitor.view.payment
    assert shown is not None
    assert [bill.account_masked for bill in shown.bills][1] == "••••• 1893"
    account_left = visitor.view.account
    assert account_left is not None
    assert ([bill.account for bill in account_left.bills], account_left.debt.minor) == (["90041234"], 0)
    visitor.touch(i.Confirm(), i.OpenService(service="payment"), i.Pay())
    assert visitor.phrase == "payment.nothing_due"


def test_a_bill_of_another_supplier_under_the_same_number_stays_due() -> None:
    due = account()
    light, warmth = (
        BillView(
            account=due.account, account_masked="", supplier=supplier, supplier_name=supplier,
            due=due.debt, fee=Sum(minor=0, currency="RUB"),
        )
        for supplier in ("elektro", "teplo")
    )  # fmt: skip
    told = due.model_copy(update={"bills": (light, warmth)})
    visitor = Visitor().touch(i.Touch(), i.OpenService(service="payment")).identified(told)
    visitor.touch(i.TickBill(place=0, ticked=False), i.Pay())
    visitor.feel(purchase(visitor, "approved", final=True, reference="P-1"))
    left = visitor.view.account
    assert left is not None
    assert (left.bills, left.debt) == ((light,), due.debt)


def test_nothing_due_is_said_and_nothing_is_charged() -> None:
    visitor = _at_payment(debt=0).touch(i.Pay())
    assert (visitor.step, visitor.phrase) == (Step.PAYMENT, "payment.nothing_due")


def test_a_terminal_that_is_away_is_said_before_anything_is_charged() -> None:
    visitor = _at_payment().feel(e.WorldChanged(True, False)).touch(i.Pay())
    assert (visitor.step, visitor.phrase) == (Step.PAYMENT, "payment.not_offered")
    assert not any(isinstance(effect, StartPurchase) for effect in visitor.all)


def test_approved_brings_a_reference_and_the_debt_is_gone() -> None:
    visitor = _paying()
    visitor.feel(purchase(visitor, "approved", final=True, reference="P-4417"))
    assert visitor.step is Step.PAID
    assert [(each.kind, each.value) for each in visitor.view.references] == [("payment", "P-4417")]
    assert visitor.view.account is not None
    assert visitor.view.account.debt.minor == 0
    visitor.feel(purchase(visitor, "posted", final=True, reference="P-4417"))
    assert len(visitor.view.references) == 1


def test_declined_goes_back_to_the_sum_with_the_reason_and_may_be_tried_again() -> None:
    visitor = _paying()
    first = visitor.journey.purchase
    visitor.feel(purchase(visitor, "declined", final=True))
    assert (visitor.step, visitor.phrase) == (Step.PAYMENT, "payment.declined")
    visitor.touch(i.Pay())
    assert visitor.step is Step.PAYING
    assert first is not None
    assert visitor.journey.purchase is not None
    assert visitor.journey.purchase.purchase_id != first.purchase_id


def test_who_wants_to_go_before_the_card_is_taken_cancels_by_that() -> None:
    visitor = _paying()
    visitor.feel(purchase(visitor, "present_card")).touch(i.Finish())
    assert any(isinstance(effect, CancelPurchase) for effect in visitor.last)
    assert (visitor.step, visitor.phrase) == (Step.PAYING, "payment.finish_waits")
    visitor.touch(i.Finish())
    assert visitor.last == [], "once is enough"


def test_cancel_is_a_wish_and_an_approval_still_wins() -> None:
    visitor = _paying().touch(i.CancelPayment())
    assert any(isinstance(effect, CancelPurchase) for effect in visitor.last)
    assert visitor.step is Step.PAYING
    visitor.feel(purchase(visitor, "approved", final=True, reference="P-1"))
    assert visitor.step is Step.PAID


@pytest.mark.parametrize(
    "wish", [i.Finish(), i.Back(), i.OpenService(service="menu"), i.OpenService(service="readings")]
)
def test_nobody_leaves_a_payment_before_its_outcome(wish: i._Intent) -> None:
    visitor = _paying().touch(wish)
    assert (visitor.step, visitor.phrase) == (Step.PAYING, "payment.finish_waits")
    assert not visitor.wait(10_000).journey.ended


def test_unknown_says_so_under_a_reference_and_lets_the_person_go() -> None:
    visitor = _paying()
    visitor.feel(purchase(visitor, "unknown"))
    assert visitor.touch(i.Finish()).step is Step.PAYING
    visitor.feel(purchase(visitor, "unknown", reference="U-77"))
    assert visitor.view.payment is not None
    assert visitor.view.payment.phrase == "payment.unknown"
    assert [(each.kind, each.value) for each in visitor.view.references] == [("unknown_payment", "U-77")]
    assert visitor.touch(i.Finish()).step is Step.GOODBYE
    visitor.touch(i.Finish())
    assert EndVisit("finished") in visitor.last


def test_an_unknown_payment_cannot_be_paid_a_second_time() -> None:
    visitor = _paying()
    visitor.feel(purchase(visitor, "unknown", reference="U-77")).touch(i.Back(), i.OpenService(service="payment"))
    assert visitor.step is Step.PAYING
    assert len([effect for effect in visitor.all if isinstance(effect, StartPurchase)]) == 1


def test_an_unknown_payment_that_turns_out_paid_is_told_on_any_screen() -> None:
    visitor = _paying()
    visitor.feel(purchase(visitor, "unknown", reference="U-77")).touch(i.Back())
    visitor.feel(purchase(visitor, "approved", final=True, reference="U-77"))
    assert (visitor.step, visitor.phrase) == (Step.MENU, "payment.done_meanwhile")
    assert [each.kind for each in visitor.view.references] == ["payment"]


def test_a_person_can_be_asked_for_help_while_the_terminal_works() -> None:
    visitor = _paying().touch(i.OpenService(service="talk"))
    assert visitor.step is Step.TOPIC
    assert visitor.touch(i.Back()).step is Step.PAYING


def test_a_call_that_comes_up_during_a_payment_waits_on_the_payments_screen() -> None:
    visitor = _at_payment().in_line().touch(i.OpenService(service="payment"), i.Pay())
    visitor.feel(purchase(visitor, "present_card")).feel(e.TerminalActive(True))
    ticket_id = visitor.journey.ticket_id
    visitor.feel(e.SessionStarted(session(str(ticket_id))))
    assert visitor.step is Step.PAYING
    assert visitor.view.call is not None
    assert visitor.view.call.camera_covered
    assert Still(True) in visitor.last
    visitor.feel(e.TerminalActive(False)).feel(purchase(visitor, "approved", final=True, reference="P-1"))
    assert Still(False) in visitor.all
    assert visitor.touch(i.Confirm()).step is Step.CALL
