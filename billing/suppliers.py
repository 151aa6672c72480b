"""Rules: what each supplier asks of readings, as dated data (features.md 9: the rules change by decree).

A change of law is one more ``ReadingTerms`` with its first day; nothing else in the code changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from billing.errors import BillingError


@dataclass(frozen=True, slots=True)
class ReadingTerms:
    """Terms in force from ``effective_from`` on, until the next ones.

    Readings taken on ``first_day``..``last_day`` of a month are that month's; later ones count for the next
    month. ``utc_offset_minutes`` is the supplier's wall clock; a place with summer time gets its winter
    offset, which ends the summer deadline an hour late, in the customer's favour.
    ``unusual_times`` the mean, but at least ``unusual_floor`` units, are asked about.
    """

    effective_from: date
    first_day: int
    last_day: int
    utc_offset_minutes: int
    unusual_times: int = 3
    unusual_floor: int = 30


@dataclass(frozen=True, slots=True)
class Supplier:
    """A company whose accounts we serve. ``terms`` are sorted by their first day; ``phone`` is on every slip."""

    code: str
    name: str
    currency: str
    terms: tuple[ReadingTerms, ...]
    phone: str = ""

    def terms_on(self, day: date) -> ReadingTerms:
        """The terms in force on a day; raises BillingError ``billing.terms_missing`` before the first ones."""
        found = [terms for terms in self.terms if terms.effective_from <= day]
        if not found:
            raise BillingError(f"no terms of {self.code} on {day}", code="billing.terms_missing")
        return found[-1]


_YEKATERINBURG = 300  # UTC+5, no summer time
_RIGA = 120

SUPPLIERS: dict[str, Supplier] = {
    supplier.code: supplier
    for supplier in (
        Supplier(
            "elektro",
            "Электросбыт Южного Урала",
            "RUB",
            (
                ReadingTerms(date(2012, 1, 1), first_day=20, last_day=25, utc_offset_minutes=_YEKATERINBURG),
                ReadingTerms(date(2022, 1, 1), first_day=15, last_day=25, utc_offset_minutes=_YEKATERINBURG),
            ),
            "8 800 555-04-17",
        ),
        Supplier(
            "teplo",
            "Тепло и вода Южного Урала",
            "RUB",
            (
                ReadingTerms(
                    date(2012, 1, 1), first_day=15, last_day=25, utc_offset_minutes=_YEKATERINBURG, unusual_floor=6
                ),
            ),
            "8 800 555-18-93",
        ),
        Supplier(
            "gaze",
            "Baltijas Gāze",
            "EUR",
            (ReadingTerms(date(2015, 1, 1), first_day=20, last_day=28, utc_offset_minutes=_RIGA, unusual_floor=10),),
            "+371 67 041 234",
        ),
    )
}


def supplier_of(code: str) -> Supplier:
    """A supplier by its code; raises BillingError ``billing.supplier_unknown``."""
    try:
        return SUPPLIERS[code]
    except KeyError:
        raise BillingError(f"no supplier {code!r}", code="billing.supplier_unknown") from None
