"""Rules: five thousand households and two years of their readings, invoices and payments, from one seed.

The same (seed, size, day) always gives the same rows; the rows are those of ``billing.embedded.schema``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from billing.accounts import Address, HolderName, Period, Service, Unit, Zone
from billing.embedded import households
from billing.readings import window_at
from billing.suppliers import SUPPLIERS, Supplier

MONTHS = 24  # complete months of use; one more reading before them is where they start from
Row = tuple[object, ...]

#: Prices in minor units by tariff: kopecks a kWh or m3, cents a m3.
ONE_ZONE = ("Однозонный, город", {Zone.T1: 487})
TWO_ZONES = ("Двухзонный", {Zone.T1: 560, Zone.T2: 350})
THREE_ZONES = ("Трёхзонный", {Zone.T1: 633, Zone.T2: 350, Zone.T3: 487})
HEAT_AND_WATER = ("Тепло и горячая вода, население", {Zone.T1: 212}, {Zone.T1: 24318})
GAS = ("Mājsaimniecība, dabasgāze", {Zone.T1: 78})


@dataclass
class Rows:
    """Rows of each table, ready to be written."""

    accounts: list[Row] = field(default_factory=list)
    meters: list[Row] = field(default_factory=list)
    zones: list[Row] = field(default_factory=list)
    readings: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class MonthOf:
    """A past month of one supplier with the texts that go into rows: worked out once, used thousands of times."""

    period: Period
    name: str
    taken_at: tuple[str, ...]
    issued_on: str
    paid_at: tuple[str, ...]  # in the month after, as the invoice is then due; empty if that is still to come


@dataclass(frozen=True)
class Household:
    """An account, its holder and where they live."""

    number: str
    supplier: Supplier
    tariff: str
    holder: HolderName
    address: Address
    card_uid: str | None


def populate(seed: int, accounts: int, now: datetime) -> Rows:
    """Rows of ``accounts`` households of all suppliers: two thirds electricity, a twenty-fifth gas in Latvia,
    the rest heat and hot water of households that also have an electricity account."""
    chance = Random(seed)
    rows = Rows()
    calendars = {code: months_before(supplier, now) for code, supplier in SUPPLIERS.items()}
    gas = accounts // 25
    heat = (accounts - gas) // 3
    homes: list[tuple[HolderName, Address]] = []
    for index in range(accounts - gas - heat):
        town, address = households.russian_address(chance)
        homes.append((households.russian_holder(chance), address))
        number = f"74{town}{100_000 + index:06d}"
        _electricity(rows, chance, _home(number, "elektro", "", homes[-1], chance), calendars["elektro"], now)
    for index in range(heat):
        home = _home(f"{2_300_000 + index}", "teplo", HEAT_AND_WATER[0], homes[index], chance)
        _heat_and_water(rows, chance, home, calendars["teplo"], now)
    for index in range(gas):
        people = (households.latvian_holder(chance), households.latvian_address(chance))
        home = _home(f"{91_000_000 + index}", "gaze", GAS[0], people, chance)
        _gas(rows, chance, home, calendars["gaze"], now)
    return rows


def months_before(supplier: Supplier, now: datetime) -> list[MonthOf]:
    """The start month and the 24 complete ones before the period that is running now."""
    running = window_at(supplier, now).period
    return [_month(running.moved(back), now) for back in range(-MONTHS - 1, 0)]


def _month(period: Period, now: datetime) -> MonthOf:
    following = period.moved(1)
    paid = (f"{following}-{day:02d}T{8 + day % 9:02d}:{day * 2:02d}:00.000+00:00" for day in range(3, 23))
    return MonthOf(
        period,
        str(period),
        tuple(f"{period}-{day:02d}T{4 + day % 11:02d}:{day * 2:02d}:00.000+00:00" for day in range(15, 24)),
        min(date(period.year, period.month, 28), now.date()).isoformat(),
        tuple(moment for moment in paid if datetime.fromisoformat(moment) < now),
    )


def _home(number: str, supplier: str, tariff: str, people: tuple[HolderName, Address], chance: Random) -> Household:
    uid = f"04{chance.getrandbits(48):012X}" if chance.random() < 0.5 else None
    return Household(number, SUPPLIERS[supplier], tariff, *people, uid)


def _electricity(rows: Rows, chance: Random, home: Household, months: Sequence[MonthOf], now: datetime) -> None:
    drawn = chance.random()
    zones = 1 if drawn < 0.62 else 2 if drawn < 0.93 else 3
    tariff, prices = (ONE_ZONE, TWO_ZONES, THREE_ZONES)[zones - 1]
    base = chance.lognormvariate(5.25, 0.45)  # about 190 kWh a month
    model = ("Меркурий 201", "Меркурий 200", "Меркурий 231")[zones - 1]
    digits = 5 if zones == 1 and chance.random() < 0.5 else 6
    meter = f"E{home.number[2:]}"
    rows.meters.append(
        (meter, home.number, Service.ELECTRICITY, model, _serial(chance), Unit.KWH, digits, "13.8",
         _verified_until(chance, now))
    )  # fmt: skip
    bills = [0] * MONTHS
    lazy = _silent_from(chance)
    for zone, share in households.ZONE_SHARES[zones]:
        rows.zones.append((meter, zone, prices[zone]))
        used = _use(chance, base * share, households.ELECTRIC_SEASON, months)
        read(rows, chance, (meter, zone, digits), used, months, lazy)
        bills = [bill + units * prices[zone] for bill, units in zip(bills, used, strict=True)]
    settle(rows, chance, home, tariff, bills, months)


def _heat_and_water(rows: Rows, chance: Random, home: Household, months: Sequence[MonthOf], now: datetime) -> None:
    tariff, heat_price, water_price = HEAT_AND_WATER
    bills = [0] * MONTHS
    lazy = _silent_from(chance)
    for letter, service, model, unit, digits, limit, price, base, season in (
        ("H", Service.HEAT, "Пульсар теплосчётчик", Unit.KWH, 6, "15", heat_price[Zone.T1],
         chance.lognormvariate(6.3, 0.3), households.HEAT_SEASON),
        ("W", Service.HOT_WATER, "СВ-15Г", Unit.M3, 5, "3", water_price[Zone.T1],
         chance.lognormvariate(1.2, 0.5), households.WATER_SEASON),
    ):  # fmt: skip
        meter = f"{letter}{home.number}"
        verified = _verified_until(chance, now)
        rows.meters.append((meter, home.number, service, model, _serial(chance), unit, digits, limit, verified))
        rows.zones.append((meter, Zone.T1, price))
        used = _use(chance, base, season, months)
        read(rows, chance, (meter, Zone.T1, digits), used, months, lazy)
        bills = [bill + units * price for bill, units in zip(bills, used, strict=True)]
    settle(rows, chance, home, tariff, bills, months)


def _gas(rows: Rows, chance: Random, home: Household, months: Sequence[MonthOf], now: datetime) -> None:
    tariff, prices = GAS
    meter = f"G{home.number}"
    rows.meters.append(
        (meter, home.number, Service.GAS, "Elster BK-G4", _serial(chance), Unit.M3, 5, "6",
         _verified_until(chance, now))
    )  # fmt: skip
    rows.zones.append((meter, Zone.T1, prices[Zone.T1]))
    used = _use(chance, chance.lognormvariate(4.0, 0.5), households.GAS_SEASON, months)
    read(rows, chance, (meter, Zone.T1, 5), used, months, _silent_from(chance))
    settle(rows, chance, home, tariff, [units * prices[Zone.T1] for units in used], months)


def _use(chance: Random, base: float, season: Sequence[float], months: Sequence[MonthOf]) -> list[int]:
    """Whole units of each complete month: habit, season, and a month's chance; a holiday now and then."""
    used = []
    for month in months[1:]:
        away = 0.3 if chance.random() < 0.02 else 1.0
        used.append(int(base * season[month.period.month - 1] * (0.85 + 0.3 * chance.random()) * away + 0.5))
    return used


