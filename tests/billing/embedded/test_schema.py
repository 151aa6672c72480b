"""billing.embedded.schema: a book is opened whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.embedded.schema import open_book
from billing.errors import BillingError


@pytest.mark.parametrize("damage", ["head", "middle", "empty"])
def test_a_damaged_book_is_told_at_the_start_not_read(path: Path, damage: str) -> None:
    data = bytearray(path.read_bytes())
    if damage == "head":
        data[:64] = b"x" * 64
    elif damage == "middle":
        data[4096 * 2 : 4096 * 30] = bytes(4096 * 28)
    else:
        data.clear()
    path.write_bytes(data)
    with pytest.raises(BillingError) as damaged:
        open_book(path)
    assert damaged.value.code == "billing.book_damaged"
