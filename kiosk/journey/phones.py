"""Rules: phone numbers as people of a country type them, and as E.164 wants them.

Source: the national numbering plans (ITU-T E.164 annexes of Russia and Latvia).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Country = Literal["RU", "LV"]
MOST_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Numbers:
    """``whole`` matches a complete national number, ``before`` what people type in front of it from habit."""

    code: str
    groups: tuple[int, ...]
    whole: re.Pattern[str]
    before: re.Pattern[str]


#: Russia: 8 or 7 first from habit; area codes never begin with 89, mobile ones always with 9.
NUMBERS: dict[Country, Numbers] = {
    "RU": Numbers("+7", (3, 3, 2, 2), re.compile(r"(?:[349][0-9]|8[0-8])[0-9]{8}"), re.compile(r"7|8(?=9|[0-9]{10}$)")),
    "LV": Numbers("+371", (2, 3, 3), re.compile(r"[24-8][0-9]{7}"), re.compile(r"371")),
}


def national(country: Country, typed: str) -> str:
    """The typed digits without what stands before a national number."""
    numbers = NUMBERS[country]
    before = numbers.before.match(typed)
    return typed[before.end() :] if before else typed


def dialled(country: Country, typed: str) -> str | None:
    """The number in E.164, or None while it is not one of this country."""
    digits = national(country, typed)
    return NUMBERS[country].code + digits if NUMBERS[country].whole.fullmatch(digits) else None


def in_groups(code: str, typed: str, *, blanks: bool = True) -> str:
    """``+7 912 345 67 89``; what is not typed yet are blanks."""
    country = next(each for each, numbers in NUMBERS.items() if numbers.code == code)
    digits = national(country, typed)
    groups = NUMBERS[country].groups
    if blanks:
        digits = digits.ljust(sum(groups), "_")
    parts, at = [code], 0
    for size in groups:
        parts.append(digits[at : at + size])
        at += size
    parts[-1] += digits[at:]
    return "\u00a0".join(part for part in parts if part)


def masked(phone: str) -> str:
    """All but the last four digits covered."""
    return "•••\u00a0" + phone[-4:-2] + "\u00a0" + phone[-2:]
