"""Rules: paying by card as the screen knows it. The words follow the purchase machine; never "not paid" in doubt."""

from __future__ import annotations

from dataclasses import replace

from kiosk.journey import notices
from kiosk.journey.effects import CancelPurchase, Cue, Effect, StartPurchase, Still
from kiosk.journey.events import PurchaseShown, TerminalActive
from kiosk.journey.places import Outcome, at_home
from kiosk.journey.state import Journey, Purchase
from signaling.protocol.journey import Reference, Step
from signaling.protocol.values import Sum


def pay(journey: Journey, purchase_id: str) -> Outcome:
    """Start to pay what is due; a payment that is not decided is shown instead of a second one."""
    if journey.purchase_open:
        return replace(journey, step=Step.PAYING), []
    account = journey.account
    if account is None or account.debt.minor <= 0:
        return replace(journey, notice=notices.info(notices.NOTHING_DUE)), []
    if not journey.payments_offered:
        return replace(journey, notice=notices.warning(notices.NOT_OFFERED)), []
    purchase = Purchase(purchase_id, account.debt, account.supplier_name, account.account)
    start = StartPurchase(purchase_id, account.account, account.debt, account.supplier_name)
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
    if purchase.paid and not before.paid:
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
    if account is not None and account.account == purchase.account:
        left = Sum(minor=account.debt.minor - purchase.amount.minor, currency=account.debt.currency)
        journey = replace(journey, account=account.model_copy(update={"debt": left}))
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
