"""nexo messages: exact amounts, required fields and lengths, and what answers are read as."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground.money import Money
from payment.answers import Failure, Garbled, Granted, Health, PoiTransaction, Repeated, Undone
from payment.effects import SendPayment
from payment.errors import MalformedMessage
from payment.events import Charged, Entry, entry_from_json, entry_to_json
from payment.nexo import messages, service
from payment.nexo.json_text import from_json, to_json
from tests.payment.nexo_requests import PROFILE, REQUESTS
from tests.payment.purchases import BILL, POI, SALE, START


@pytest.mark.conformance(2)
@pytest.mark.parametrize("category", REQUESTS)
def test_every_request_has_the_header_and_the_body_of_its_category(category: str) -> None:
    envelope = REQUESTS[category]["SaleToPOIRequest"]
    header, category = envelope["MessageHeader"], category.split()[0]
    kind = "Device" if category in ("Display", "Print") else "Service"
    assert header["MessageCategory"] == category
    assert (header["MessageClass"], header["MessageType"], header["ProtocolVersion"]) == (kind, "Request", "3.0")
    assert (header["SaleID"], header["POIID"]) == (SALE, POI)
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,10}", header[name]) for name in ("ServiceID", "DeviceID") if name in header)
    assert ("DeviceID" in header) is (kind == "Device")
    assert set(envelope) == {"MessageHeader", f"{category}Request"}


#: Rules of the fields we use (Adyen's terminal API): where -> what must match, in every request that has it.
FIELDS = {
    "ServiceID": r"[A-Za-z0-9]{1,10}",
    "DeviceID": r"[A-Za-z0-9]{1,10}",
    "SaleID": r".{1,64}",
    "POIID": r"[A-Za-z0-9]+-[A-Za-z0-9]+",
    "Currency": r"[A-Z]{3}",
    "RequestedAmount": r"\d{1,8}\.\d\d",
    "ReversedAmount": r"\d{1,8}\.\d\d",
    "OperatorLanguage": r"[a-z]{2}",
    "TimeStamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "DateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "PaymentType": r"Normal|Refund",
    "ReversalReason": r"CustCancel|MerchantCancel|Malfunction|Unable2Compl",
    "ReconciliationType": r"(Sale|Acquirer|Previous)Reconciliation|AcquirerSynchronisation",
    "TransactionID": r".{1,}",
    "MessageClass": r"Service|Device|Event",
    "TerminalEnvironment": r"Attended|SemiAttended|Unattended",
}


def fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Every named value in a message, at any depth."""
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            yield from fields(inner)
        else:
            yield str(name), inner


@pytest.mark.conformance(2)
def test_every_field_keeps_its_rule_and_every_rule_is_met_somewhere() -> None:
    seen = set()
    for message in REQUESTS.values():
        for name, value in fields(message):
            if name in FIELDS:
                seen.add(name)
                assert re.fullmatch(FIELDS[name], str(value)), (name, value)
    assert seen == set(FIELDS)


def test_a_payment_says_the_amount_in_major_units_with_two_decimals() -> None:
    text = to_json(REQUESTS["Payment"])
    assert '"AmountsReq":{"Currency":"RUB","RequestedAmount":1284.50}' in text
    assert '"SaleTransactionID":{"TransactionID":"sale-1","TimeStamp":"2026-11-21T12:00:00.000Z"}' in text


@pytest.mark.conformance(2)
@given(st.integers(1, 9_999_999_999))
def test_every_amount_goes_out_and_comes_back_exactly(minor: int) -> None:
    text = to_json(messages.payment(PROFILE, SendPayment("S1", "s", START, Money(minor, "EUR"))))
    found = re.search(r'"RequestedAmount":(\d+\.\d\d)}', text)
    assert found is not None
    assert Money.of_major(Decimal(found[1]), "EUR").minor == minor
    assert json.loads(text) == json.loads(json.dumps(from_json(text), default=float))


@pytest.mark.conformance(2)
@pytest.mark.parametrize("service_id", ["", "12345678901", "a b", "id-1", "ид"])
def test_a_service_id_out_of_form_is_never_sent(service_id: str) -> None:
    with pytest.raises(ValueError, match="ServiceID"):
        service.diagnosis(PROFILE, service_id)


