"""Rules: nexo Retailer messages in Adyen's JSON: our requests, and what answers mean (payments.md 1.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from ground.money import Money, MoneyError
from payment.answers import (
    Category,
    Failure,
    Garbled,
    Granted,
    PoiTransaction,
    Repeated,
    Slip,
    Undone,
)
from payment.card_numbers import without_cards
from payment.effects import AskStatus, SendAbort, SendPayment, SendReversal
from payment.errors import MalformedMessage
from payment.nexo.profile import Profile

_TIMED_OUT = re.compile(r"time[d]?[ _+-]?out", re.IGNORECASE)
_MOST = Decimal("99999999.999999")  # of an amount in either direction (payments.md 1.3)
_SERVICE_ID = re.compile(r"[A-Za-z0-9]{1,10}")


def request(
    profile: Profile, category: str, service_id: str, body: dict[str, Any], *, device_id: str = ""
) -> dict[str, Any]:
    """A whole ``SaleToPOIRequest``; of the class Device when a ``device_id`` names one of its devices."""
    if not _SERVICE_ID.fullmatch(service_id):
        raise ValueError(f"not a ServiceID: {service_id!r}")
    header = {
        "ProtocolVersion": profile.protocol_version,
        "MessageClass": "Device" if device_id else "Service",
        "MessageCategory": category,
        "MessageType": "Request",
        "ServiceID": service_id,
        **({"DeviceID": device_id} if device_id else {}),
        "SaleID": profile.sale_id,
        "POIID": profile.poi_id,
    }
    return {"SaleToPOIRequest": {"MessageHeader": header, f"{category}Request": body}}


def payment(profile: Profile, wanted: SendPayment) -> dict[str, Any]:
    """A Payment of an exact amount in major units with two decimals."""
    return request(
        profile,
        "Payment",
        wanted.service_id,
        {
            "SaleData": _sale_data(wanted.sale_transaction_id, wanted.sale_transaction_at),
            "PaymentTransaction": {
                "AmountsReq": {"Currency": wanted.amount.currency, "RequestedAmount": wanted.amount.major}
            },
            "PaymentData": {"PaymentType": "Normal"},
        },
    )


def transaction_status(profile: Profile, wanted: AskStatus) -> dict[str, Any]:
    """A TransactionStatus that names the request it asks about."""
    return request(
        profile,
        "TransactionStatus",
        wanted.service_id,
        {
            "ReceiptReprintFlag": True,
            "DocumentQualifier": ["CustomerReceipt"],
            "MessageReference": _reference(profile, wanted.category, wanted.about),
        },
    )


def abort(profile: Profile, wanted: SendAbort) -> dict[str, Any]:
    """An Abort of a payment request."""
    return request(
        profile,
        "Abort",
        wanted.service_id,
        {"AbortReason": "MerchantAbort", "MessageReference": _reference(profile, "Payment", wanted.about)},
    )


def reversal(profile: Profile, wanted: SendReversal) -> dict[str, Any]:
    """A Reversal of a transaction, or of a part of it, by the terminal's own reference."""
    part = {} if wanted.amount is None else {"ReversedAmount": wanted.amount.major}
    return request(
        profile,
        "Reversal",
        wanted.service_id,
        {
            "OriginalPOITransaction": {
                "POITransactionID": {
                    "TransactionID": wanted.poi_transaction.id,
                    "TimeStamp": wanted.poi_transaction.timestamp,
                }
            },
            "ReversalReason": wanted.reason,
            **part,
            "SaleData": _sale_data(wanted.sale_transaction_id, wanted.sale_transaction_at),
        },
    )


