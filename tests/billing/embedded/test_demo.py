"""billing.embedded.demo: figures known by heart, whatever the day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from billing.embedded.demo import DEMO_ACCOUNTS, add_demo
from billing.embedded.population import MONTHS, Rows


@pytest.mark.parametrize("day", [1, 14, 15, 25, 26, 30])
def test_the_demo_figures_are_exact_on_any_day_of_a_month(day: int) -> None:
    rows = Rows()
    now = datetime(2026, 11, day, 12, tzinfo=UTC)
    add_demo(rows, 1, now)
    for account in DEMO_ACCOUNTS:
        (row,) = [row for row in rows.accounts if row[0] == account.number]
        billed = sum(int(str(invoice[3])) for invoice in rows.invoices if invoice[1] == account.number)
        paid = [payment for payment in rows.payments if payment[0] == account.number]
        assert int(str(row[-1])) + billed - sum(int(str(payment[1])) for payment in paid) == account.debt
        assert max(paid, key=lambda payment: str(payment[2]))[1] == account.last_payment
        for meter in account.meters:
            for register in meter.registers:
                values = [row for row in rows.readings if row[:2] == (meter.id, register.zone)]
                assert len(values) == MONTHS + 1
                assert values[-1][3] == register.last_value
                assert datetime.fromisoformat(str(values[-1][4])) < now
