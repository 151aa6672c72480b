"""Between the billing system's values and the protocol's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from billing.accounts import AccountHistory, Month, PastReading, Payment, Period, Zone
from ground.money import Money
from signaling.server import billing_desk
from tests.billing.samples import NOON, card


def test_the_months_on_a_customers_card_are_those_of_one_meter_and_mix_no_units() -> None:
    found = card()
    first = found.meters[0].id
    months = tuple(
        Month(
            Period(2024 + index // 12, index % 12 + 1),
            (
                PastReading(first, Zone.T1, 1000, 100 + index, NOON, "web"),
                PastReading("the hot water's", Zone.T1, 50, 3, NOON, "web"),
            ),
            None,
            (),
        )
        for index in range(25)
    )
    shown = billing_desk.customer_card(found, AccountHistory(found.number, months), (), NOON)
    assert len(shown.monthly_units) == 24
    assert shown.monthly_units[0] == ("2024-02", 101)
    assert shown.monthly_units[-1] == ("2026-01", 124)


def test_an_account_without_meters_has_no_months() -> None:
    shown = billing_desk.customer_card(replace(card(), meters=()), AccountHistory("1", ()), (), NOON)
    assert shown.monthly_units == ()


def test_the_day_of_the_last_payment_is_the_suppliers_day() -> None:
    found = card()
    late = Payment(datetime(2026, 11, 20, 20, 30, tzinfo=UTC), Money(1, "RUB"), "bank", "1")  # half past one there
    shown = billing_desk.customer_card(replace(found, last_payment=late), None, (), NOON)
    assert shown.last_payment_date == "2026-11-21"