def answer_body(message: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The ``<Category>Response`` of the answer to ``asked``. Raises MalformedMessage when any id differs."""
    ours = asked["SaleToPOIRequest"]["MessageHeader"]
    response = an_object(message, "SaleToPOIResponse")
    header = an_object(response, "MessageHeader")
    for name in ("MessageCategory", "ServiceID", "DeviceID", "SaleID", "POIID"):
        if header.get(name) != ours.get(name):
            raise MalformedMessage(f"another {name}")
    if header.get("MessageType") != "Response":
        raise MalformedMessage("not a response")
    return an_object(response, f"{ours['MessageCategory']}Response")


def read_payment(body: dict[str, Any]) -> Granted | Failure:
    """A PaymentResponse. Raises MalformedMessage."""
    result = a_text(an_object(body, "Response"), "Result")
    if result == "Failure":
        return read_failure(body)
    if result not in ("Success", "Partial"):
        raise MalformedMessage("an unknown Result")
    return Granted(_slip(body), partial=result == "Partial")


def read_reversal(body: dict[str, Any]) -> Undone | Failure:
    """A ReversalResponse. Raises MalformedMessage."""
    return Undone() if a_text(an_object(body, "Response"), "Result") == "Success" else read_failure(body)


def read_status(body: dict[str, Any]) -> Repeated | Failure:
    """A TransactionStatusResponse; who it is about is judged by the rules. Raises MalformedMessage."""
    if a_text(an_object(body, "Response"), "Result") == "Failure":
        return read_failure(body)
    repeated = an_object(body, "RepeatedMessageResponse")
    header = an_object(repeated, "MessageHeader")
    inner = an_object(repeated, "RepeatedResponseMessageBody")
    category = a_text(header, "MessageCategory")
    return Repeated(
        category,
        a_text(header, "SaleID"),
        a_text(header, "ServiceID"),
        a_text(header, "POIID"),
        _read_inner(category, inner),
    )


def read_failure(body: dict[str, Any]) -> Failure:
    """The Response of a Failure; its free text is only searched for a time-out (row 8) and kept short."""
    response = an_object(body, "Response")
    text = response.get("AdditionalResponse") or ""
    pairs = dict(parse_qsl(text)) if isinstance(text, str) else {}
    detail = pairs.get("message") or pairs.get("refusalReason") or ""
    timed_out = bool(_TIMED_OUT.search(f"{detail} {text}"))
    return Failure(a_text(response, "ErrorCondition"), timed_out, without_cards(shown(detail))[:200])


def _read_inner(category: str, inner: dict[str, Any]) -> Granted | Failure | Undone | Garbled:
    try:
        if category == "Payment":
            return read_payment(an_object(inner, "PaymentResponse"))
        if category == "Reversal":
            return read_reversal(an_object(inner, "ReversalResponse"))
    except MalformedMessage as error:
        return Garbled(str(error))
    return Garbled(f"category {category}")


def _slip(body: dict[str, Any]) -> Slip:
    transaction = an_object(an_object(body, "POIData"), "POITransactionID")
    result = an_object(body, "PaymentResult")
    amounts = an_object(result, "AmountsResp")
    card = a_part(a_part(result, "PaymentInstrumentData"), "CardData")
    acquirer = a_part(result, "PaymentAcquirerData")
    return Slip(
        an_amount(amounts.get("AuthorizedAmount"), a_text(amounts, "Currency")),
        PoiTransaction(a_text(transaction, "TransactionID"), a_text(transaction, "TimeStamp")),
        shown(card.get("PaymentBrand"))[:40],
        "".join(re.findall(r"\d", str(card.get("MaskedPan", ""))[-4:])),
        shown(acquirer.get("ApprovalCode"))[:20],
        _receipt(body),
    )


def _receipt(body: dict[str, Any]) -> tuple[str, ...]:
    """The customer's lines: each ``Text`` is ``name=..&value=..``, percent-encoded UTF-8."""
    lines = []
    for receipt in a_list(body, "PaymentReceipt"):
        if not isinstance(receipt, dict) or receipt.get("DocumentQualifier") != "CustomerReceipt":
            continue
        for piece in a_list(a_part(receipt, "OutputContent"), "OutputText"):
            pairs = dict(parse_qsl(str(piece.get("Text", "")))) if isinstance(piece, dict) else {}
            lines.append(shown(" ".join(pairs[key] for key in ("name", "value") if key in pairs)))
    return tuple(without_cards(line)[:80] for line in lines[:60])


def an_amount(value: Any, currency: str) -> Money:
    """An exact amount from major units, from nothing to the standard's most. Raises MalformedMessage."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise MalformedMessage("no amount")
    try:
        if not 0 <= value <= _MOST:
            raise MalformedMessage("an amount that cannot be")
        return Money.of_major(Decimal(value), currency)
    except (MoneyError, ArithmeticError) as error:
        raise MalformedMessage("not an amount") from error


def _sale_data(transaction_id: str, at: datetime) -> dict[str, Any]:
    return {"SaleTransactionID": {"TransactionID": transaction_id, "TimeStamp": a_time(at)}}


def _reference(profile: Profile, category: Category, about: str) -> dict[str, str]:
    return {
        "MessageCategory": category,
        "SaleID": profile.sale_id,
        "ServiceID": about,
        "POIID": profile.poi_id,
    }


def a_time(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def an_object(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The object of this name. Raises MalformedMessage."""
    found = value.get(name)
    if not isinstance(found, dict):
        raise MalformedMessage(f"no {name}")
    return found


def a_part(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The object of this name, or an empty one."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def a_text(value: dict[str, Any], name: str) -> str:
    """The text of this name. Raises MalformedMessage, also for one that no journal can keep."""
    found = value.get(name)
    if not isinstance(found, str) or not found.isprintable():
        raise MalformedMessage(f"no {name}")
    return found


def a_list(value: dict[str, Any], name: str) -> list[Any]:
    """The list of this name, or an empty one."""
    found = value.get(name)
    return found if isinstance(found, list) else []


def shown(text: Any) -> str:
    """What people read, without what cannot be shown, printed or kept: control characters, halves of a letter."""
    spaced = (" " if letter.isspace() else letter for letter in str(text or ""))
    return "".join(letter for letter in spaced if letter.isprintable())
