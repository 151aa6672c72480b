"""Rules: the emulated terminal's answers as nexo messages, built apart from our driver's so that a mistake differs."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from payment.emulators.terminal.ledger import Transaction

Message = dict[str, Any]
_ACQUIRER = {"MerchantID": "781000000042", "AcquirerPOIID": "275039202"}
#: TransactionType of nexo's PaymentTotals, by what a transaction was and how it ended.
_KINDS = {("Payment", "charged"): "Debit", ("Reversal", "reversed"): "ReverseDebit", ("Payment", "Refusal"): "Declined"}


def response(header: Message, category: str, content: Message) -> Message:
    """The answer to a request with this header."""
    answer_header = {**header, "MessageType": "Response"}
    return {"SaleToPOIResponse": {"MessageHeader": answer_header, f"{category}Response": content}}


def success(**more: Any) -> Message:
    """Result Success."""
    return {"Response": {"Result": "Success"}, **more}


def failure(condition: str, text: str) -> Message:
    """Result Failure with its ErrorCondition."""
    extra = urlencode({"message": text})
    return {"Response": {"Result": "Failure", "ErrorCondition": condition, "AdditionalResponse": extra}}


def payment_body(t: Transaction, asked: Message, period: str, leaked: str = "") -> Message:
    """A PaymentResponse. ``leaked`` is a whole card number that a bad terminal shows everywhere it can."""
    if t.outcome != "charged":
        return {**failure(t.outcome or "Aborted", f"{t.text} {leaked}".strip()), **_poi_data(t)}
    major = Decimal(t.charged).scaleb(-2)
    masked = leaked or f"{t.card[:6]} **** {t.card[-4:]}"
    card = {"MaskedPan": masked, "PaymentBrand": t.brand, "EntryMode": ["Contactless"]}
    acquirer = {
        **_ACQUIRER,
        "AcquirerTransactionID": {"TransactionID": t.rrn, "TimeStamp": t.at},
        "ApprovalCode": t.approval,
    }
    extra = urlencode({"posEntryMode": "CLESS", **({"pan": leaked} if leaked else {})})
    return {
        "Response": {"Result": "Partial" if t.partial else "Success", "AdditionalResponse": extra},
        **({"SaleData": asked["SaleData"]} if "SaleData" in asked else {}),
        "POIData": {**_poi_data(t)["POIData"], "POIReconciliationID": period},
        "PaymentResult": {
            "PaymentType": "Normal",
            "AmountsResp": {"AuthorizedAmount": major, "Currency": t.currency},
            "PaymentInstrumentData": {"PaymentInstrumentType": "Card", "CardData": card},
            "OnlineFlag": True,
            "AuthenticationMethod": ["PIN"],
            "PaymentAcquirerData": acquirer,
        },
        "PaymentReceipt": [_receipt(t, major, leaked)],
    }


def reversal_body(t: Transaction) -> Message:
    """A ReversalResponse."""
    return success(**_poi_data(t)) if t.outcome == "reversed" else failure(t.outcome or "Aborted", t.text)


def repeated(t: Transaction, reference: Message, poi_id: str, period: str) -> Message:
    """A TransactionStatusResponse that found it."""
    header = {
        "ProtocolVersion": "3.0",
        "MessageClass": "Service",
        "MessageCategory": t.category,
        "MessageType": "Response",
        "ServiceID": t.service_id,
        "SaleID": t.sale_id,
        "POIID": poi_id,
    }
    inner = payment_body(t, {}, period) if t.category == "Payment" else reversal_body(t)
    told = {"MessageHeader": header, "RepeatedResponseMessageBody": {f"{t.category}Response": inner}}
    return success(MessageReference=reference, RepeatedMessageResponse=told)


def diagnosis(*, busy: bool, printer: str, faults: Iterable[str]) -> Message:
    """A DiagnosisResponse; ``faults`` names the flags that are not OK."""
    names = ("CommunicationOKFlag", "PEDOKFlag", "CardReaderOKFlag", "SecurityOKFlag")
    broken = set(faults)
    flags = {name: name not in broken for name in names}
    status = "Busy" if busy else "Maintenance" if broken else "OK"
    return success(
        POIStatus={"GlobalStatus": status, "PrinterStatus": printer, **flags},
        HostStatus=[{"AcquirerID": "INFOMAT", "IsReachableFlag": True}],
    )


def totals(period: str, ended: Iterable[Transaction]) -> Message:
    """TransactionTotals of a period, by brand and currency."""
    sums: dict[tuple[str, str], dict[str, list[int]]] = {}
    for t in ended:
        kind = _KINDS.get((t.category, t.outcome or ""), "Failed")
        amount = abs(t.charged) if kind in ("Debit", "ReverseDebit") else t.amount
        sums.setdefault((t.brand, t.currency), {}).setdefault(kind, []).append(amount)
    groups = [
        {
            "PaymentInstrumentType": "Card",
            **({"CardBrand": brand} if brand else {}),
            "PaymentCurrency": currency,
            "PaymentTotals": [
                {
                    "TransactionType": kind,
                    "TransactionCount": len(amounts),
                    "TransactionAmount": Decimal(sum(amounts)).scaleb(-2),
                }
                for kind, amounts in kinds.items()
            ],
        }
        for (brand, currency), kinds in sums.items()
        if currency
    ]
    return success(POIReconciliationID=period, **({"TransactionTotals": groups} if groups else {}))


def _poi_data(t: Transaction) -> Message:
    return {"POIData": {"POITransactionID": {"TransactionID": t.poi_transaction, "TimeStamp": t.at}}}


def _receipt(t: Transaction, major: Decimal, leaked: str) -> Message:
    card = leaked or f"**** {t.card[-4:]}"
    pairs = [("Emulated terminal", ""), ("Card", card), ("Total", f"{major} {t.currency}")]
    lines = [f"name={quote(name)}&value={quote(value)}" if value else f"name={quote(name)}" for name, value in pairs]
    return {
        "DocumentQualifier": "CustomerReceipt",
        "RequiredSignatureFlag": False,
        "OutputContent": {
            "OutputFormat": "Text",
            "OutputText": [{"Text": line, "EndOfLineFlag": True} for line in lines],
        },
    }
