"""office.result_codes: how a conversation ended."""

from __future__ import annotations

import pytest

from office.errors import OfficeError
from office.result_codes import RESULT_CODES, missing_for_wrap_up, result_code


def test_the_four_results_and_what_they_close() -> None:
    assert {result.code: result.closes_case for result in RESULT_CODES} == {
        "resolved": True,
        "call_back": False,
        "request": False,
        "not_ours": True,
    }


def test_an_unknown_result_is_an_error_with_a_code() -> None:
    with pytest.raises(OfficeError) as unknown:
        result_code("solved")
    assert unknown.value.code == "office.result_unknown"


@pytest.mark.parametrize(
    ("code", "note", "mandatory", "missing"),
    [
        (None, "", True, "result.missing"),
        (None, "", False, None),
        ("resolved", "", True, None),
        ("call_back", " \n", True, "result.note_missing"),
        ("call_back", "после 18:00", True, None),
    ],
)
def test_a_wrap_up_ends_when_nothing_is_missing(
    code: str | None, note: str, mandatory: bool, missing: str | None
) -> None:
    assert missing_for_wrap_up(code, note, mandatory=mandatory) == missing
