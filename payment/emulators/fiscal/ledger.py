"""Rules: what an emulated register holds: every document it ever took, one line each, synced before it is told."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ground.disk import Disk

NAME = "fiscal.jsonl"
STORAGE = "9999078900012345"


@dataclass(frozen=True, slots=True)
class Held:
    """One document. ``number`` 0: it was taken and could not be issued. ``at`` is the register's clock, ISO 8601;
    ``minor`` its total in kopecks."""

    number: int
    uuid: str
    external_id: str
    kind: str
    minor: int
    at: str

    def payload(self) -> dict[str, Any]:
        """What ``report`` says of it."""
        return {
            "total": float(Decimal(self.minor).scaleb(-2)),
            "fns_site": "www.nalog.gov.ru",
            "fn_number": STORAGE,
            "shift_number": 1,
            "receipt_datetime": f"{datetime.fromisoformat(self.at):%d.%m.%Y %H:%M:%S}",
            "fiscal_receipt_number": self.number,
            "fiscal_document_number": self.number,
            "ecr_registration_number": "0000000400054952",
            "fiscal_document_attribute": (self.number * 2654435761) % 4294967291,
        }


class Ledger:
    """The documents, by uuid and by external_id."""

    def __init__(self, disk: Disk) -> None:
        kept = disk.read(NAME)
        whole = (kept or b"").rpartition(b"\n")[0]
        self.held = [Held(**json.loads(line)) for line in whole.splitlines()]
        if kept is not None:
            disk.truncate(NAME, len(whole) + 1 if whole else 0)
        self._file = disk.open_append(NAME)

    def find(self, *, uuid: str = "", external_id: str = "") -> Held | None:
        """The document of this id."""
        return next((one for one in self.held if uuid == one.uuid or external_id == one.external_id), None)

    def take(self, uuid: str, external_id: str, kind: str, minor: int, at: datetime, *, fails: bool = False) -> Held:
        """A new document, numbered unless it ``fails``; durable on return."""
        number = 0 if fails else 1 + sum(1 for one in self.held if one.number)
        held = Held(number, uuid, external_id, kind, minor, at.isoformat())
        self._file.append(json.dumps(asdict(held)).encode() + b"\n")
        self._file.sync()
        self.held.append(held)
        return held


def wrong(receipt: dict[str, Any]) -> str:
    """What a register would not take about a receipt (numbers as Decimal); "" for nothing."""
    try:
        items = [Decimal(one["sum"]) for one in receipt["items"]]
        pieces = [Decimal(one["price"]) * one["quantity"] for one in receipt["items"]]
        paid = [Decimal(one["sum"]) for one in receipt["payments"]]
        total = Decimal(receipt["total"])
        named = all(one["vat"]["type"] and one["payment_object"] and one["name"] for one in receipt["items"])
        company = receipt["company"]
        named = named and all(company[key] for key in ("email", "sno", "inn", "payment_address"))
        agents = [one["supplier_info"] for one in receipt["items"] if "agent_info" in one]
        named = named and all(one["inn"] and one["phones"] for one in agents) and bool(receipt["client"])
    except (KeyError, TypeError, ArithmeticError) as error:
        return f"a field is missing: {error}"
    if not (items and sum(items) == sum(pieces) == total == sum(paid)):
        return "items, total and payments differ"
    if any(one != one.quantize(Decimal("0.01")) for one in (*items, *paid)):
        return "a part of a kopeck"
    return "" if named else "a field is empty"
