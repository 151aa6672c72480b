"""Adapter: differences that a person has to look at, kept in the server's folder: each once, however often it is found.

``differences.jsonl`` has a line for each: id, when it was first found, what it is and what to do. The command line
appends, the server only reads; a torn last line is dropped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ground.disk import RealDisk
from ground.money import Money
from payment.reconciliation import Advice, Bucket, Finding, Reconciliation

NAME = "differences.jsonl"


@dataclass(frozen=True, slots=True)
class DifferenceTask:
    """One difference: amounts in minor units, ``None`` where that side has nothing."""

    id: str
    found_at: datetime
    bucket: Bucket
    advice: Advice
    purchase_id: str
    ours: Money | None
    bank: Money | None
    rrn: str


def keep(folder: Path, found: Reconciliation, now: datetime) -> int:
    """Remember what is new, durable on return; how many that were."""
    disk = RealDisk(folder)
    data = disk.read(NAME) or b""
    whole = data.rpartition(b"\n")[0]
    if data and len(data) != len(whole) + 1:
        disk.truncate(NAME, len(whole) + 1 if whole else 0)
    known = {str(json.loads(line)["id"]) for line in whole.splitlines()}
    new = [one for one in found.differences if one.finding_id not in known]
    if new:
        file = disk.open_append(NAME)
        try:
            for one in new:
                file.append(json.dumps(_line(one, now), ensure_ascii=False).encode() + b"\n")
            file.sync()
        finally:
            file.close()
    return len(new)


def difference_tasks(folder: Path) -> list[DifferenceTask]:
    """All differences ever found, oldest first."""
    whole = (RealDisk(folder).read(NAME) or b"").rpartition(b"\n")[0]
    return [_task(json.loads(line)) for line in whole.splitlines()]


def _line(one: Finding, now: datetime) -> dict[str, Any]:
    ours, bank = (side.amount if side else None for side in (one.ours, one.bank))
    return {
        "id": one.finding_id,
        "found_at": now.isoformat(),
        "bucket": one.bucket.value,
        "advice": one.advice.value,
        "purchase": one.purchase_id,
        "ours": [ours.minor, ours.currency] if ours else None,
        "bank": [bank.minor, bank.currency] if bank else None,
        "rrn": one.bank.rrn if one.bank else "",
    }


def _task(told: dict[str, Any]) -> DifferenceTask:
    return DifferenceTask(
        told["id"],
        datetime.fromisoformat(told["found_at"]),
        Bucket(told["bucket"]),
        Advice(told["advice"]),
        told["purchase"],
        Money(*told["ours"]) if told["ours"] else None,
        Money(*told["bank"]) if told["bank"] else None,
        told["rrn"],
    )
