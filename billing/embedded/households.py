"""Rules: how generated households live: who they are, what they use in a month, how they pay.

Chance comes in as a ``random.Random``, so one seed always tells the same story.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from billing.accounts import Address, HolderName, Zone
from billing.embedded import names

# Share of a flat electricity tariff's use by month, January first: dark and cold months use more.
ELECTRIC_SEASON = (1.22, 1.15, 1.08, 0.98, 0.88, 0.80, 0.78, 0.82, 0.92, 1.04, 1.13, 1.20)
# Heating season of the Urals: none from mid May to mid September.
HEAT_SEASON = (2.3, 2.1, 1.7, 1.0, 0.3, 0.0, 0.0, 0.0, 0.3, 1.1, 1.6, 2.1)
WATER_SEASON = (1.05, 1.02, 1.02, 1.0, 0.98, 0.92, 0.85, 0.85, 1.0, 1.05, 1.08, 1.1)
GAS_SEASON = (1.9, 1.8, 1.5, 1.0, 0.6, 0.4, 0.35, 0.35, 0.5, 1.0, 1.4, 1.8)

#: Shares of a month's use by zone, for electricity meters of one, two and three zones.
ZONE_SHARES: dict[int, tuple[tuple[Zone, float], ...]] = {
    1: ((Zone.T1, 1.0),),
    2: ((Zone.T1, 0.62), (Zone.T2, 0.38)),
    3: ((Zone.T1, 0.30), (Zone.T2, 0.33), (Zone.T3, 0.37)),
}


@dataclass(frozen=True, slots=True)
class Payer:
    """How a household pays: ``chance`` of paying in a month, ``share`` of what it owes then."""

    chance: float
    share: float


PROMPT = Payer(0.97, 1.0)
LATE = Payer(0.55, 1.0)
IN_PARTS = Payer(0.85, 0.6)
SILENT = Payer(0.06, 0.5)


def payer(chance: Random) -> Payer:
    """Four in five pay promptly, three in a hundred hardly ever."""
    drawn = chance.random()
    if drawn < 0.80:
        return PROMPT
    if drawn < 0.91:
        return LATE
    return IN_PARTS if drawn < 0.97 else SILENT


def russian_holder(chance: Random) -> HolderName:
    """A name of the Urals; more women than men hold accounts."""
    sex = 1 if chance.random() < 0.6 else 0
    given = chance.choice(names.GIVEN_WOMEN if sex else names.GIVEN_MEN)
    return HolderName(chance.choice(names.SURNAMES)[sex], given, chance.choice(names.PATRONYMICS)[sex])


def latvian_holder(chance: Random) -> HolderName:
    """A Latvian name, given name first."""
    sex = 1 if chance.random() < 0.55 else 0
    given = chance.choice(names.LATVIAN_WOMEN if sex else names.LATVIAN_MEN)
    return HolderName(chance.choice(names.LATVIAN_SURNAMES)[sex], given, "", surname_first=False)


def russian_address(chance: Random) -> tuple[str, Address]:
    """The town's code and an address in it; one household in five lives in its own house."""
    code, town, _ = chance.choices(names.TOWNS, _WEIGHTS)[0]
    house = str(chance.randint(1, 140)) + chance.choice(("", "", "", "", "а", "б"))
    flat = str(chance.randint(1, 160)) if chance.random() < 0.8 else ""
    return code, Address(names.REGION, town, chance.choice(names.STREETS), house, flat)


def latvian_address(chance: Random) -> Address:
    """A house or flat in a small Latvian town."""
    flat = str(chance.randint(1, 60)) if chance.random() < 0.5 else ""
    town, street = chance.choice(names.LATVIAN_TOWNS), chance.choice(names.LATVIAN_STREETS)
    return Address("", town, street, str(chance.randint(1, 90)), flat)


_WEIGHTS = tuple(weight for _, _, weight in names.TOWNS)
