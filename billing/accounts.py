"""Rules: the values of billing: an account's card, its meters, what is handed in and what is posted.

Frozen dataclasses; amounts are ``ground.money.Money``, moments aware UTC datetimes, calendar days are
``date`` in the supplier's own place. Field names follow features.md section 9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from billing.errors import BillingError
from ground.money import Money

_PERIOD = re.compile(r"(\d{4})-(\d{2})")


class Zone(StrEnum):
    """A register of a meter: day, night, half-peak of tariffs by time of day. One price for all has T1 alone."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"


class Unit(StrEnum):
    """What a meter counts."""

    KWH = "kWh"
    M3 = "m3"


class Service(StrEnum):
    """What the supplier delivers through a meter."""

    ELECTRICITY = "electricity"
    HEAT = "heat"
    HOT_WATER = "hot_water"
    GAS = "gas"


class Flag(StrEnum):
    """What an operator should know at once about an account."""

    DEBT_OVER_TWO_MONTHS = "debt_over_two_months"
    VERIFICATION_PAST = "verification_past"
    NO_READINGS = "no_readings"  # nothing handed in for three periods (Rules 354 p. 60)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar month for which readings are handed in and invoices made; sorts by time."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:
            raise BillingError(f"no such month: {self.year}-{self.month}", code="billing.request_invalid")

    @classmethod
    def of(cls, day: date) -> Period:
        """The month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Period:
        """From ``2026-11``; raises BillingError for anything else."""
        match = _PERIOD.fullmatch(text)
        if match is None:
            raise BillingError(f"not a period: {text!r}", code="billing.request_invalid")
        return cls(int(match[1]), int(match[2]))

    def moved(self, months: int) -> Period:
        """The period so many months later (earlier when negative)."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Period(year, month + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class HolderName:
    """Whom the account belongs to; ``surname_first`` is the order in which this person's country writes."""

    surname: str
    given: str
    patronymic: str = ""
    surname_first: bool = True

    @property
    def full(self) -> str:
        """``Петрова Ирина Сергеевна`` or ``Anna Bērziņa``."""
        parts = (self.surname, self.given, self.patronymic) if self.surname_first else (self.given, self.surname)
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the meter is. ``flat`` is empty for a house of one household."""

    region: str
    town: str
    street: str
    house: str
    flat: str = ""

    @property
    def line(self) -> str:
        """``Челябинская обл., Миасс, ул. 8 Марта, 14–32``."""
        house = f"{self.house}–{self.flat}" if self.flat else self.house
        return ", ".join(part for part in (self.region, self.town, self.street, house) if part)


@dataclass(frozen=True, slots=True)
class ZoneCard:
    """One register of a meter.

    ``last_value`` and ``last_date`` are of an EARLIER period, None when there was none; ``handed_in`` is what
    was already handed in for the running period. ``usual_low``..``usual_high`` units a month; ``price`` a unit.
    """

    zone: Zone
    last_value: int | None
    last_date: date | None
    usual_low: int
    usual_high: int
    price: Money
    handed_in: int | None = None

    @property
    def usual(self) -> float:
        """The middle of what is usual in a month, units."""
        return (self.usual_low + self.usual_high) / 2


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter: ``digits`` whole digits before the comma, ``most_per_hour`` units that can pass it physically."""

    id: str
    service: Service
    model: str
    serial: str
    unit: Unit
    digits: int
    most_per_hour: Decimal
    verified_until: date
    zones: tuple[ZoneCard, ...]

    def zone(self, zone: Zone) -> ZoneCard | None:
        """The register of that zone, or None when the meter has none."""
        return next((card for card in self.zones if card.zone == zone), None)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that reached the account. ``reference`` is the payer's side's number of it."""

    paid_at: datetime
    amount: Money
    channel: str
    reference: str


@dataclass(frozen=True, slots=True)
class AccountCard:
    """Everything the front office sees of an account. ``debt`` is positive when the customer owes."""

    number: str
    supplier: str
    supplier_name: str
    holder: HolderName
    address: Address
    meters: tuple[Meter, ...]
    debt: Money
    last_payment: Payment | None
    tariff: str
    flags: tuple[Flag, ...] = ()

    @property
    def holder_name(self) -> str:
        """The holder's full name, unmasked."""
        return self.holder.full

    def meter(self, meter_id: str) -> Meter | None:
        """The account's meter of that id, or None."""
        return next((meter for meter in self.meters if meter.id == meter_id), None)


@dataclass(frozen=True, slots=True)
class ZoneValue:
    """A value read from one register."""

    zone: Zone
    value: int


@dataclass(frozen=True, slots=True)
class ReadingSubmission:
    """Readings of one meter, handed in together.

    ``taken_at`` decides the period, so that what an offline kiosk kept still counts for its month.
    ``confirmed`` holds the reason keys the person was asked about and agreed to. ``shown_total`` is the
    sum register of the meter, when the person read it too.
    """

    account: str
    meter_id: str
    values: tuple[ZoneValue, ...]
    taken_at: datetime
    channel: str
    author: str
    confirmed: tuple[str, ...] = ()
    shown_total: int | None = None


@dataclass(frozen=True, slots=True)
class ZoneAccepted:
    """One register's accepted value and what it comes to since the last one."""

    zone: Zone
    value: int
    units: int
    money: Money


@dataclass(frozen=True, slots=True)
class ReadingAccepted:
    """The readings stand for ``period``. ``notes`` are phrase keys to tell the person (features.md 9);
    ``missing`` are the meter's zones still to be handed in for this period."""

    reference: str
    account: str
    meter_id: str
    period: Period
    zones: tuple[ZoneAccepted, ...]
    notes: tuple[str, ...] = ()
    missing: tuple[Zone, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadingRefused:
    """Nothing was taken. ``reason`` is a phrase key; a refusal that only wants the person's word carries
    ``needs_confirmation`` with the consequence: hand in again with the reason in ``confirmed``."""

    reason: str
    zone: Zone | None = None
    choices: tuple[str, ...] = ()
    needs_confirmation: bool = False
    units: int | None = None
    money: Money | None = None
    times_usual: int | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """A payment to be written to an account, exactly once per ``idempotency_key``.

    With ``reverses``, the key of an earlier posting, it takes that one off the account again, whole.
    """

    idempotency_key: str
    account: str
    amount: Money
    paid_at: datetime
    reference: str
    reverses: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """The payment stands in the billing system's book. The same key always gets this same value again."""

    idempotency_key: str
    number: str
    account: str
    amount: Money
    posted_at: datetime
    debt_after: Money


@dataclass(frozen=True, slots=True)
class PastReading:
    """A reading of an earlier month with what was used since the one before."""

    meter_id: str
    zone: Zone
    value: int
    units: int
    taken_at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """A month's invoice."""

    number: str
    amount: Money
    issued_on: date


@dataclass(frozen=True, slots=True)
class Month:
    """What happened on an account in one month."""

    period: Period
    readings: tuple[PastReading, ...]
    invoice: Invoice | None
    payments: tuple[Payment, ...]


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """24 complete months of an account, oldest first, then the running one."""

    account: str
    months: tuple[Month, ...]

    def units_of(self, meter_id: str) -> tuple[tuple[Period, int], ...]:
        """What one meter counted in each month, all zones together: kilowatt-hours and cubic metres of an
        account's two meters must not be added up."""
        return tuple(
            (month.period, sum(reading.units for reading in month.readings if reading.meter_id == meter_id))
            for month in self.months
        )
