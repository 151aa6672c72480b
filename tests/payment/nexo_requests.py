"""One of each request that the nexo driver can send."""

from __future__ import annotations

from typing import Any

from ground.money import Money
from payment.answers import PoiTransaction
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal
from payment.nexo import messages, service
from payment.nexo.profile import Profile
from tests.payment.purchases import BILL, POI, SALE, START

PROFILE = Profile("127.0.0.1", 8443, POI, SALE, "ca.pem")
PAY = SendPayment("S1", "sale-1", START, BILL)
LINES = ("Счёт оплачен", "Rēķins: 12,50 EUR & more = ok")
_UNDO = SendReversal("S4", PoiTransaction("x", "2026-11-21T12:00:01.000Z"), "Unable2Compl", "sale-1", START)
_UNDO_PART = SendReversal(
    "S7", PoiTransaction("x", "2026-11-21T12:00:01.000Z"), "MerchantCancel", "sale-1", START, Money(450, "RUB")
)
REQUESTS: dict[str, dict[str, Any]] = {
    "Payment": messages.payment(PROFILE, PAY),
    "TransactionStatus": messages.transaction_status(PROFILE, AskStatus("S2", "Payment", "S1")),
    "TransactionStatus of a Reversal": messages.transaction_status(PROFILE, AskStatus("S8", "Reversal", "S4")),
    "Abort": messages.abort(PROFILE, SendAbort("S3", "S1")),
    "Reversal": messages.reversal(PROFILE, _UNDO),
    "Reversal of a part": messages.reversal(PROFILE, _UNDO_PART),
    "Diagnosis": service.diagnosis(PROFILE, "S5"),
    "Login": service.login(PROFILE, "S6", START, "0.1.0"),
    "Logout": service.logout(PROFILE, "S9"),
    "GetTotals": service.get_totals(PROFILE, "S10"),
    "Reconciliation": service.reconciliation(PROFILE, "S11"),
    "Reconciliation told again": service.reconciliation(PROFILE, "S12", "PreviousReconciliation", "000001"),
    "Display": service.display(PROFILE, "S13", LINES),
    "Print": service.printing(PROFILE, "S14", LINES),
}
