"""Rules: nexo messages that are not about one payment: health, login, day's end, display, printer, events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from payment.answers import Failure, Health, PoiEvent, Totals, TotalsLine
from payment.card_numbers import without_cards
from payment.errors import MalformedMessage
from payment.nexo.messages import a_list, a_part, a_text, a_time, an_amount, an_object, read_failure, request, shown
from payment.nexo.profile import Profile

Reconciliation = Literal[
    "SaleReconciliation", "AcquirerReconciliation", "PreviousReconciliation", "AcquirerSynchronisation"
]
_FLAGS = ("CommunicationOKFlag", "PEDOKFlag", "CardReaderOKFlag", "SecurityOKFlag")
#: Those a kiosk can do something about; every other one is ignored (payments.md 1.3).
EVENTS = frozenset(
    "CardInserted CardRemoved BeginMaintenance EndMaintenance Shutdown Initialised OutOfOrder Completed Abort Reject "
    "SaleAdmin SecurityAlarm NetworkConnected NetworkDisconnected".split()
)
_DISPLAY, _PRINTER = "DISPLAY", "PRINTER"


def diagnosis(profile: Profile, service_id: str) -> dict[str, Any]:
    """A Diagnosis that leaves the acquirer's host alone."""
    return request(profile, "Diagnosis", service_id, {"HostDiagnosisFlag": False})


def login(profile: Profile, service_id: str, now: datetime, version: str) -> dict[str, Any]:
    """A Login of an unattended till. A new one resets a terminal that is stuck."""
    return request(
        profile,
        "Login",
        service_id,
        {
            "DateTime": a_time(now),
            "OperatorLanguage": profile.language,
            "SaleSoftware": {
                "ManufacturerID": "Infomat",
                "ApplicationName": "Infomat",
                "SoftwareVersion": version,
                "CertificationCode": "none",
            },
            "SaleTerminalData": {"TerminalEnvironment": "Unattended", "SaleCapabilities": ["CashierStatus"]},
        },
    )


def logout(profile: Profile, service_id: str) -> dict[str, Any]:
    """A Logout that lets the terminal update itself."""
    return request(profile, "Logout", service_id, {"MaintenanceAllowed": True})


def get_totals(profile: Profile, service_id: str) -> dict[str, Any]:
    """What was counted so far, by brand."""
    return request(profile, "GetTotals", service_id, {"TotalDetails": ["POIID"]})


def reconciliation(
    profile: Profile, service_id: str, kind: Reconciliation = "SaleReconciliation", earlier: str = ""
) -> dict[str, Any]:
    """The day's end, or (PreviousReconciliation) that of an ``earlier`` POIReconciliationID told again."""
    named = {"POIReconciliationID": earlier} if earlier else {}
    return request(profile, "Reconciliation", service_id, {"ReconciliationType": kind, **named})


def display(profile: Profile, service_id: str, lines: Sequence[str]) -> dict[str, Any]:
    """Lines on the customer's display of the terminal."""
    output = {"Device": "CustomerDisplay", "InfoQualify": "Display", "OutputContent": _content(lines)}
    return request(profile, "Display", service_id, {"DisplayOutput": [output]}, device_id=_DISPLAY)


def printing(profile: Profile, service_id: str, lines: Sequence[str]) -> dict[str, Any]:
    """Lines on the terminal's printer; answered when the paper is out."""
    output = {
        "DocumentQualifier": "CustomerReceipt",
        "ResponseMode": "PrintEnd",
        "OutputContent": _content(lines),
    }
    return request(profile, "Print", service_id, {"PrintOutput": output}, device_id=_PRINTER)


def is_success(body: dict[str, Any]) -> bool:
    """Whether the Response says Success."""
    return a_part(body, "Response").get("Result") == "Success"


def is_displayed(body: dict[str, Any]) -> bool:
    """Whether every OutputResult of a DisplayResponse says Success. Raises MalformedMessage."""
    results = body.get("OutputResult")
    if not isinstance(results, list) or not results:
        raise MalformedMessage("no OutputResult")
    return all(isinstance(result, dict) and is_success(result) for result in results)


def read_diagnosis(body: dict[str, Any]) -> Health:
    """A DiagnosisResponse. Raises MalformedMessage."""
    status = an_object(body, "POIStatus")
    hosts = [host.get("IsReachableFlag") for host in a_list(body, "HostStatus") if isinstance(host, dict)]
    return Health(
        a_text(status, "GlobalStatus"),
        shown(status.get("PrinterStatus")),
        all(hosts) if hosts else None,
        tuple(flag for flag in _FLAGS if status.get(flag) is False),
    )


def read_totals(body: dict[str, Any]) -> Totals | Failure:
    """A GetTotalsResponse or a ReconciliationResponse. Raises MalformedMessage."""
    if a_text(an_object(body, "Response"), "Result") == "Failure":
        return read_failure(body)
    lines = []
    for group in a_list(body, "TransactionTotals"):
        if not isinstance(group, dict):
            raise MalformedMessage("not totals")
        for total in a_list(group, "PaymentTotals"):
            count = total.get("TransactionCount") if isinstance(total, dict) else None
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise MalformedMessage("no count")
            amount = an_amount(total.get("TransactionAmount"), a_text(group, "PaymentCurrency"))
            lines.append(
                TotalsLine(shown(group.get("CardBrand"))[:40], a_text(total, "TransactionType"), count, amount)
            )
    return Totals(shown(body.get("POIReconciliationID"))[:64], tuple(lines))


def read_event(profile: Profile, message: dict[str, Any]) -> PoiEvent | None:
    """What a terminal tells by itself; None for an event we do not know. Raises MalformedMessage."""
    asked = an_object(message, "SaleToPOIRequest")
    header = an_object(asked, "MessageHeader")
    if header.get("MessageClass") != "Event" or header.get("POIID") != profile.poi_id:
        raise MalformedMessage("not an event of our terminal")
    told = an_object(asked, "EventNotification")
    name = a_text(told, "EventToNotify")
    if name not in EVENTS:
        return None
    return PoiEvent(
        name,
        a_text(told, "TimeStamp"),
        told.get("MaintenanceRequiredFlag") is True,
        without_cards(shown(told.get("EventDetails")))[:200],
    )


def _content(lines: Sequence[str]) -> dict[str, Any]:
    texts = [{"Text": urlencode({"name": line}), "EndOfLineFlag": True} for line in lines]
    return {"OutputFormat": "Text", "OutputText": texts}