def test_a_float_never_becomes_json() -> None:
    with pytest.raises(TypeError):
        to_json({"amount": 0.1})


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": NaN}', "1", "[" * 100_000])
def test_what_is_no_json_object_is_malformed(text: str) -> None:
    with pytest.raises(MalformedMessage):
        from_json(text)


def answer(category: str = "Payment", **changes: str) -> dict[str, Any]:
    header = {**REQUESTS[category]["SaleToPOIRequest"]["MessageHeader"], "MessageType": "Response", **changes}
    return {"SaleToPOIResponse": {"MessageHeader": header, f"{category}Response": {"x": 1}}}


def test_an_answer_with_our_ids_is_opened() -> None:
    assert messages.answer_body(answer(), REQUESTS["Payment"]) == {"x": 1}


@pytest.mark.parametrize("field", ["ServiceID", "SaleID", "POIID", "MessageCategory", "MessageType"])
def test_an_answer_with_another_id_is_malformed(field: str) -> None:
    with pytest.raises(MalformedMessage):
        messages.answer_body(answer(**{field: "other"}), REQUESTS["Payment"])


def test_an_event_notification_is_no_answer() -> None:
    event = {"SaleToPOIRequest": {"MessageHeader": {}, "EventNotification": {"EventToNotify": "NoSuchEvent"}}}
    with pytest.raises(MalformedMessage):
        messages.answer_body(event, REQUESTS["Payment"])


def granted(amount: str = "1284.50", **changes: Any) -> dict[str, Any]:
    return {
        "Response": {"Result": "Success", "AdditionalResponse": "a=b"},
        "POIData": {"POITransactionID": {"TransactionID": "BV0q", "TimeStamp": "2026-11-21T12:00:00Z"}},
        "PaymentResult": {
            "AmountsResp": from_json(f'{{"AuthorizedAmount":{amount},"Currency":"RUB"}}'),
            "PaymentInstrumentData": {"CardData": {"MaskedPan": "541333 **** 9999", "PaymentBrand": "mc"}},
            "PaymentAcquirerData": {"ApprovalCode": "123456"},
        },
        "PaymentReceipt": [
            {"DocumentQualifier": "CashierReceipt", "OutputContent": {"OutputText": [{"Text": "name=Till"}]}},
            {
                "DocumentQualifier": "CustomerReceipt",
                "OutputContent": {
                    "OutputText": [
                        {"Text": "name=%D0%98%D0%A2%D0%9E%D0%93&value=1284.50"},
                        {"Text": "name=PAN&value=4111111111111111"},
                        {"Text": "&&"},
                        "odd",
                    ]
                },
            },
        ],
        **changes,
    }


def test_a_success_is_read_with_its_slip_and_without_a_card_number() -> None:
    read = messages.read_payment(granted())
    assert isinstance(read, Granted)
    assert read.slip.amount == BILL
    assert read.slip.poi_transaction == PoiTransaction("BV0q", "2026-11-21T12:00:00Z")
    assert (read.slip.brand, read.slip.last_digits, read.slip.approval_code) == ("mc", "9999", "123456")
    assert read.slip.receipt[:2] == ("ИТОГ 1284.50", "PAN [number]")


@pytest.mark.parametrize("amount", ["1284.5", "1284.50", "1284.500000", "128450e-2"])
def test_the_amount_is_compared_as_a_number_not_as_text(amount: str) -> None:
    read = messages.read_payment(granted(amount))
    assert isinstance(read, Granted)
    assert read.slip.amount == BILL


@pytest.mark.parametrize(
    "amount", ['"1284.50"', "true", "null", "1284.505", "1e999999999", "1E+5000", "-1284.50", "100000000.00"]
)
def test_an_amount_that_is_none_is_malformed(amount: str) -> None:
    with pytest.raises(MalformedMessage):
        messages.read_payment(granted(amount))


@pytest.mark.conformance(4)
def test_an_approval_with_odd_texts_is_an_approval_that_any_journal_keeps() -> None:
    body = granted()
    body["PaymentResult"]["PaymentInstrumentData"]["CardData"]["PaymentBrand"] = "m\ud83dc"
    body["PaymentResult"]["PaymentAcquirerData"]["ApprovalCode"] = "123\x00456"
    body["PaymentReceipt"][1]["OutputContent"]["OutputText"] = [{"Text": "name=1%C2%A0284%00,50&value=\udc00x"}]
    read = messages.read_payment(body)
    assert isinstance(read, Granted)
    assert (read.slip.brand, read.slip.approval_code, read.slip.receipt) == ("mc", "123456", ("1 284,50 x",))
    entry = Entry("p1", 3, Charged(read.slip), START)
    assert entry_from_json(entry_to_json(entry)) == entry


@pytest.mark.parametrize("receipt", [7, {"a": 1}, [{"DocumentQualifier": "CustomerReceipt", "OutputContent": 7}]])
def test_a_receipt_that_is_none_costs_the_receipt_alone(receipt: Any) -> None:
    read = messages.read_payment(granted(PaymentReceipt=receipt))
    assert isinstance(read, Granted)
    assert read.slip.receipt == ()


def test_a_transaction_whose_name_cannot_be_kept_is_malformed() -> None:
    body = granted()
    body["POIData"]["POITransactionID"]["TransactionID"] = "BV\ud800"
    with pytest.raises(MalformedMessage):
        messages.read_payment(body)


@pytest.mark.parametrize("missing", ["Response", "POIData", "PaymentResult"])
def test_a_success_without_what_a_reversal_needs_is_malformed(missing: str) -> None:
    body = granted()
    del body[missing]
    with pytest.raises(MalformedMessage):
        messages.read_payment(body)


@pytest.mark.parametrize(
    ("text", "timed_out"),
    [
        ("message=108%20Shopper%20timed%20out", True),
        ("message=Time-out", True),
        ("message=timeout", True),
        ("message=declined", False),
        ("", False),
        ("eyJhIjoxfQ==", False),
        (None, False),
    ],
)
def test_a_failure_is_searched_for_a_time_out_and_for_nothing_else(text: str | None, timed_out: bool) -> None:
    response = {"Result": "Failure", "ErrorCondition": "Aborted", "AdditionalResponse": text}
    read = messages.read_payment({"Response": response})
    assert isinstance(read, Failure)
    assert (read.condition, read.timed_out) == ("Aborted", timed_out)


def repeated(category: str, inner: dict[str, Any]) -> dict[str, Any]:
    header = {"MessageCategory": category, "SaleID": SALE, "ServiceID": "S1", "POIID": POI}
    return {
        "Response": {"Result": "Success"},
        "RepeatedMessageResponse": {"MessageHeader": header, "RepeatedResponseMessageBody": inner},
    }


def test_a_status_answer_carries_the_ids_and_the_answer_of_then() -> None:
    told = messages.read_status(repeated("Payment", {"PaymentResponse": granted()}))
    assert told == Repeated("Payment", SALE, "S1", POI, messages.read_payment(granted()))
    undone = repeated("Reversal", {"ReversalResponse": {"Response": {"Result": "Success"}}})
    assert messages.read_status(undone) == Repeated("Reversal", SALE, "S1", POI, Undone())


@pytest.mark.parametrize(("category", "inner"), [("Payment", {}), ("Print", {"PrintResponse": {}})])
def test_a_status_answer_about_something_unreadable_says_so(category: str, inner: dict[str, Any]) -> None:
    read = messages.read_status(repeated(category, inner))
    assert isinstance(read, Repeated)
    assert isinstance(read.answer, Garbled)


def test_a_status_failure_and_a_diagnosis_are_read() -> None:
    failure = {"Response": {"Result": "Failure", "ErrorCondition": "NotFound"}}
    assert messages.read_status(failure) == Failure("NotFound")
    body = {
        "POIStatus": {"GlobalStatus": "OK", "PrinterStatus": "PaperLow"},
        "HostStatus": [{"IsReachableFlag": False}],
    }
    assert service.read_diagnosis(body) == Health("OK", "PaperLow", False)
