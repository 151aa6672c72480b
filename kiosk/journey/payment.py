"""Rules: paying by card as the screen knows it. The words follow the purchase machine; never "not paid" in doubt."""

from __future__ import annotations

from dataclasses import replace

from kiosk.journey import notices
from kiosk.journey.effects import CancelPurchase, Cue, Effect, StartPurchase, Still
from kiosk.journey.events import PurchaseShown, TerminalActive
from kiosk.journey.places import Outcome, at_home
from kiosk.journey.state import Journey, Purchase
from signaling.protocol.journey import BillEntry, Reference, Step, TickBill
from signaling.protocol.values import AccountView, BillView, Sum

Bills = tuple[tuple[int, BillView], ...]


def bills(account: AccountView | None) -> Bills:
    """What may be paid now, each with its place: everything due in the currency of the account in view."""
    if account is None:
        return ()
    return tuple(
        (place, bill)
        for place, bill in enumerate(account.bills or (_own_bill(account),))
        if bill.due.minor > 0 and bill.due.currency == account.debt.currency
    )


def entries(due: Bills, unticked: frozenset[int] = frozenset()) -> tuple[BillEntry, ...]:
    """The bills as they are shown: with nothing unmasked."""
    return tuple(
        BillEntry(**bill.model_dump(exclude={"account"}), place=place, ticked=place not in unticked)
        for place, bill in due
    )


def _own_bill(account: AccountView) -> BillView:
    """The account's debt as its one bill."""
    return BillView(
        account=account.account,
        account_masked=account.account_masked,
        supplier=account.supplier,
        supplier_name=account.supplier_name,
        due=account.debt,
        fee=Sum(minor=0, currency=account.debt.currency),
    )


def totals(paid: Bills, currency: str) -> tuple[Sum, Sum]:
    """What the card is charged, and how much of it is the fee."""
    fee = sum(bill.fee.minor for _, bill in paid)
    minor = fee + sum(bill.due.minor for _, bill in paid)
    return Sum(minor=minor, currency=currency), Sum(minor=fee, currency=currency)


def ticked(journey: Journey) -> Bills:
    """What is to be paid."""
    return tuple((place, bill) for place, bill in bills(journey.account) if place not in journey.unticked)


def tick(journey: Journey, intent: TickBill) -> Outcome:
    """Pay this bill too, or not now."""
    unticked = journey.unticked - {intent.place} if intent.ticked else journey.unticked | {intent.place}
    return replace(journey, unticked=unticked, notice=None), []


def pay(journey: Journey, purchase_id: str) -> Outcome:
    """Start to pay what is ticked; a payment that is not decided is shown instead of a second one."""
    if journey.purchase_open:
        return replace(journey, step=Step.PAYING), []
    if journey.account is None or not bills(journey.account):
        return replace(journey, notice=notices.info(notices.NOTHING_DUE)), []
    chosen = ticked(journey)
    if not chosen:
        return replace(journey, notice=notices.info(notices.NOTHING_TICKED)), []
    if not journey.payments_offered:
        return replace(journey, notice=notices.warning(notices.NOT_OFFERED)), []
    amount, _ = totals(chosen, journey.account.debt.currency)
    purpose = ", ".join(dict.fromkeys(bill.supplier_name for _, bill in chosen))[:200]
    purchase = Purchase(purchase_id, amount, purpose, chosen)
    start = StartPurchase(purchase_id, tuple(bill for _, bill in chosen), amount, purpose)
    return replace(journey, step=Step.PAYING, purchase=purchase, notice=None), [start]


def cancel(journey: Journey) -> Outcome:
    """Wish the payment to stop; what becomes of it is told by the agent."""
    purchase = journey.purchase
    if purchase is None or not purchase.can_cancel:
        return journey, []
    return replace(journey, purchase=replace(purchase, can_cancel=False)), [CancelPurchase(purchase.purchase_id)]


def shown(journey: Journey, event: PurchaseShown) -> Outcome:
    """The purchase moved. An outcome finds the person on any screen: as a reference and a notice."""
    before = journey.purchase
    if before is None or before.purchase_id != event.purchase_id:
        return journey, []
    purchase = before.shown(event)
    journey = replace(journey, purchase=purchase, references=_references(journey, purchase))
    if purchase.paid and not purchase.ever_paid:
        return _paid(journey, purchase)
    if purchase.certainly_unpaid and not before.certainly_unpaid:
        step = Step.PAYMENT if journey.step is Step.PAYING else journey.step
        return replace(journey, step=step, notice=notices.warning(purchase.phrase)), []
    if purchase.phase != before.phase and purchase.may_leave and not purchase.paid and not purchase.certainly_unpaid:
        values = {"reference": purchase.reference} if purchase.reference else {}
        return replace(journey, notice=notices.warning(purchase.phrase, **values)), []
    return journey, []


def back(journey: Journey) -> Outcome:
    """Away from the payment in view: not before it is decided, or being clarified under a reference."""
    if journey.paying and journey.step is Step.PAYING and journey.session is None:
        return replace(journey, notice=notices.info(notices.FINISH_WAITS)), []
    return at_home(replace(journey, notice=None)), []


def terminal(journey: Journey, event: TerminalActive) -> Outcome:
    """While the card terminal is in use nobody watches: outgoing pictures are a still."""
    return replace(journey, terminal_active=event.active), [Still(event.active)]


def _paid(journey: Journey, purchase: Purchase) -> Outcome:
    effects: list[Effect] = [Cue("done")]
    account = journey.account
    if account is not None:
        paid = {(bill.supplier, bill.account): bill.due.minor for _, bill in purchase.bills}
        own = paid.get((account.supplier, account.account), 0)
        left = Sum(minor=account.debt.minor - own, currency=account.debt.currency)
        unpaid = tuple(bill for bill in account.bills if (bill.supplier, bill.account) not in paid)
        update = {"debt": left, "bills": unpaid}
        journey = replace(journey, account=account.model_copy(update=update), unticked=frozenset())
    if journey.step is Step.PAYING:
        return replace(journey, step=Step.PAID, notice=None), effects
    return replace(journey, notice=notices.success(notices.PAID_MEANWHILE)), effects


def _references(journey: Journey, purchase: Purchase) -> tuple[Reference, ...]:
    """One reference for this purchase: of the payment, or of the matter to be clarified, or none."""
    others = tuple(
        each
        for each in journey.references
        if each.kind not in ("payment", "unknown_payment") or each.value != purchase.reference
    )
    if purchase.reference is None or purchase.certainly_unpaid:
        return others
    if purchase.paid:
        return (*others, Reference(kind="payment", text="reference.payment", value=purchase.reference))
    if purchase.may_leave:
        return (*others, Reference(kind="unknown_payment", text="reference.unknown_payment", value=purchase.reference))
    return others
