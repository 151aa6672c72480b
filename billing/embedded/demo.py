"""Rules: the few memorable accounts a demonstration and the tests walk through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from billing.accounts import Address, HolderName, Service, Unit, Zone
from billing.embedded import population
from billing.embedded.names import REGION
from billing.suppliers import SUPPLIERS


@dataclass(frozen=True)
class DemoRegister:
    """A register: price a unit in minor units, where it stands, and twelve months of use that repeat."""

    zone: Zone
    price: int
    last_value: int
    monthly: tuple[int, ...]


@dataclass(frozen=True)
class DemoMeter:
    """A meter of a demo account."""

    id: str
    service: Service
    model: str
    serial: str
    unit: Unit
    digits: int
    most_per_hour: str
    verified_until: str
    registers: tuple[DemoRegister, ...]


@dataclass(frozen=True)
class DemoAccount:
    """An account whose figures are known by heart. Amounts in minor units."""

    what: str
    number: str
    supplier: str
    tariff: str
    holder: HolderName
    address: Address
    card_uid: str
    debt: int
    last_payment: int
    meters: tuple[DemoMeter, ...]


_IRINA = HolderName("Петрова", "Ирина", "Сергеевна")
_HER_HOME = Address(REGION, "Миасс", "ул. 8 Марта", "14", "32")
_DAY = (262, 255, 270, 248, 240, 232, 236, 244, 250, 258, 266, 274)
_NIGHT = (178, 186, 190, 172, 160, 150, 146, 152, 164, 176, 190, 196)

DEMO_ACCOUNTS = (
    DemoAccount(
        "two-zone electricity with a debt", "7401004417", "elektro", population.TWO_ZONES[0],
        _IRINA, _HER_HOME, "04A1B2C3D4E5F6", 128450, 98000,
        (DemoMeter("E01004417", Service.ELECTRICITY, "Меркурий 200", "30418812", Unit.KWH, 6, "13.8", "2031-03-15", (
            DemoRegister(Zone.T1, 560, 34118, _DAY), DemoRegister(Zone.T2, 350, 12611, _NIGHT))),),
    ),
    DemoAccount(
        "one-zone electricity, nothing owed", "7401004425", "elektro", population.ONE_ZONE[0],
        HolderName("Соколов", "Андрей", "Викторович"), Address(REGION, "Миасс", "пр. Автозаводцев", "27", "5"),
        "04A1B2C3D4E5F7", 0, 87660,
        (DemoMeter("E01004425", Service.ELECTRICITY, "Меркурий 201", "28110457", Unit.KWH, 5, "13.8", "2034-09-20", (
            DemoRegister(Zone.T1, 487, 18204, (180, 176, 190, 168, 172, 160, 158, 164, 170, 182, 188, 192)),)),),
    ),
    DemoAccount(
        "three-zone electricity, last check of the meter long past", "7402015830", "elektro",
        population.THREE_ZONES[0], HolderName("Гарифуллин", "Рустам", "Маратович"),
        Address(REGION, "Челябинск", "ул. Кирова", "88", ""), "04A1B2C3D4E5F8", 41230, 210000,
        (DemoMeter("E02015830", Service.ELECTRICITY, "Меркурий 231", "24771093", Unit.KWH, 6, "33", "2024-06-01", (
            DemoRegister(Zone.T1, 633, 50872, (120, 118, 124, 110, 104, 98, 96, 102, 108, 116, 122, 126)),
            DemoRegister(Zone.T2, 350, 41005, (140, 136, 144, 130, 122, 116, 112, 118, 126, 134, 142, 148)),
            DemoRegister(Zone.T3, 487, 61940, (150, 146, 156, 140, 132, 124, 120, 128, 136, 146, 152, 158)))),),
    ),
    DemoAccount(
        "heat and hot water of the same home", "2211893", "teplo", population.HEAT_AND_WATER[0],
        _IRINA, _HER_HOME, "04A1B2C3D4E5F9", 215640, 264000,
        (DemoMeter("H2211893", Service.HEAT, "Пульсар теплосчётчик", "11402236", Unit.KWH, 6, "15", "2029-08-10", (
            DemoRegister(Zone.T1, 212, 21460, (980, 900, 760, 480, 120, 20, 20, 20, 160, 520, 740, 920)),)),
         DemoMeter("W2211893", Service.HOT_WATER, "СВ-15Г", "40981125", Unit.M3, 5, "3", "2028-02-01", (
            DemoRegister(Zone.T1, 24318, 412, (4, 3, 4, 4, 3, 4, 3, 3, 4, 4, 3, 4)),))),
    ),
    DemoAccount(
        "electricity meter about to start again from zero", "7403002219", "elektro", population.ONE_ZONE[0],
        HolderName("Черепанова", "Зинаида", "Павловна"), Address(REGION, "Магнитогорск", "ул. Труда", "9", "71"),
        "04A1B2C3D4E5FA", 56010, 61200,
        (DemoMeter("E03002219", Service.ELECTRICITY, "СО-505", "09114820", Unit.KWH, 4, "13.8", "2029-01-30", (
            DemoRegister(Zone.T1, 487, 9931, (128, 122, 130, 118, 112, 108, 106, 110, 116, 124, 126, 132)),)),),
    ),
    DemoAccount(
        "gas in Latvia, in euro", "90041234", "gaze", population.GAS[0],
        HolderName("Bērziņa", "Anna", "", surname_first=False), Address("", "Sigulda", "Liepu iela", "12", ""),
        "04A1B2C3D4E5FB", 4560, 3900,
        (DemoMeter("G90041234", Service.GAS, "Elster BK-G4", "15520891", Unit.M3, 5, "6", "2030-05-12", (
            DemoRegister(Zone.T1, 78, 7346, (96, 92, 80, 60, 34, 22, 20, 20, 28, 58, 76, 90)),)),),
    ),
)  # fmt: skip


def add_demo(rows: population.Rows, seed: int, now: datetime) -> None:
    """Put the demo accounts among the generated ones, ending exactly at their known figures."""
    chance = Random(f"demo {seed}")
    for account in DEMO_ACCOUNTS:
        supplier = SUPPLIERS[account.supplier]
        months = population.months_before(supplier, now)
        home = population.Household(
            account.number, supplier, account.tariff, account.holder, account.address, account.card_uid
        )
        bills = [0] * population.MONTHS
        for meter in account.meters:
            rows.meters.append(
                (meter.id, account.number, meter.service, meter.model, meter.serial, meter.unit, meter.digits,
                 meter.most_per_hour, meter.verified_until)
            )  # fmt: skip
            for register in meter.registers:
                rows.zones.append((meter.id, register.zone, register.price))
                used = [register.monthly[month.period.month - 1] for month in months[1:]]
                population.read(
                    rows, chance, (meter.id, register.zone, meter.digits), used, months,
                    last_value=register.last_value,
                )  # fmt: skip
                bills = [bill + units * register.price for bill, units in zip(bills, used, strict=True)]
        _settle(rows, home, account, bills, months)


def _settle(
    rows: population.Rows,
    home: population.Household,
    account: DemoAccount,
    bills: Sequence[int],
    months: Sequence[population.MonthOf],
) -> None:
    """Every invoice paid on the 12th of the month after, the last one in part; what is left is the debt."""
    paid = 0
    for month, bill in zip(months[1:], bills, strict=True):
        name = f"{month.name[2:4]}{month.name[5:]}"
        rows.invoices.append((f"{account.number}-{name}", account.number, month.name, bill, month.issued_on))
        if month is months[-1]:
            continue
        amount = account.last_payment if month is months[-2] else bill
        moment = f"{month.period.moved(1)}-12T09:14:00.000+00:00"
        rows.payments.append((account.number, amount, moment, "bank", f"{account.number[-6:]}{name}"))
        paid += amount
    opening = account.debt - sum(bills) + paid
    rows.accounts.append(population.account_row(home, account.tariff, opening))
