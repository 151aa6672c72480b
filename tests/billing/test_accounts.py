"""billing.accounts: periods, names and addresses."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.accounts import AccountHistory, Address, HolderName, Month, PastReading, Period, Zone
from billing.errors import BillingError
from tests.billing.samples import NOON, card

periods = st.builds(Period, st.integers(1990, 2100), st.integers(1, 12))


@given(periods, st.integers(-500, 500))
def test_a_period_moved_there_and_back_is_the_same_and_text_keeps_its_order(period: Period, months: int) -> None:
    moved = period.moved(months)
    assert moved.moved(-months) == period
    assert (moved > period) == (months > 0)
    assert (str(moved) > str(period)) == (moved > period)
    assert Period.parse(str(moved)) == moved


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", ""])
def test_a_text_that_is_no_month_is_an_error(text: str) -> None:
    with pytest.raises(BillingError):
        Period.parse(text)


def test_the_month_of_a_day() -> None:
    assert Period.of(date(2026, 11, 30)) == Period(2026, 11)


def test_names_and_addresses_are_written_as_their_country_does() -> None:
    assert card().holder_name == "Петрова Ирина Сергеевна"
    assert HolderName("Bērziņa", "Anna", surname_first=False).full == "Anna Bērziņa"
    assert card().address.line == "Челябинская обл., Миасс, ул. 8 Марта, 14–32"
    assert Address("", "Sigulda", "Liepu iela", "12").line == "Sigulda, Liepu iela, 12"


def test_meters_and_registers_are_found_by_their_names() -> None:
    found = card().meter("E01004417")
    assert found is not None
    assert found.zone(Zone.T2) == found.zones[1]
    assert found.zone(Zone.T3) is None
    assert card().meter("E99") is None


def test_what_a_meter_counted_adds_its_zones_and_no_other_meter() -> None:
    def read(meter_id: str, zone: Zone, units: int) -> PastReading:
        return PastReading(meter_id, zone, 1000, units, NOON, "web")

    months = (
        Month(Period(2026, 10), (read("E", Zone.T1, 5), read("E", Zone.T2, 7), read("W", Zone.T1, 3)), None, ()),
        Month(Period(2026, 11), (), None, ()),
    )
    assert AccountHistory("1", months).units_of("E") == ((Period(2026, 10), 12), (Period(2026, 11), 0))
