"""Rules: money as integer minor units with a currency (ISO 4217)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from ground.errors import InfomatError

_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST = 15  # digits of major units: no sum of money has more, a text such as 1E+9999 would
_MINOR_DIGITS = 2  # RUB and EUR, the countries we serve (ISO 4217 "E" column)


class MoneyError(InfomatError):
    """Amounts of different currencies were mixed, or an amount is not a whole minor unit."""

    code = "money.invalid"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount: ``minor`` kopecks or cents (may be negative), ``currency`` three capitals."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise MoneyError(f"minor units must be an int, got {self.minor!r}")
        if not _CURRENCY.fullmatch(self.currency):
            raise MoneyError(f"currency must be three capital letters, got {self.currency!r}")

    @classmethod
    def of_major(cls, amount: Decimal, currency: str) -> Money:
        """Exact amount in major units (``Decimal('1284.50')``); raises MoneyError for parts of a minor unit."""
        if not amount.is_finite() or amount.adjusted() > _LONGEST:
            raise MoneyError(f"{amount} {currency} is no amount")
        minor = amount.scaleb(_MINOR_DIGITS)
        if minor != minor.to_integral_value():
            raise MoneyError(f"{amount} {currency} has a part of a minor unit")
        return cls(int(minor), currency)

    @property
    def major(self) -> Decimal:
        """Exact major units, always with two decimals (``Decimal('1284.50')``)."""
        return Decimal(self.minor).scaleb(-_MINOR_DIGITS)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __str__(self) -> str:
        return f"{self.major} {self.currency}"

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} cannot be mixed")
        return other.minor
