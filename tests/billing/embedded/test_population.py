"""billing.embedded.population: the same seed tells the same story, and the story holds together."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

import pytest

from billing.accounts import Zone
from billing.embedded.demo import add_demo
from billing.embedded.population import MONTHS, Rows, populate

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Six hundred households."""
    return populate(7, 600, NOW)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(rows: Rows) -> None:
    assert populate(7, 600, NOW) == rows
    assert populate(8, 600, NOW) != rows


def test_every_account_has_meters_and_24_invoices_of_its_supplier(rows: Rows) -> None:
    suppliers = defaultdict(int)
    for account in rows.accounts:
        suppliers[account[1]] += 1
    assert dict(suppliers) == {"elektro": 384, "teplo": 192, "gaze": 24}
    assert {meter[1] for meter in rows.meters} == {account[0] for account in rows.accounts}
    assert len(rows.invoices) == 600 * MONTHS
    assert len({invoice[0] for invoice in rows.invoices}) == len(rows.invoices)


def test_keys_are_unique(rows: Rows) -> None:
    add_demo(rows_and_demo := Rows(**{name: list(value) for name, value in vars(rows).items()}), 7, NOW)
    for table, width in (("accounts", 1), ("meters", 1), ("zones", 2), ("readings", 3)):
        keys = [row[:width] for row in getattr(rows_and_demo, table)]
        assert len(set(keys)) == len(keys), table
    uids = [account[13] for account in rows_and_demo.accounts if account[13]]
    assert len(set(uids)) == len(uids)


def test_electricity_has_one_two_and_three_zones(rows: Rows) -> None:
    zones = defaultdict(set)
    for meter, zone, _ in rows.zones:
        if str(meter).startswith("E"):
            zones[meter].add(zone)
    kinds = {frozenset(found) for found in zones.values()}
    assert kinds == {
        frozenset({Zone.T1}),
        frozenset({Zone.T1, Zone.T2}),
        frozenset({Zone.T1, Zone.T2, Zone.T3}),
    }


def test_nothing_happened_in_the_future(rows: Rows) -> None:
    assert all(datetime.fromisoformat(str(reading[4])) < NOW for reading in rows.readings)
    assert all(datetime.fromisoformat(str(payment[2])) < NOW for payment in rows.payments)
    assert all(str(invoice[4]) <= "2026-11-21" for invoice in rows.invoices)


def test_most_people_owe_nothing_and_some_owe_a_lot(rows: Rows) -> None:
    owed: dict[object, int] = defaultdict(int)
    for _, account, _, amount, _ in rows.invoices:
        owed[account] += int(str(amount))
    for account, amount, *_ in rows.payments:
        owed[account] -= int(str(amount))
    debtors = [debt for debt in owed.values() if debt > 0]
    assert min(owed.values()) >= 0
    assert 0.08 < len(debtors) / len(owed) < 0.35
    assert max(debtors) > 100_000
