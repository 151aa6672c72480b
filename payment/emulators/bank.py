"""Adapter: the acquirer behind the emulated terminals: its own book, and the registry it sends on the day after.

``bank.jsonl`` has one synced line for each movement, written before the terminal tells anybody. The registry
(``registry-YYYY-MM-DD.csv``) is CSV in cp1251, ``;`` between fields, CRLF, one heading line, then a row for each
movement of one bank day (Moscow, UTC+3), oldest first:

====================  ==========================================================================================
Дата операции         ``22.11.2026``, Moscow
Время операции        ``14:03:11``, Moscow
Дата обработки        the day after, when the registry is made
Терминал              the acquirer's number of the terminal (AcquirerPOIID, UPOS's TID)
Мерчант               the merchant's number
Тип операции          ``Оплата``, ``Отмена`` (a reversal) or ``Возврат`` (a refund)
Карта                 ``541333******9999``
Платёжная система     ``MasterCard``, ``VISA``, ``МИР``, …
Код авторизации       six characters
RRN                   twelve digits, of this movement (AcquirerTransactionID)
RRN оригинала         of the payment that an ``Отмена`` or ``Возврат`` gives back, else empty
Сумма                 ``1284,50`` in major units; negative for ``Отмена`` and ``Возврат``
Комиссия              the bank's fee in the same units
К перечислению        Сумма less Комиссия
Валюта                ``RUB``
Номер заказа          the sale transaction's id (``purchase_id``); empty where the terminal knows none (UPOS)
====================  ==========================================================================================

By hand: ``python -m payment.emulators.bank --folder F --day 2026-11-22 [--spoil double]``.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Literal

from ground.disk import Disk, RealDisk

NAME = "bank.jsonl"
COLUMNS = (
    "Дата операции", "Время операции", "Дата обработки", "Терминал", "Мерчант", "Тип операции", "Карта",
    "Платёжная система", "Код авторизации", "RRN", "RRN оригинала", "Сумма", "Комиссия", "К перечислению", "Валюта",
    "Номер заказа",
)  # fmt: skip
_KINDS = {"payment": "Оплата", "reversal": "Отмена", "refund": "Возврат"}
_MOSCOW = timezone(timedelta(hours=3))
_FEE_PER_MILLE = 12


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of money; ``minor`` is negative when it goes back to the card. ``at`` is ISO 8601, UTC."""

    at: str
    terminal: str
    merchant: str
    kind: Literal["payment", "reversal", "refund"]
    card: str
    scheme: str
    approval: str
    rrn: str
    original: str
    minor: int
    currency: str
    order: str

    @property
    def day(self) -> date:
        """The bank's day."""
        return datetime.fromisoformat(self.at).astimezone(_MOSCOW).date()


class BankBook:
    """What the acquirer knows, whatever a terminal remembers or tells."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        whole = (disk.read(NAME) or b"").rpartition(b"\n")[0]
        self.movements = [Movement(**json.loads(line)) for line in whole.splitlines()]
        if disk.read(NAME) is not None:
            disk.truncate(NAME, len(whole) + 1 if whole else 0)
        self._file = disk.open_append(NAME)

    def move(
        self,
        at: datetime,
        kind: Literal["payment", "reversal", "refund"],
        minor: int,
        currency: str,
        *,
        terminal: str,
        card: str,
        scheme: str,
        order: str = "",
        original: str = "",
        merchant: str = "781000000042",
    ) -> Movement:
        """Money moves; durable on return. The movement has the bank's RRN and approval code."""
        number = len(self.movements) + 1
        rrn = f"{at:%y}"[-1] + f"{at:%j%H}" + f"{number:06d}"
        approval = f"{number * 7919 % 1000000:06d}"
        moved = Movement(
            at.astimezone(UTC).isoformat(timespec="seconds"), terminal, merchant, kind, card, scheme, approval, rrn,
            original, minor, currency, order,
        )  # fmt: skip
        self._file.append(json.dumps(asdict(moved), ensure_ascii=False).encode() + b"\n")
        self._file.sync()
        self.movements.append(moved)
        return moved

    def net(self, rrn: str) -> int:
        """Minor units that are left of one payment."""
        return sum(one.minor for one in self.movements if rrn in (one.rrn, one.original))

    def find(self, rrn: str) -> Movement | None:
        """The movement of this RRN."""
        return next((one for one in self.movements if one.rrn == rrn), None)

    def send_registry(self, day: date, spoil: str = "") -> str:
        """Write the registry of one day; its file name. ``spoil`` is a word of ``SPOILT``."""
        name = f"registry-{day.isoformat()}.csv"
        self._disk.replace(name, registry(SPOILT[spoil]([one for one in self.movements if one.day == day])))
        return name


def registry(movements: list[Movement]) -> bytes:
    """These movements as the bank's file."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for one in movements:
        at = datetime.fromisoformat(one.at).astimezone(_MOSCOW)
        fee = one.minor * _FEE_PER_MILLE // 1000 if one.minor > 0 else 0
        rows.writerow(
            [
                f"{at:%d.%m.%Y}", f"{at:%H:%M:%S}", f"{at + timedelta(days=1):%d.%m.%Y}", one.terminal, one.merchant,
                _KINDS[one.kind], one.card, one.scheme, one.approval, one.rrn, one.original, _major(one.minor),
                _major(fee), _major(one.minor - fee), one.currency, one.order,
            ]
        )  # fmt: skip
    return text.getvalue().encode("cp1251")


def _major(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2)).replace(".", ",")


def _double(rows: list[Movement]) -> list[Movement]:
    return [*rows[:1], *rows]


def _missing(rows: list[Movement]) -> list[Movement]:
    return rows[1:]


def _other_amount(rows: list[Movement]) -> list[Movement]:
    return [*(replace(one, minor=one.minor + 100) for one in rows[:1]), *rows[1:]]


def _foreign(rows: list[Movement]) -> list[Movement]:
    return [*rows, *(replace(one, rrn=one.rrn[:6] + "999999", order="", minor=31415) for one in rows[:1])]


#: What may be wrong in a bank's file, for those who must find it.
SPOILT: dict[str, Callable[[list[Movement]], list[Movement]]] = {
    "": list,
    "double": _double,
    "missing": _missing,
    "other_amount": _other_amount,
    "foreign": _foreign,
}


def main(words: list[str] | None = None) -> None:
    """Write the registry of one day beside the bank's book, and print its path."""
    parser = argparse.ArgumentParser(prog="payment.emulators.bank")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--day", type=date.fromisoformat, required=True)
    parser.add_argument("--spoil", choices=sorted(SPOILT), default="")
    asked = parser.parse_args(words)
    print(asked.folder / BankBook(RealDisk(asked.folder)).send_registry(asked.day, asked.spoil))


if __name__ == "__main__":
    main()
