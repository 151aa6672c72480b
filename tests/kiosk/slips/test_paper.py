"""The layout: whatever is printed fits the paper, and nothing of it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.slips.paper import Code, Document, Gap, Pair, Row, Ruler, Text, as_lines, lay_out, wrapped

_WORDS = st.text(st.sampled_from("ab ё\u00a0-"), max_size=90)
_COLUMNS = st.sampled_from([32, 42, 48])


@given(_WORDS, st.integers(4, 48))
def test_wrapping_keeps_every_letter_and_the_room(text: str, room: int) -> None:
    lines = wrapped(text, room)
    assert all(len(line) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(_WORDS, _WORDS, st.booleans(), _COLUMNS)
def test_a_pair_fits_and_its_value_ends_at_the_edge(left: str, right: str, bold: bool, columns: int) -> None:
    rows = lay_out(Document("en", (Pair(left, right, bold),)), columns)
    assert all(isinstance(row, Row) and len(row.text) <= columns for row in rows)
    last = rows[-1]
    assert isinstance(last, Row)
    if right.strip(" \u00a0"):
        assert len(last.text) == columns


def test_big_letters_take_their_room_and_a_telephone_stays_whole() -> None:
    document = Document(
        "en", (Text("Payment being checked", times=2), Text("call 8\u00a0800\u00a0555-04-17 now please"))
    )
    big, more, *small = lay_out(document, 32)
    assert [row.text for row in (big, more) if isinstance(row, Row)] == ["Payment being", "checked"]
    assert [row.text for row in small if isinstance(row, Row)] == ["call 8 800 555-04-17 now please"]
    assert wrapped("please call 8\u00a0800\u00a0555-04-17", 24) == ["please call", "8 800 555-04-17"]


def test_plain_lines_are_centred_by_spaces_and_leave_a_code_out() -> None:
    document = Document("en", (Text("A", align="center"), Ruler(), Gap(), Code("x"), Pair("Sum", "1.00")))
    assert as_lines(document, 9) == ["    A", "---------", "", "Sum  1.00"]


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_a_long_word_is_broken_where_it_must_be(columns: int) -> None:
    rows = lay_out(Document("en", (Text("x" * 100),)), columns)
    assert next(len(row.text) for row in rows if isinstance(row, Row)) == columns
