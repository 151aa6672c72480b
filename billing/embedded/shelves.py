"""Adapter: reading cards and histories out of the embedded book. Only looks, never writes."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from billing.accounts import (
    AccountCard,
    AccountHistory,
    Address,
    Flag,
    HolderName,
    Invoice,
    Meter,
    Month,
    PastReading,
    Payment,
    Period,
    Service,
    Unit,
    Zone,
    ZoneCard,
)
from billing.readings import local_day, usual_range, window_at
from billing.suppliers import Supplier, supplier_of
from ground.money import Money

HISTORY_MONTHS = 24
_SILENT_PERIODS = 3


class Shelves:
    """Finds in the book. Amounts and usage are worked out, so they cannot disagree with the rows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._book = connection

    def card(self, number: str, moment: datetime) -> AccountCard | None:
        """The account as it looks at ``moment``: "last" readings are those before that moment's period."""
        row = self._book.execute("SELECT * FROM accounts WHERE number = ?", (number,)).fetchone()
        if row is None:
            return None
        supplier = supplier_of(row["supplier"])
        period = window_at(supplier, moment).period
        meters = tuple(
            self._meter(found, supplier, period)
            for found in self._book.execute("SELECT * FROM meters WHERE account = ? ORDER BY id", (number,))
        )
        debt = self.debt(number)
        return AccountCard(
            number=number,
            supplier=supplier.code,
            supplier_name=supplier.name,
            holder=HolderName(row["surname"], row["given"], row["patronymic"], bool(row["surname_first"])),
            address=Address(row["region"], row["town"], row["street"], row["house"], row["flat"]),
            meters=meters,
            debt=Money(debt, row["currency"]),
            last_payment=self._last_payment(number, row["currency"]),
            tariff=row["tariff"],
            flags=self._flags(number, debt, meters, supplier, moment),
        )

    def debt(self, number: str) -> int:
        """What the account owes, minor units; negative when it is ahead."""
        row = self._book.execute(
            "SELECT (SELECT opening FROM accounts WHERE number = :n)"
            " + coalesce((SELECT sum(amount) FROM invoices WHERE account = :n), 0)"
            " - coalesce((SELECT sum(amount) FROM payments WHERE account = :n), 0)",
            {"n": number},
        ).fetchone()
        return int(row[0])

    def following_value(self, meter_id: str, zone: Zone, period: Period) -> int | None:
        """The next later period's value of a register, or None when this is the newest."""
        row = self._book.execute(
            "SELECT value FROM readings WHERE meter = ? AND zone = ? AND period > ? ORDER BY period LIMIT 1",
            (meter_id, zone.value, str(period)),
        ).fetchone()
        return None if row is None else int(row["value"])

    def history(self, card: AccountCard, moment: datetime) -> AccountHistory:
        """24 complete months and the running one; see the port."""
        supplier = supplier_of(card.supplier)
        running = window_at(supplier, moment).period
        readings: dict[str, list[PastReading]] = defaultdict(list)
        for meter in card.meters:
            for register in meter.zones:
                for month, reading in self._past(meter, register.zone):
                    readings[month].append(reading)
        invoices = self._invoices(card.number, supplier.currency)
        payments = self._payments(card.number, supplier)
        months = []
        for back in range(HISTORY_MONTHS, -1, -1):
            period = running.moved(-back)
            name = str(period)
            months.append(
                Month(period, tuple(readings.get(name, ())), invoices.get(name), tuple(payments.get(name, ())))
            )
        return AccountHistory(card.number, tuple(months))

    def _meter(self, row: sqlite3.Row, supplier: Supplier, period: Period) -> Meter:
        registers = self._book.execute(
            "SELECT zone, price FROM zones WHERE meter = ? ORDER BY zone", (row["id"],)
        ).fetchall()
        return Meter(
            id=row["id"],
            service=Service(row["service"]),
            model=row["model"],
            serial=row["serial"],
            unit=Unit(row["unit"]),
            digits=row["digits"],
            most_per_hour=Decimal(row["most_per_hour"]),
            verified_until=date.fromisoformat(row["verified_until"]),
            zones=tuple(self._register(row, found, supplier, period) for found in registers),
        )

    def _register(self, meter: sqlite3.Row, row: sqlite3.Row, supplier: Supplier, period: Period) -> ZoneCard:
        found = self._book.execute(
            "SELECT period, value, taken_at FROM readings WHERE meter = ? AND zone = ? AND period <= ?"
            " ORDER BY period DESC LIMIT 14",
            (meter["id"], row["zone"], str(period)),
        ).fetchall()
        handed_in = None
        if found and found[0]["period"] == str(period):
            handed_in = int(found[0]["value"])
            found = found[1:]
        values = [int(reading["value"]) for reading in found]
        low, high = usual_range(_monthly(found, meter["digits"]))
        last_taken = datetime.fromisoformat(found[0]["taken_at"]) if found else None
        return ZoneCard(
            Zone(row["zone"]),
            values[0] if values else None,
            None if last_taken is None else local_day(supplier, last_taken),
            low,
            high,
            Money(row["price"], supplier.currency),
            handed_in,
        )

    def _past(self, meter: Meter, zone: Zone) -> list[tuple[str, PastReading]]:
        past: list[tuple[str, PastReading]] = []
        before: int | None = None
        for row in self._book.execute(
            "SELECT * FROM readings WHERE meter = ? AND zone = ? ORDER BY period", (meter.id, zone.value)
        ):
            value = int(row["value"])
            units = 0 if before is None else (value - before) % 10**meter.digits
            taken_at = datetime.fromisoformat(row["taken_at"])
            past.append((row["period"], PastReading(meter.id, zone, value, units, taken_at, row["channel"])))
            before = value
        return past

    def _invoices(self, number: str, currency: str) -> dict[str, Invoice]:
        return {
            row["period"]: Invoice(row["number"], Money(row["amount"], currency), date.fromisoformat(row["issued_on"]))
            for row in self._book.execute("SELECT * FROM invoices WHERE account = ?", (number,))
        }

    def _payments(self, number: str, supplier: Supplier) -> dict[str, list[Payment]]:
        payments: dict[str, list[Payment]] = defaultdict(list)
        for row in self._book.execute("SELECT * FROM payments WHERE account = ? ORDER BY paid_at, id", (number,)):
            payment = _payment(row, supplier.currency)
            payments[str(Period.of(local_day(supplier, payment.paid_at)))].append(payment)
        return payments

    def _last_payment(self, number: str, currency: str) -> Payment | None:
        # Neither one that was taken back nor what took it back: the account never had that money.
        row = self._book.execute(
            "SELECT p.* FROM payments p WHERE p.account = ? AND p.amount > 0 AND NOT EXISTS ("
            "  SELECT 1 FROM payments b JOIN postings k ON k.payment = b.id JOIN postings o ON o.payment = p.id"
            "  WHERE b.account = p.account AND b.amount < 0 AND json_extract(k.content, '$[5]') = o.idempotency_key"
            ") ORDER BY p.paid_at DESC, p.id DESC LIMIT 1",
            (number,),
        ).fetchone()
        return None if row is None else _payment(row, currency)

    def _flags(
        self, number: str, debt: int, meters: tuple[Meter, ...], supplier: Supplier, moment: datetime
    ) -> tuple[Flag, ...]:
        flags = []
        row = self._book.execute(
            "SELECT avg(amount) FROM (SELECT amount FROM invoices WHERE account = ? ORDER BY period DESC LIMIT 12)",
            (number,),
        ).fetchone()
        if row[0] and debt > 2 * row[0]:
            flags.append(Flag.DEBT_OVER_TWO_MONTHS)
        if any(meter.verified_until < moment.date() for meter in meters):
            flags.append(Flag.VERIFICATION_PAST)
        oldest = window_at(supplier, moment).period.moved(-_SILENT_PERIODS)
        silent = self._book.execute(
            "SELECT 1 FROM readings r JOIN meters m ON m.id = r.meter WHERE m.account = ? AND r.period >= ? LIMIT 1",
            (number, str(oldest)),
        ).fetchone()
        if meters and silent is None:
            flags.append(Flag.NO_READINGS)
        return tuple(flags)


def _monthly(newest_first: list[sqlite3.Row], digits: int) -> list[int]:
    """Units of each month, oldest first; what was used over a gap is spread over its months."""
    monthly: list[int] = []
    for old, new in pairwise(reversed(newest_first)):
        first, last = Period.parse(old["period"]), Period.parse(new["period"])
        months = (last.year - first.year) * 12 + last.month - first.month
        monthly += [round((new["value"] - old["value"]) % 10**digits / months)] * months
    return monthly


def _payment(row: sqlite3.Row, currency: str) -> Payment:
    return Payment(
        datetime.fromisoformat(row["paid_at"]),
        Money(row["amount"], currency),
        row["channel"],
        row["reference"],
    )
