"""The tokens: every colour can be read on what it stands on; a company's colour is checked the same way."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import tokens


def test_contrast_is_that_of_wcag() -> None:
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert tokens.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert tokens.contrast("#FFFFFF", "#777777") == tokens.contrast("#777777", "#FFFFFF")


def test_both_looks_can_be_read_everywhere() -> None:
    told = tokens.load()
    for palette in (told.normal, told.contrast):
        for front, ground in tokens.TEXT_ON_GROUND:
            assert tokens.contrast(getattr(palette, front), getattr(palette, ground)) >= 4.5, (front, ground)
        for front, ground in tokens.EDGE_ON_GROUND:
            assert tokens.contrast(getattr(palette, front), getattr(palette, ground)) >= 3.0, (front, ground)


def test_a_text_that_cannot_be_read_is_refused_by_name() -> None:
    told = tokens.load()
    with pytest.raises(tokens.TokenError, match="ink2 on paper"):
        tokens.check(replace(told.normal, ink2="#C0C8CC"), told)
    with pytest.raises(tokens.TokenError, match="not a colour"):
        tokens.check(replace(told.normal, ink="grey"), told)


@pytest.mark.parametrize("brand", ["#FFD400", "#66CCAA", "red", "#12345"])
def test_a_pale_or_malformed_brand_colour_is_refused(brand: str) -> None:
    told = tokens.load()
    with pytest.raises(tokens.TokenError):
        tokens.with_brand(told.normal, brand, told)


@given(st.integers(0, 0x7F), st.integers(0, 0x5F), st.integers(0, 0x7F))
def test_a_dark_brand_colour_gives_a_look_that_passes_the_same_check(red: int, green: int, blue: int) -> None:
    told = tokens.load()
    brand = f"#{red:02X}{green:02X}{blue:02X}"
    try:
        branded = tokens.with_brand(told.normal, brand, told)
    except tokens.TokenError:
        return
    tokens.check(branded, told)
    assert branded.brand == brand
    assert branded.ink == told.normal.ink


def test_qml_uses_only_colours_of_the_palette() -> None:
    names = set(asdict(tokens.load().normal))
    for file in (Path(__file__).parents[2] / "kiosk/visit/qml").glob("*.qml"):
        used = set(re.findall(r"Look\.colour\.([a-z0-9_]+)", file.read_text(encoding="utf-8")))
        assert used <= names, f"{file.name}: {used - names}"
