"""Rules: a purchase between two tongues: the visit's messages and the machine of money."""

from __future__ import annotations

from ground.money import Money
from kiosk.ipc import PurchaseShown, StartPurchase
from payment.basket import Line
from payment.record import Purchase
from payment.screen import screen_phase
from signaling.protocol.values import FiscalDocument, Sum

#: Phases in which the person needs nothing to come back with.
_WITHOUT_REFERENCE = ("connecting", "present_card", "cancelling", "processing", "declined", "not_sent", "not_charged")


def lines_of(wish: StartPurchase) -> list[Line]:
    """What is paid, as the book of money knows it."""
    return [
        Line(
            number,
            bill.supplier,
            bill.account,
            bill.service,
            Money(bill.amount.minor, bill.amount.currency),
            Money(bill.fee.minor, bill.fee.currency),
        )
        for number, bill in enumerate(wish.bills, 1)
    ]


def reference_of(purchase_id: str) -> str:
    """What a person is given to ask about a payment by: the end of its id, easy to read out."""
    letters = purchase_id.replace("-", "")[-8:].upper()
    return f"{letters[:4]}-{letters[4:]}"


def shown(purchase: Purchase) -> PurchaseShown:
    """How it stands, as the visit is told."""
    phase = screen_phase(purchase)
    return PurchaseShown(
        purchase_id=purchase.purchase_id,
        phase=phase.name,
        phrase=phase.phrase,
        can_cancel=phase.can_cancel,
        final=phase.final,
        amount=Sum(minor=purchase.amount.minor, currency=purchase.amount.currency),
        reference=None if phase.name in _WITHOUT_REFERENCE else reference_of(purchase.purchase_id),
        document=_document(purchase),
    )


def _document(purchase: Purchase) -> FiscalDocument | None:
    """The newest fiscal document: of the last refund, or of the payment itself."""
    if not purchase.documents:
        return None
    _, mark = purchase.documents[-1]
    total = Sum(minor=mark.total.minor, currency=mark.total.currency)
    return FiscalDocument(
        kind=mark.kind, number=mark.number, storage=mark.storage, sign=mark.sign, at=mark.at, total=total, qr=mark.qr
    )
