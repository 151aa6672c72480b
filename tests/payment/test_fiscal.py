"""Fiscal documents: exact sums, the tax of the day, one document for each payment whatever fails and whoever dies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ground.money import Money
from payment.atol_online import AtolOnline, body
from payment.basket import Line, total
from payment.fiscal import FiscalDocument, FiscalTermsWrong, document, vat_word
from payment.register import FiscalRefused, Issued, Later, Taken
from payment.terms import PaymentTerms
from tests.payment.emulated_register import TERMS, EmulatedRegister
from tests.payment.purchases import BASKET, START

pytestmark = pytest.mark.conformance(25)
SALE = document(TERMS, "019aa000-p1", "sell", BASKET, START)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedRegister]:
    register = EmulatedRegister(tmp_path_factory.mktemp("fiscal"))
    yield register
    register.close()


def issue(place: EmulatedRegister, sale: FiscalDocument, driver: AtolOnline) -> Issued | FiscalRefused:
    """As the server does: register until taken, ask until issued; the register is started anew when it died."""
    uuid = ""
    for _ in range(30):
        answer = driver.report(uuid, sale) if uuid else driver.register(sale)
        if isinstance(answer, Issued | FiscalRefused):
            return answer
        if isinstance(answer, Taken):
            uuid = answer.uuid
        elif not place.alive or "ConnectionError" in answer.reason:
            revive(place)
    raise AssertionError("no end")


def revive(place: EmulatedRegister) -> None:
    if place.alive:
        return
    place.close()
    place.start()


@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_items_total_and_payments_are_one_sum_in_kopecks(sums: list[tuple[int, int]]) -> None:
    lines = [
        Line(n, "elektro", f"a{n}", "electricity", Money(amount, "RUB"), Money(fee, "RUB"))
        for n, (amount, fee) in enumerate(sums, 1)
    ]
    receipt = body(TERMS, document(TERMS, "p", "sell", lines, START))["receipt"]
    kopecks = [round(one["sum"] * 100) for one in receipt["items"]]
    assert sum(kopecks) == total(lines).minor == round(receipt["total"] * 100)
    assert sum(round(one["sum"] * 100) for one in receipt["payments"]) == total(lines).minor
    assert all(len(json.dumps(one["sum"]).partition(".")[2]) <= 2 for one in receipt["items"])


def test_a_line_names_its_supplier_and_the_fee_is_a_position_also_when_it_is_nothing() -> None:
    free = replace(BASKET[0], fee=Money(0, "RUB"))
    paid, fee = body(TERMS, document(TERMS, "p", "sell", [free], START))["receipt"]["items"]
    assert paid["supplier_info"] == {"name": "Электро", "inn": "7802000000", "phones": ["+78120000001"]}
    assert paid["agent_info"]["type"] == "paying_agent"
    assert (paid["name"], paid["payment_object"], fee["payment_object"]) == ("Электроэнергия", 4, 11)
    assert fee["sum"] == 0
    assert "supplier_info" not in fee


@pytest.mark.parametrize(
    ("vat", "method", "at", "word"),
    [
        ("standard", "full_payment", datetime(2025, 12, 31, 20, 59, tzinfo=UTC), "vat20"),
        ("standard", "full_payment", datetime(2025, 12, 31, 21, 0, tzinfo=UTC), "vat22"),  # midnight in Moscow
        ("standard", "advance", START, "vat122"),
        ("5", "advance", START, "vat105"),
        ("10", "full_payment", START, "vat10"),
        ("none", "advance", START, "none"),
    ],
)
def test_the_tax_is_that_of_the_day(vat: str, method: str, at: datetime, word: str) -> None:
    assert vat_word(vat, method, at) == word  # type: ignore[arg-type]


def test_the_same_payment_is_the_same_document() -> None:
    assert document(TERMS, "019aa000-p1", "sell", BASKET, START) == SALE
    with pytest.raises(FiscalTermsWrong):
        document(TERMS, "p", "sell", [replace(BASKET[0], supplier="unknown")], START)


@pytest.mark.parametrize(
    "orders",
    [
        ("sell:lost", "sell:lost", "report:lost"),
        ("token:unheard", "sell:unheard", "sell:busy", "sell:500", "report:500"),
        ("sell:expired", "report:34", "report:expired"),
        ("sell:34", "sell:lost", "report:busy", "token:500"),
        ("sell:die",),
        ("report:die",),
    ],
    ids=lambda orders: "+".join(orders),
)
def test_one_document_whatever_fails(place: EmulatedRegister, orders: tuple[str, ...]) -> None:
    sale = replace(SALE, external_id="-".join(orders))
    place.order(*orders)
    done = issue(place, sale, place.driver())
    assert isinstance(done, Issued)
    again = issue(place, sale, place.driver())  # we died before we kept what we knew, and begin from nothing
    assert again == done
    mine = [one for one in place.held() if one.external_id == sale.external_id]
    assert [(one.kind, one.minor) for one in mine] == [("sell", 60_600)]
    assert re.fullmatch(r"t=\d{8}T\d{4}&s=606\.00&fn=\d{16}&i=\d+&fp=\d{1,10}&n=1", done.mark.qr)


def test_an_answer_that_is_too_slow_is_asked_for_again(place: EmulatedRegister) -> None:
    place.order("sell:slow")
    sale = replace(SALE, external_id="slow")
    driver = place.driver(answer_seconds=0.5)
    assert isinstance(driver.register(sale), Later)
    assert isinstance(issue(place, sale, driver), Issued)
    assert [one.external_id for one in place.held()].count("slow") == 1


def test_a_refusal_is_for_good_and_money_back_has_its_own_document(place: EmulatedRegister) -> None:
    place.order("sell:refuse")
    assert place.driver().register(replace(SALE, external_id="bad")) == FiscalRefused("atol_32")
    uneven = replace(SALE, external_id="uneven", total=Money(1, "RUB"))
    assert place.driver().register(uneven) == FiscalRefused("atol_32")  # the register reckons for itself
    back = document(TERMS, "r1", "sell_refund", BASKET[:1], START)
    done = issue(place, back, place.driver())
    assert isinstance(done, Issued)
    assert done.mark.qr.endswith("&n=2")
    assert place.held()[-1].kind == "sell_refund"


def test_a_bill_of_several_services_names_them_all() -> None:
    terms = replace(TERMS, services={"heat": "Отопление", "hot_water": "Горячая вода"})
    several = document(terms, "p", "sell", [replace(BASKET[1], service="heat+hot_water")], START)
    assert several.positions[0].name == "Отопление, Горячая вода"


REPORT = {
    "receipt_datetime": "21.11.2026 15:03:00", "fn_number": "9999078900012345", "fiscal_document_number": 7,
    "fiscal_document_attribute": "123", "total": 606,
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "means"),
    [
        ({"status": "done", "payload": {**REPORT, "total": 606.005}}, Later),
        ({"status": "done", "payload": {**REPORT, "total": "NaN"}}, Later),
        ({"status": "done", "payload": {**REPORT, "receipt_datetime": "yesterday"}}, Later),
        ({"status": "done", "payload": {**REPORT, "total": 605.99}}, FiscalRefused),  # no document of this payment
        ({"status": "fail", "error": {"code": None}}, FiscalRefused),
        ({"status": "wait", "error": {"code": "wait"}}, Later),
        ({"status": "done", "payload": REPORT}, Issued),
    ],
)
def test_an_odd_report_is_an_answer_too(monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], means: type) -> None:
    def answer(method: str, url: str, **_: Any) -> SimpleNamespace:
        return SimpleNamespace(status_code=200, json=lambda: {"token": "t"} if url.endswith("getToken") else told)

    monkeypatch.setattr(requests, "request", answer)
    driver = AtolOnline(TERMS, url="http://register", group="g", login="l", password="p")
    assert isinstance(driver.report("u", SALE), means)


def test_terms_name_the_register_or_that_there_is_none(place: EmulatedRegister, tmp_path: Path) -> None:
    assert isinstance(place.driver_of_profile(), AtolOnline)
    file = tmp_path / "terms.json"
    file.write_text('{"fiscal": "none"}')
    assert PaymentTerms.load(file).fiscal is None
    supplier = {"name": "Э", "inn": "7802000000", "phones": ["+7812"], "vat": "5"}
    fiscal = {"inn": "78", "email": "a@b", "address": "x", "phones": ["+7"], "suppliers": {"": supplier}}
    file.write_text(json.dumps({"agent": "A", "fiscal": {**fiscal, "register": {"driver": "atol_online"}}}))
    told = PaymentTerms.load(file)
    assert told.fiscal is not None
    assert (told.fiscal.suppliers[""].vat, told.register["driver"]) == ("5", "atol_online")
