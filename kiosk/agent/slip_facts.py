"""Rules: a purchase in the words of its slip: what was paid to whom, how it stands, and which document proves it."""

from __future__ import annotations

from ground.money import Money
from kiosk.agent.shown_purchase import reference_of
from kiosk.ipc import StartPurchase
from kiosk.slips.payment_slip import PaidBill, PaymentFacts, SlipKind
from payment.fiscal import FiscalMark
from payment.moves import State
from payment.record import Purchase


def paid_bills(wish: StartPurchase) -> tuple[PaidBill, ...]:
    """The lines of a payment that begins."""
    return tuple(
        PaidBill(
            bill.supplier_name or wish.purpose,
            bill.supplier_phone,
            bill.account_masked,
            tuple(part for part in bill.service.split("+") if part),
            Money(bill.amount.minor, bill.amount.currency),
            Money(bill.fee.minor, bill.fee.currency),
        )
        for bill in wish.bills
    )


def facts_of(purchase: Purchase, bills: tuple[PaidBill, ...], kind: SlipKind, *, terminal_prints: bool) -> PaymentFacts:
    """All that a slip of this kind may say of it now."""
    return PaymentFacts(
        reference=reference_of(purchase.purchase_id),
        at=purchase.begun_at.astimezone(),
        bills=bills,
        amount=purchase.amount,
        card=purchase.slip,
        terminal_prints=terminal_prints,
        posted=purchase.state in (State.POSTED, State.FISCALISED),
        document_due=purchase.document_due and not purchase.documents,
        returned=_returned(purchase, kind),
    )


def mark_of(purchase: Purchase, kind: SlipKind) -> FiscalMark | None:
    """The newest fiscal document of the kind the slip is about."""
    wanted = {"receipt": "sell", "reversed": "sell_refund", "part_refunded": "sell_refund"}.get(kind)
    marks = [mark for _, mark in purchase.documents if wanted in (None, mark.kind)]
    return marks[-1] if marks else None


def _returned(purchase: Purchase, kind: SlipKind) -> Money | None:
    """What went back: by orders so far, or the whole charge."""
    if kind not in ("reversed", "part_refunded"):
        return None
    if purchase.refunded_minor:
        return Money(purchase.refunded_minor, purchase.amount.currency)
    return purchase.slip.amount if purchase.slip is not None else purchase.amount
