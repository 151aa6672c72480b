"""Adapter: a bank's registry (CSV, cp1251 or UTF-8) as movements; what cannot be read is said with its line.

Columns are found by their headings, whatever their order: those of ``COLUMNS`` (Russian acquirers; other headings are
given as a mapping). Amounts are major units with a comma or a point, negative or marked as a return by the kind.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ground.errors import InfomatError
from ground.money import Money, MoneyError
from payment.reconciliation import BankMovement, Kind

#: Our name of a column -> headings it goes by, in lower case.
COLUMNS: dict[str, tuple[str, ...]] = {
    "day": ("дата операции", "date", "transaction date"),
    "terminal": ("терминал", "tid", "terminal"),
    "kind": ("тип операции", "type", "operation"),
    "amount": ("сумма", "amount", "сумма операции"),
    "currency": ("валюта", "currency"),
    "rrn": ("rrn", "reference"),
    "original_rrn": ("rrn оригинала", "original rrn", "original reference"),
    "approval": ("код авторизации", "approval code", "auth code"),
    "order": ("номер заказа", "order", "merchant reference"),
    "fee": ("комиссия", "fee", "commission"),
}
_NEEDED = ("day", "kind", "amount", "currency", "rrn")
_KINDS: dict[str, Kind] = {
    "оплата": "payment", "покупка": "payment", "payment": "payment", "purchase": "payment", "sale": "payment",
    "отмена": "return", "возврат": "return", "reversal": "return", "refund": "return",
}  # fmt: skip
_DAYS = ("%d.%m.%Y", "%Y-%m-%d")
_SPACES = re.compile(r"[\s\u00a0]")


class RegistryError(InfomatError):
    """A registry cannot be read: the text says which line, which column and what was expected."""

    code = "payment.registry"


def read_registry(file: Path, headings: Mapping[str, str] | None = None) -> list[BankMovement]:
    """The movements of one file, in its order; raises RegistryError. ``headings``: our name -> this bank's heading."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise RegistryError(f"{file} cannot be read: {error.strerror}") from error
    return parse_registry(data, file.name, headings)


def parse_registry(data: bytes, name: str, headings: Mapping[str, str] | None = None) -> list[BankMovement]:
    """The movements of a file's bytes; ``name`` is for messages."""
    text = _decoded(data)
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") >= first.count(",") else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = _rows(lines, name)
    heads = [head.strip().lower() for head in next(rows, [])]
    places = _places(heads, name, headings or {})
    found = list[BankMovement]()
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(heads):
            raise RegistryError(f"{name}, line {lines.line_num}: {len(row)} fields, the heading has {len(heads)}")
        told = {column: row[place].strip() for column, place in places.items()}
        try:
            found.append(_movement(told, lines.line_num))
        except ValueError as error:
            raise RegistryError(f"{name}, line {lines.line_num}: {error}") from error
    return found


def _rows(lines: Any, name: str) -> Iterator[list[str]]:
    """Each row a line: a quotation mark without its second would swallow the rows up to the next one."""
    before = 0
    try:
        for row in lines:
            if lines.line_num != before + 1:
                raise RegistryError(f"{name}, line {before + 1}: a quotation mark that is not closed")
            before = lines.line_num
            yield row
    except csv.Error as error:
        raise RegistryError(f"{name}, line {lines.line_num}: {error}") from error


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return data.decode("cp1251")
        except UnicodeDecodeError as error:
            raise RegistryError(f"neither UTF-8 nor cp1251: byte {error.start}") from error


def _places(heads: list[str], name: str, headings: Mapping[str, str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for column, usual in COLUMNS.items():
        names = (headings[column].strip().lower(),) if column in headings else usual
        place = next((heads.index(one) for one in names if one in heads), None)
        if place is not None and heads.count(heads[place]) > 1:
            raise RegistryError(f"{name}: the heading has «{heads[place]}» twice")
        if place is not None:
            places[column] = place
        elif column in _NEEDED:
            raise RegistryError(f"{name}: no column «{names[0]}»; the heading has: {', '.join(heads) or 'nothing'}")
    return places


def _movement(told: Mapping[str, str], line: int) -> BankMovement:
    kind = _KINDS.get(told["kind"].lower())
    if kind is None:
        raise ValueError(f"kind of operation {told['kind']!r} is not known")
    amount = _amount(told["amount"], told["currency"])
    if kind == "payment" and amount.minor <= 0:
        raise ValueError(f"a payment of {amount}")
    if not told["rrn"] and not told.get("order"):
        raise ValueError("neither RRN nor order number")
    return BankMovement(
        _day(told["day"]),
        kind,
        told.get("terminal", ""),
        Money(abs(amount.minor), amount.currency),
        told["rrn"],
        told.get("original_rrn", ""),
        told.get("approval", ""),
        told.get("order", ""),
        _amount(told["fee"], told["currency"]) if told.get("fee") else None,
        line,
    )


def _amount(told: str, currency: str) -> Money:
    try:
        return Money.of_major(Decimal(_SPACES.sub("", told).replace(",", ".")), currency)
    except (InvalidOperation, MoneyError) as error:
        raise ValueError(f"amount {told!r} {currency!r} cannot be read") from error


def _day(told: str) -> date:
    """The day; a time of day after it is passed over."""
    for form in _DAYS:
        try:
            return datetime.strptime(re.split("[ T]", told)[0], form).date()  # noqa: DTZ007 - a bank's calendar day has no zone
        except ValueError:
            continue
    raise ValueError(f"date {told!r} is neither 22.11.2026 nor 2026-11-22")
