"""Values for the tests of rules: an account like the one of the demonstration."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from billing.accounts import (
    AccountCard,
    Address,
    HolderName,
    Meter,
    Payment,
    Service,
    Unit,
    Zone,
    ZoneCard,
)
from ground.money import Money

NOON = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # noon in the Urals


def register(
    zone: Zone = Zone.T2, last: int | None = 12611, low: int = 150, high: int = 190, price: int = 350
) -> ZoneCard:
    """The night zone of the demonstration."""
    day = None if last is None else date(2026, 10, 23)
    return ZoneCard(zone, last, day, low, high, Money(price, "RUB"))


def meter(*zones: ZoneCard, digits: int = 6, verified_until: date = date(2031, 3, 15)) -> Meter:
    """A household's meter, 60 A at 230 V."""
    return Meter(
        "E01004417",
        Service.ELECTRICITY,
        "Меркурий 200",
        "30418812",
        Unit.KWH,
        digits,
        Decimal("13.8"),
        verified_until,
        zones or (register(Zone.T1, 34118, 236, 270, 560), register()),
    )


def card() -> AccountCard:
    """The account of the demonstration."""
    return AccountCard(
        "7401004417",
        "elektro",
        "Электросбыт Южного Урала",
        HolderName("Петрова", "Ирина", "Сергеевна"),
        Address("Челябинская обл.", "Миасс", "ул. 8 Марта", "14", "32"),
        (meter(),),
        Money(128450, "RUB"),
        Payment(datetime(2026, 10, 12, 9, 14, tzinfo=UTC), Money(98000, "RUB"), "bank", "0044172609"),
        "Двухзонный",
    )
