"""billing.masking: what strangers may see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.accounts import HolderName
from billing.masking import MaskedCard, masked, masked_holder, masked_number, masked_serial
from tests.billing.samples import card


def test_the_demo_card_in_public() -> None:
    assert masked(card()) == MaskedCard("••••• 4417", "И. П.", "Миасс, ул. 8 Марта")


@pytest.mark.parametrize(
    ("number", "shown"), [("7401004417", "••••• 4417"), ("12345", "••••• 2345"), ("1234", "••••• 4"), ("", "")]
)
def test_an_account_shows_its_last_four_and_a_short_one_less(number: str, shown: str) -> None:
    assert masked_number(number) == shown


def test_a_serial_shows_its_last_four() -> None:
    assert masked_serial("30418812") == "••• 8812"


def test_initials_come_given_name_first_whatever_the_country_writes_first() -> None:
    assert masked_holder(HolderName("Bērziņa", "anna", surname_first=False)) == "A. B."
    assert masked_holder(HolderName("Петрова", "")) == "П."


def test_a_house_of_one_household_is_not_named_either() -> None:
    house = replace(card().address, flat="")
    assert masked(replace(card(), address=house)).address == "Миасс, ул. 8 Марта"
