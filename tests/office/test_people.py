"""office.people: one person, one case over channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from office.errors import OfficeError
from office.people import (
    SAME_MATTER,
    Case,
    Channel,
    Contact,
    case_to_continue,
    close_case,
    resolved_at_first_contact,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CASE = Case("c1", "p1", "readings", NOW - timedelta(days=3))


def test_the_same_person_with_the_same_matter_carries_on_the_newest_open_case() -> None:
    older = replace(CASE, id="c0", opened_at=NOW - timedelta(days=9))
    assert case_to_continue([older, CASE], "p1", "readings", NOW) == CASE


@pytest.mark.parametrize(
    "other",
    [
        replace(CASE, person_id="p2"),
        replace(CASE, person_id=None),
        replace(CASE, topic="payment"),
        replace(CASE, closed_at=NOW),
        replace(CASE, opened_at=NOW - SAME_MATTER - timedelta(seconds=1)),
    ],
)
def test_another_person_matter_or_time_opens_a_new_case(other: Case) -> None:
    assert case_to_continue([other], "p1", "readings", NOW) is None


def test_an_unknown_person_never_continues_a_case_of_another_unknown() -> None:
    assert case_to_continue([replace(CASE, person_id=None)], None, "readings", NOW) is None


def test_a_case_is_closed_once() -> None:
    closed = close_case(CASE, NOW)
    assert (closed.open, closed.closed_at) == (False, NOW)
    with pytest.raises(OfficeError) as twice:
        close_case(closed, NOW)
    assert twice.value.code == "office.case_closed"


def test_first_contact_resolution_counts_one_contact_of_a_closed_case() -> None:
    contact = Contact("k1", "c1", Channel.KIOSK, NOW)
    closed = close_case(CASE, NOW)
    assert resolved_at_first_contact([contact, replace(contact, id="k2", case_id="c2")], closed)
    assert not resolved_at_first_contact([contact], CASE)
    assert not resolved_at_first_contact([contact, replace(contact, id="k2")], closed)
