"""billing.suppliers: terms by their first day."""

from __future__ import annotations

from datetime import date

import pytest

from billing.errors import BillingError
from billing.suppliers import SUPPLIERS, supplier_of


def test_the_terms_of_a_day_are_the_last_ones_begun() -> None:
    elektro = supplier_of("elektro")
    assert elektro.terms_on(date(2021, 12, 31)).first_day == 20
    assert elektro.terms_on(date(2022, 1, 1)).first_day == 15


def test_before_the_first_terms_is_an_error_with_a_code() -> None:
    with pytest.raises(BillingError) as missing:
        supplier_of("elektro").terms_on(date(2011, 12, 31))
    assert missing.value.code == "billing.terms_missing"


def test_an_unknown_supplier_is_an_error_with_a_code() -> None:
    with pytest.raises(BillingError) as unknown:
        supplier_of("nobody")
    assert unknown.value.code == "billing.supplier_unknown"


@pytest.mark.parametrize("code", SUPPLIERS)
def test_terms_are_sorted_and_every_month_has_their_days(code: str) -> None:
    terms = SUPPLIERS[code].terms
    assert [one.effective_from for one in terms] == sorted(one.effective_from for one in terms)
    assert all(1 <= one.first_day <= one.last_day <= 28 for one in terms)
