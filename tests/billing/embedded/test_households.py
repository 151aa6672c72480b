"""billing.embedded.households: people are called, live and pay as people do."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from billing.embedded import households, names
from billing.embedded.households import PROMPT, SILENT


def test_a_woman_bears_a_womans_names_and_a_man_a_mans() -> None:
    chance = Random(3)
    for _ in range(300):
        holder = households.russian_holder(chance)
        sex = 1 if holder.given in names.GIVEN_WOMEN else 0
        assert holder.surname in {pair[sex] for pair in names.SURNAMES}
        assert holder.patronymic in {pair[sex] for pair in names.PATRONYMICS}


def test_latvians_are_written_given_name_first() -> None:
    holder = households.latvian_holder(Random(3))
    assert holder.full == f"{holder.given} {holder.surname}"


def test_most_pay_promptly_and_few_hardly_ever() -> None:
    chance = Random(3)
    habits = Counter(households.payer(chance) for _ in range(4000))
    assert 0.75 < habits[PROMPT] / 4000 < 0.85
    assert 0.01 < habits[SILENT] / 4000 < 0.06


@pytest.mark.parametrize("zones", [1, 2, 3])
def test_the_zones_share_the_whole_use(zones: int) -> None:
    shares = households.ZONE_SHARES[zones]
    assert len(shares) == zones
    assert sum(share for _, share in shares) == pytest.approx(1)


def test_nobody_heats_in_july() -> None:
    assert households.HEAT_SEASON[6] == 0
    assert all(len(season) == 12 for season in (households.HEAT_SEASON, households.ELECTRIC_SEASON))
