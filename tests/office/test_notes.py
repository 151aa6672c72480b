"""Two texts of one note become one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from office.notes import joined

TEXTS = st.text("ab \n", max_size=6)


@given(kept=TEXTS, found=TEXTS)
def test_every_word_of_both_is_there(kept: str, found: str) -> None:
    whole = joined(kept, found)
    assert kept.strip() in whole
    assert found.strip() in whole


@given(kept=TEXTS, found=TEXTS)
def test_joined_again_it_stays_as_it_is(kept: str, found: str) -> None:
    whole = joined(kept, found)
    assert joined(whole, found) == whole


def test_what_only_went_on_is_written_once() -> None:
    assert joined("abc", "abc def") == "abc def"
    assert joined("abc def", "abc") == "abc def"
    assert joined("", "abc") == "abc"
    assert joined("meter 17", "ring at five") == "meter 17\nring at five"
