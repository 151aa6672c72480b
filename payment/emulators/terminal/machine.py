"""Adapter: the emulated terminal itself: one transaction at a time, a card to wait for, a ledger.

Answers are nexo messages built here, apart from our driver's, so that a mistake there is not repeated here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from ground.clock import Clock
from payment.emulators.terminal.ledger import Ledger, Transaction
from payment.emulators.terminal.script import OUTCOMES, Order

Message = dict[str, Any]
_ACQUIRER = {"MerchantID": "INFOMAT", "AcquirerPOIID": "275039202"}


class CardMachine:
    """What happens at the counter. ``on_change`` is called whenever the display should be drawn anew."""

    def __init__(self, poi_id: str, ledger: Ledger, clock: Clock, expiry: float) -> None:
        self.poi_id, self._ledger, self._clock, self._expiry = poi_id, ledger, clock, expiry
        self.running: Transaction | None = None
        self.last: Transaction | None = None
        self.powered = True
        self.on_change: Callable[[], None] = lambda: None
        self._card: asyncio.Future[str] | None = None
        self._forgotten: set[tuple[str, str, str]] = set()
        ledger.end_what_was_cut_off()

    def present(self, outcome: str) -> bool:
        """Somebody holds a card to it, or presses stop; False when nothing is being asked."""
        if self._card is None or self._card.done():
            return False
        self._card.set_result(outcome)
        return True

    def lose_power(self, *, forget: bool) -> None:
        """The running transaction is cut off; with ``forget`` its memory of transactions is gone too."""
        if self._card is not None and not self._card.done():
            self._card.set_result("Aborted")
        if forget:
            self._forgotten |= set(self._ledger.transactions)
        self.powered = False
        self.on_change()

    def start_again(self) -> None:
        """Power is back."""
        self.powered = True
        self.on_change()

    async def answer(self, request: Message, order: Order | None) -> Message | None:
        """The response to one ``SaleToPOIRequest``; None for Abort, which has none (payments.md 1.3)."""
        header = request["SaleToPOIRequest"]["MessageHeader"]
        category = header["MessageCategory"]
        body = request["SaleToPOIRequest"].get(f"{category}Request", {})
        match category:
            case "Payment":
                content = await self._pay(header, body, order)
            case "Reversal":
                content = self._reverse(header, body, order)
            case "TransactionStatus":
                content = self._status(header, body)
            case "Abort":
                self._abort(body)
                return None
            case "Login":
                content = {"Response": {"Result": "Success"}}
            case "Diagnosis":
                content = self._diagnose()
            case _:
                content = _failure("NotAllowed", f"category {category}")
        return _response(header, category, content)

    async def _pay(self, header: Message, body: Message, order: Order | None) -> Message:
        if self.running is not None:
            return _failure("Busy", "another transaction is running")
        outcome = order.outcome if order else None
        if outcome in ("busy", "in_progress", "logged_out"):
            return _failure(OUTCOMES[outcome], "as ordered")
        amounts = body["PaymentTransaction"]["AmountsReq"]
        minor = int(Decimal(amounts["RequestedAmount"]) * 100)
        transaction = self._transaction(header, "Payment", minor, amounts["Currency"])
        self._ledger.begin(transaction)
        self.running, self._card = transaction, asyncio.get_running_loop().create_future()
        self.on_change()
        try:
            if order and order.outcome:
                outcome = order.outcome
            else:
                outcome = await asyncio.wait_for(self._card, self._expiry)
        except TimeoutError:
            outcome = "time_out"
        ended = self._end(transaction, outcome or "Aborted", order)
        self.running, self._card, self.last = None, None, ended
        self.on_change()
        return self._payment_body(ended, body)

    def _end(self, transaction: Transaction, outcome: str, order: Order | None) -> Transaction:
        if outcome == "approve":
            return self._ledger.end(transaction, "charged", charged=transaction.amount)
        if outcome in ("other_amount", "partial"):
            charged = order.amount if order and order.amount is not None else transaction.amount // 2
            partial = outcome == "partial"
            return self._ledger.end(transaction, "charged", charged=charged, partial=partial)
        text = "Shopper timed out" if outcome == "time_out" else "declined"
        return self._ledger.end(transaction, OUTCOMES.get(outcome, outcome), text=text)

    def _reverse(self, header: Message, body: Message, order: Order | None) -> Message:
        if self.running is not None:
            return _failure("Busy", "another transaction is running")
        name = body["OriginalPOITransaction"]["POITransactionID"]["TransactionID"]
        original = self._ledger.by_poi_transaction(name)
        transaction = self._transaction(header, "Reversal", 0, "")
        self._ledger.begin(transaction)
        refused = order is not None and order.outcome not in (None, "approve")
        if original is None or original.outcome != "charged" or refused or self._ledger.reversed(name):
            ended = self._ledger.end(transaction, "Refusal", text="cannot be reversed")
        else:
            ended = self._ledger.end(transaction, "reversed", charged=-original.charged, text=name)
        return self._reversal_body(ended)

    def _status(self, header: Message, body: Message) -> Message:
        reference = body.get("MessageReference") or {}
        found = self._look_up(header, reference)
        if found is None:
            return _failure("NotFound", "no such transaction")
        if found.outcome is None:
            return _failure("InProgress", "waiting for the card")
        inner = self._payment_body(found, {}) if found.category == "Payment" else self._reversal_body(found)
        head = {
            "ProtocolVersion": "3.0",
            "MessageClass": "Service",
            "MessageCategory": found.category,
            "MessageType": "Response",
            "ServiceID": found.service_id,
            "SaleID": found.sale_id,
            "POIID": self.poi_id,
        }
        return {
            "Response": {"Result": "Success"},
            "MessageReference": reference,
            "RepeatedMessageResponse": {
                "MessageHeader": head,
                "RepeatedResponseMessageBody": {f"{found.category}Response": inner},
            },
        }

    def _look_up(self, header: Message, reference: Message) -> Transaction | None:
        known = [t for key, t in self._ledger.transactions.items() if key not in self._forgotten]
        if not reference:  # the most recent one, as real terminals do
            return known[-1] if known else None
        wanted = (
            reference.get("MessageCategory"),
            reference.get("SaleID", header["SaleID"]),
            reference.get("ServiceID"),
        )
        return next((t for t in known if t.key == wanted), None)

    def _abort(self, body: Message) -> None:
        about = (body.get("MessageReference") or {}).get("ServiceID")
        if self.running is not None and self.running.service_id == about:
            self.present("Aborted")

    def _diagnose(self) -> Message:
        status = "Busy" if self.running else "OK"
        flags = dict.fromkeys(("CommunicationOKFlag", "PEDOKFlag", "CardReaderOKFlag", "SecurityOKFlag"), True)
        return {
            "Response": {"Result": "Success"},
            "POIStatus": {"GlobalStatus": status, "PrinterStatus": "OK", **flags},
            "HostStatus": [{"AcquirerID": "INFOMAT", "IsReachableFlag": True}],
        }

    def _transaction(self, header: Message, category: str, minor: int, currency: str) -> Transaction:
        number = f"{len(self._ledger.transactions) + 1:08d}"
        at = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        name = f"BV0q{number}.{header['ServiceID']}"
        return Transaction(category, header["SaleID"], header["ServiceID"], name, at, minor, currency)

    def _payment_body(self, t: Transaction, asked: Message) -> Message:
        if t.outcome != "charged":
            return {**_failure(t.outcome or "Aborted", t.text), **_poi_data(t)}
        major = Decimal(t.charged).scaleb(-2)
        card = {"MaskedPan": "541333 **** 9999", "PaymentBrand": "mc", "EntryMode": ["Contactless"]}
        return {
            "Response": {"Result": "Partial" if t.partial else "Success", "AdditionalResponse": "posEntryMode=CLESS"},
            **({"SaleData": asked["SaleData"]} if "SaleData" in asked else {}),
            **_poi_data(t),
            "PaymentResult": {
                "PaymentType": "Normal",
                "AmountsResp": {"AuthorizedAmount": major, "Currency": t.currency},
                "PaymentInstrumentData": {"PaymentInstrumentType": "Card", "CardData": card},
                "OnlineFlag": True,
                "AuthenticationMethod": ["PIN"],
                "PaymentAcquirerData": {**_ACQUIRER, "ApprovalCode": t.poi_transaction[6:12]},
            },
            "PaymentReceipt": [_receipt(t, major)],
        }

    def _reversal_body(self, t: Transaction) -> Message:
        if t.outcome != "reversed":
            return _failure(t.outcome or "Aborted", t.text)
        return {"Response": {"Result": "Success"}, **_poi_data(replace(t))}


def _response(header: Message, category: str, content: Message) -> Message:
    answer_header = {**header, "MessageType": "Response"}
    return {"SaleToPOIResponse": {"MessageHeader": answer_header, f"{category}Response": content}}


def _failure(condition: str, text: str) -> Message:
    extra = urlencode({"message": text})
    return {"Response": {"Result": "Failure", "ErrorCondition": condition, "AdditionalResponse": extra}}


def _poi_data(t: Transaction) -> Message:
    return {"POIData": {"POITransactionID": {"TransactionID": t.poi_transaction, "TimeStamp": t.at}}}


def _receipt(t: Transaction, major: Decimal) -> Message:
    pairs = [("Emulated terminal", ""), ("Card", "**** 9999"), ("Total", f"{major} {t.currency}")]
    lines = [f"name={quote(name)}&value={quote(value)}" if value else f"name={quote(name)}" for name, value in pairs]
    return {
        "DocumentQualifier": "CustomerReceipt",
        "RequiredSignatureFlag": False,
        "OutputContent": {
            "OutputFormat": "Text",
            "OutputText": [{"Text": line, "EndOfLineFlag": True} for line in lines],
        },
    }
