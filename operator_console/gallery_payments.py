"""Rules: made-up payments and differences for the gallery. Numbers, names and places are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from operator_console.desk_state import Desk
from operator_console.payment_steps import Payments
from signaling.protocol.purchasing import DifferenceCard, PurchaseCard
from signaling.protocol.values import Role

_BEGUN = datetime(2026, 11, 20, 7, 52, 30, tzinfo=UTC)
_PLACE = "Миасс, ул. 8 Марта, 14, отделение банка"
_ONE = {"minor": 128_450, "currency": "RUB"}


def _payment(number: int, state: str, why: str, acts: tuple[str, ...], **more: object) -> PurchaseCard:
    lines = [
        {"number": 1, "supplier_name": "Электросбыт Южного Урала", "account_masked": "••••• 4417", "state": "posted",
         "amount": {"minor": 128_450, "currency": "RUB"}, "fee": {"minor": 0, "currency": "RUB"}},
        {"number": 2, "supplier_name": "Тепло и вода Южного Урала", "account_masked": "••••• 1893", "state": "refused",
         "amount": {"minor": 215_640, "currency": "RUB"}, "fee": {"minor": 2_156, "currency": "RUB"},
         "reason": "billing.account_unknown"},
    ]  # fmt: skip
    life = ("begun", "payment_asked", "answer_lost", "charged" if state != "parked" else "too_long")
    return PurchaseCard.model_validate(
        {
            "purchase_id": f"0193a5a0-0000-7000-8000-00004f2a771{number}",
            "reference": f"4F2A-771{number}",
            "kiosk_name": "Миасс 1",
            "place": _PLACE,
            "kiosk_here": number != 2,
            "begun_at": _BEGUN,
            "amount": {"minor": 346_246, "currency": "RUB"},
            "fee": {"minor": 2_156, "currency": "RUB"},
            "state": state,
            "card": "mir •• 9999",
            "lines": lines if state != "parked" else [{**one, "state": ""} for one in lines],
            "life": [(_BEGUN + timedelta(seconds=20 * place), kind) for place, kind in enumerate(life)],
            "why": why,
            "acts": acts,
            **more,
        }
    )


_PAYMENTS = (
    _payment(4, "approved", "refused", ("by_hand", "post_again", "refund")),
    _payment(5, "parked", "parked", ("clarify",)),
    _payment(
        6, "posted", "second_person", ("decide",),
        refunds=[{"refund_id": "r", "lines": [1, 2], "amount": {"minor": 346_246, "currency": "RUB"}, "state": "asked",
                  "reason": "оплатил дважды, второй раз в банке", "asked_by": "Анна Мельник",
                  "asked_at": _BEGUN + timedelta(minutes=14)}],
    ),
)  # fmt: skip


def _all_lines(payment: PurchaseCard, state: str) -> PurchaseCard:
    lines = tuple(one.model_copy(update={"state": state, "reason": ""}) for one in payment.lines)
    return payment.model_copy(update={"lines": lines})


_NO_RECEIPT = _all_lines(_payment(7, "posted", "document_refused", ("refund", "document")), "posted")


def _receipt(kind: str, number: int, at: str) -> dict[str, object]:
    total = {"minor": 346_246, "currency": "RUB"}
    return {"kind": kind, "number": number, "storage": "9999078900012345", "sign": "2654435761", "at": at,
            "total": total, "qr": ""}  # fmt: skip


_RECEIPTS = _all_lines(
    _payment(
        8, "refunded", "", (),
        documents=[_receipt("sell", 1042, "20261120T1053"), _receipt("sell_refund", 1057, "20261120T1131")],
    ),
    "refunded",
)  # fmt: skip


def _difference(number: int, what: str, advice: str, **more: object) -> DifferenceCard:
    return DifferenceCard.model_validate(
        {
            "difference_id": f"3f1c0a9b7d2{number}",
            "found_at": _BEGUN,
            "what": what,
            "advice": advice,
            "day": "2026-11-19",
            "kind": "payment",
            "terminal": "10203040",
            "rrn": f"63251234567{number}",
            "approval": "A1B2C3",
            "bank": _ONE,
            "state": "open",
            "acts": ("take",),
            **more,
        }
    )


_OURS = {"purchase_id": _PAYMENTS[0].purchase_id, "reference": "4F2A-7714", "ours": _ONE}
_TAKEN = {"state": "taken", "taken_at": _BEGUN + timedelta(minutes=9)}
_DIFFERENCES = (
    _difference(1, "double", "return_money", **_OURS, **_TAKEN, taken_by="Ольга Ветрова", mine=True,
                acts=("let_go", "resolve")),
    _difference(2, "only_banks", "find_payer", approval=""),
    _difference(3, "only_ours", "ask_bank", **{**_OURS, "bank": None}, **_TAKEN, taken_by="Jānis Bērziņš", rrn="",
                acts=("take_over",)),
    _difference(4, "other_amount", "ask_bank", **{**_OURS, "bank": {"minor": 12_845_000, "currency": "RUB"}}),
    _difference(5, "terminal_total", "compare_day", terminal="P400Plus-275039202", rrn="", approval="",
                ours={"minor": 48_215_000, "currency": "RUB"}, bank={"minor": 48_086_550, "currency": "RUB"}),
    _difference(6, "double", "read_file", **_OURS, state="resolved", acts=(), taken_by="Jānis Bērziņš",
                resolved_by="Jānis Bērziņš", resolved_at=_BEGUN + timedelta(hours=-20),
                note="Банк прислал исправленный файл, письмо 118"),
)  # fmt: skip


def payment_states(idle: Desk) -> dict[str, Desk]:
    """Payments as a supervisor sees them (``idle``: their desk), and nothing at an operator's."""
    first = Payments(_PAYMENTS, _PAYMENTS[:1], _PAYMENTS[0].purchase_id, looked=True)
    differing = replace(first, differences=_DIFFERENCES)
    assert idle.operator is not None
    operator = replace(idle, role=Role.OPERATOR, operator=idle.operator.model_copy(update={"role": Role.OPERATOR}))
    told = {
        "payments": first,
        "payments_parked": Payments(_PAYMENTS, (), _PAYMENTS[1].purchase_id),
        "payments_second": Payments(_PAYMENTS, (), _PAYMENTS[2].purchase_id),
        "payments_document": Payments((_NO_RECEIPT,), (), _NO_RECEIPT.purchase_id),
        "payments_receipts": Payments((), (_RECEIPTS,), _RECEIPTS.purchase_id, looked=True),
        "payments_difference": replace(differing, difference=_DIFFERENCES[0].difference_id),
        "payments_difference_other": replace(differing, difference=_DIFFERENCES[2].difference_id),
        "payments_difference_total": replace(differing, difference=_DIFFERENCES[4].difference_id),
        "payments_difference_done": replace(differing, difference=_DIFFERENCES[5].difference_id),
    }
    shown = {name: replace(idle, payments=payments) for name, payments in told.items()}
    return {**shown, "payments_none": replace(operator, payments=Payments((), (), "", looked=True))}
