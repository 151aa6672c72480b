"""Rules: sums, moments and numbers as they stand on paper: short, in columns, the same in every row."""

from __future__ import annotations

from datetime import datetime

from assets.words import Words
from ground.money import Money


def sum_on_paper(money: Money, words: Words) -> str:
    """``1 284,50 руб.``; both digits of the small unit always, so that the points of a column meet."""
    major, minor = divmod(money.minor, 100)
    figure = words.say("slip.figure", major=words.number(major), minor=f"{minor:02d}")
    key = f"slip.sum.{money.currency}"
    if not words.knows(key):  # a terminal that charged, and gave back, in a currency of its own
        return unbroken(f"{figure} {money.currency}")
    return words.say(key, figure=figure)


def moment(at: datetime, words: Words) -> str:
    """Day and minute; ``at`` is in the place's own time."""
    return words.say("slip.moment", day=f"{at:%d}", month=f"{at:%m}", year=f"{at:%Y}", time=f"{at:%H}:{at:%M}")


def card_on_paper(brand: str, last_digits: str, words: Words) -> str:
    """``Mir *4417``: as the brand writes itself, and the last four, never more (PCI DSS 3.4)."""
    key = f"slip.brand.{brand.lower()}"
    brand = words.say(key) if words.knows(key) else brand
    return " ".join(part for part in (brand, f"*{last_digits[-4:]}" if last_digits else "") if part)


def unbroken(number: str) -> str:
    """A telephone number that stays on one row."""
    return number.replace(" ", "\u00a0")


def in_groups(proof: str) -> str:
    """``3F2A-91BC-04DE``, as ``infomat queue verify --proof`` takes it."""
    return "-".join(proof[at : at + 4].upper() for at in range(0, len(proof), 4))