def read(
    rows: Rows,
    chance: Random,
    register: tuple[str, Zone, int],
    used: Sequence[int],
    months: Sequence[MonthOf],
    silent_from: int = MONTHS,
    last_value: int | None = None,
) -> None:
    """Monthly readings of a register that add up to what was used. A reading in forty is forgotten (never
    with ``last_value``, which fixes where the register stands now); after ``silent_from`` months none come."""
    meter, zone, digits = register
    start = chance.randint(200, 10**digits // 3) if last_value is None else last_value - sum(used)
    value = start
    for index, month in enumerate(months):
        if index:
            value = (value + used[index - 1]) % 10**digits
        if index > silent_from or (last_value is None and index > 0 and chance.random() < 0.025):
            continue
        taken_at = month.taken_at[int(chance.random() * len(month.taken_at))]
        if last_value is not None and index == len(months) - 1:
            taken_at = month.taken_at[-1]
        channel = "phone" if chance.random() < 0.3 else "web" if chance.random() < 0.6 else "infomat"
        rows.readings.append((meter, zone, month.name, value % 10**digits, taken_at, channel, "customer"))


def settle(
    rows: Rows,
    chance: Random,
    home: Household,
    tariff: str,
    bills: Sequence[int],
    months: Sequence[MonthOf],
) -> None:
    """The account's row, its invoices, and the payments this household's habit makes of them."""
    habit = households.payer(chance)
    owed = 0
    for month, bill in zip(months[1:], bills, strict=True):
        rows.invoices.append(
            (f"{home.number}-{month.name[2:4]}{month.name[5:]}", home.number, month.name, bill, month.issued_on)
        )
        owed += bill
        paid = int(owed * habit.share)
        if paid > 0 and month.paid_at and chance.random() < habit.chance:
            moment = month.paid_at[int(chance.random() * len(month.paid_at))]
            channel = "bank" if chance.random() < 0.7 else "infomat"
            rows.payments.append(
                (home.number, paid, moment, channel, f"{home.number[-6:]}{month.name[2:4]}{month.name[5:]}")
            )
            owed -= paid
    rows.accounts.append(account_row(home, tariff, opening=0))


def account_row(home: Household, tariff: str, opening: int) -> Row:
    """A household as a row of ``accounts``; ``opening`` is what it owed before the first invoice."""
    holder, address = home.holder, home.address
    return (
        home.number, home.supplier.code, home.supplier.currency, tariff,
        holder.surname, holder.given, holder.patronymic, int(holder.surname_first),
        address.region, address.town, address.street, address.house, address.flat,
        home.card_uid, opening,
    )  # fmt: skip


def _serial(chance: Random) -> str:
    return f"{chance.randint(10_000_000, 49_999_999)}"


def _verified_until(chance: Random, now: datetime) -> str:
    """Sixteen years between checks; three meters in a hundred are past theirs."""
    years = -1 if chance.random() < 0.03 else chance.randint(1, 15)
    return date(now.year + years, chance.randint(1, 12), 28).isoformat()


def _silent_from(chance: Random) -> int:
    """The month after which no readings come: for two households in a hundred the last four are missing."""
    return MONTHS - 4 if chance.random() < 0.02 else MONTHS
