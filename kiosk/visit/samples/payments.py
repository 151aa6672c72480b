"""Rules: samples of payments: what is due, the terminal, and every outcome."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from kiosk.visit.samples.things import Row, account_of, call, ticket
from signaling.protocol.journey import BillEntry, Notice, PaymentEntry, Reference, Step
from signaling.protocol.values import AccountView, FiscalDocument, Language, Sum, TicketState


def rows(language: Language) -> Iterator[Row]:
    """What is due, the terminal at work, and every outcome."""
    yield from _terminal(language)
    yield from _outcomes(language)


def _purchase(account: AccountView, phase: str, phrase: str = "", **changes: Any) -> dict[str, Any]:
    fee = Sum(minor=0, currency=account.debt.currency)
    told = {"amount": account.debt, "fee": fee, "purpose": account.supplier_name, "phase": phase, "phrase": phrase}
    return {"account": account, "payment": PaymentEntry(**{**told, **changes})}


def _bills(account: AccountView) -> tuple[BillEntry, ...]:
    currency = account.debt.currency
    names = ("Тепло и вода Южного Урала" if currency == "RUB" else "Rīgas siltums", "8 800 555-18-93")
    nothing = Sum(minor=0, currency=currency)
    return (
        BillEntry(
            place=0,
            account_masked=account.account_masked,
            supplier="elektro",
            supplier_name=account.supplier_name,
            supplier_phone="8 800 555-04-17",
            services=("electricity",),
            due=account.debt,
            fee=nothing,
        ),
        BillEntry(
            place=1,
            account_masked="••••• 1893",
            supplier="teplo",
            supplier_name=names[0],
            supplier_phone=names[1],
            services=("heat", "hot_water"),
            due=Sum(minor=215640, currency=currency),
            fee=Sum(minor=2156, currency=currency),
        ),
    )


def _terminal(language: Language) -> Iterator[Row]:
    account = account_of(language)
    entry = partial(_purchase, account)
    yield "payment", Step.PAYMENT, entry("offered"), {}
    several = _bills(account)
    sums: dict[str, Any] = {"amount": Sum(minor=346246, currency=account.debt.currency), "bills": several}
    fee = Sum(minor=2156, currency=account.debt.currency)
    yield "payment_bills", Step.PAYMENT, entry("offered", **sums, fee=fee), {}
    three = (*several, several[1].model_copy(update={"place": 2, "ticked": False, "services": ("gas",)}))
    yield "payment_bills_three", Step.PAYMENT, entry("offered", **{**sums, "bills": three}, fee=fee), {}
    yield "payment_no_paper", Step.PAYMENT, entry("offered", slip="out"), {}
    yield "payment_bills_no_paper", Step.PAYMENT, entry("offered", **{**sums, "bills": three}, fee=fee, slip="out"), {}
    yield "payment_none", Step.PAYMENT, entry("offered", amount=Sum(minor=0, currency=account.debt.currency)), {}
    yield "payment_closed", Step.PAYMENT, {**entry("offered"), "payments_offered": False}, {}
    refused = Notice(tone="warning", phrase="payment.declined.Refusal")
    yield "payment_refused", Step.PAYMENT, {**entry("offered"), "notice": refused}, {}
    yield "paying_connecting", Step.PAYING, entry("connecting", "payment.connecting_again", can_cancel=True), {}
    yield (
        "paying_card",
        Step.PAYING,
        {**entry("present_card", "payment.present_card", can_cancel=True), "can_go_back": False},
        {},
    )
    yield "paying_cancelling", Step.PAYING, {**entry("cancelling", "payment.cancelling"), "can_go_back": False}, {}
    yield "paying_processing", Step.PAYING, {**entry("processing", "payment.verifying"), "can_go_back": False}, {}
    waits = Notice(tone="info", phrase="payment.finish_waits")
    unknown = {**entry("unknown", "payment.unknown", can_cancel=True), "can_go_back": False, "notice": waits}
    yield "paying_unknown", Step.PAYING, unknown, {}


def _outcomes(language: Language) -> Iterator[Row]:
    account = account_of(language)
    entry = partial(_purchase, account)
    reference = (Reference(kind="unknown_payment", text="reference.unknown_payment", value="0193-4F2A-7714"),)
    parked = {**entry("parked", "payment.parked", reference="0193-4F2A-7714"), "references": reference}
    yield "paying_parked", Step.PAYING, parked, {}
    on_paper = entry("parked", "payment.parked", reference="0193-4F2A-7714", slip="printed")
    yield "paying_parked_slip", Step.PAYING, {**on_paper, "references": reference}, {}
    yield "paying_reversing", Step.PAYING, entry("reversing", "payment.reversing"), {}
    paid = (Reference(kind="payment", text="reference.payment", value="0193-4F2A-7714"),)
    yield (
        "paid_approved",
        Step.PAID,
        {**entry("approved", "payment.approved", reference="0193-4F2A-7714"), "references": paid},
        {},
    )
    yield (
        "paid_posted",
        Step.PAID,
        {**entry("posted", "payment.posted", reference="0193-4F2A-7714"), "references": paid, "ticket": ticket()},
        {},
    )
    receipt = FiscalDocument(
        kind="sell",
        number=1042,
        storage="9999078900012345",
        sign="2654435761",
        at="20261121T1503",
        total=Sum(minor=346246, currency="RUB"),
        qr="t=20261121T1503&s=3462.46&fn=9999078900012345&i=1042&fp=2654435761&n=1",
    )
    yield (
        "paid_fiscalised",
        Step.PAID,
        {
            **entry("posted", "payment.fiscalised", reference="0193-4F2A-7714", document=receipt, slip="printed"),
            "references": paid,
        },
        {},
    )
    bought: dict[str, Any] = {"amount": Sum(minor=346246, currency=account.debt.currency), "bills": _bills(account)}
    fee = Sum(minor=2156, currency=account.debt.currency)
    yield (
        "paid_bills",
        Step.PAID,
        {**entry("posted", "payment.posted", reference="0193-4F2A-7714", **bought, fee=fee), "references": paid},
        {},
    )
    yield (
        "paid_bills_fiscalised",
        Step.PAID,
        {
            **entry(
                "posted",
                "payment.fiscalised",
                reference="0193-4F2A-7714",
                document=receipt,
                slip="not_printed",
                **bought,
                fee=fee,
            ),
            "references": paid,
        },
        {},
    )
    yield (
        "paid_document_due",
        Step.PAID,
        {**entry("posted", "payment.posted_document", reference="0193-4F2A-7714"), "references": paid},
        {},
    )
    yield (
        "paid_bills_approved",
        Step.PAID,
        {**entry("approved", "payment.approved", reference="0193-4F2A-7714", **bought, fee=fee), "references": paid},
        {},
    )
    in_call = {"call": call(language, camera_covered=True), "ticket": ticket(state=TicketState.CONNECTED)}
    yield (
        "paying_in_call",
        Step.PAYING,
        {**entry("present_card", "payment.present_card", can_cancel=True), **in_call},
        {},
    )
