"""Adapter: differences that a person has to look at, kept in the server's folder: each once, however often it is found.

``differences.jsonl`` has a line for each: id, when it was first found, what it is and what to do; and a line for each
that somebody has settled, with who and how. A torn last line is dropped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ground.disk import RealDisk
from ground.errors import InfomatError
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
    settled: str = ""  #: who settled it and how, "" while it is open


class NoDifference(InfomatError):
    """No open difference has this number."""

    code = "payment.no_difference"


def keep(folder: Path, found: Reconciliation, now: datetime) -> int:
    """Remember what is new, durable on return; how many that were."""
    known = {one.id for one in difference_tasks(folder)}
    new = [one for one in found.differences if one.finding_id not in known]
    _append(folder, [_line(one, now) for one in new])
    return len(new)


def settle(folder: Path, difference_id: str, by: str, note: str, now: datetime) -> None:
    """Somebody has seen to it, and says how; durable on return. Raises NoDifference."""
    if not any(one.id == difference_id and not one.settled for one in difference_tasks(folder)):
        raise NoDifference(f"no open difference has the number {difference_id}")
    _append(folder, [{"settled": difference_id, "by": by, "note": note, "at": now.isoformat()}])


def difference_tasks(folder: Path) -> list[DifferenceTask]:
    """All differences ever found, oldest first."""
    found: dict[str, DifferenceTask] = {}
    whole = (RealDisk(folder).read(NAME) or b"").rpartition(b"\n")[0]
    for line in whole.splitlines():
        told = json.loads(line)
        if "settled" in told:
            found[told["settled"]] = replace(found[told["settled"]], settled=f"{told['by']}: {told['note']}")
        else:
            found[told["id"]] = _task(told)
    return list(found.values())


def _append(folder: Path, lines: list[dict[str, Any]]) -> None:
    if not lines:
        return
    disk = RealDisk(folder)
    data = disk.read(NAME) or b""
    whole = data.rpartition(b"\n")[0]
    if data and not data.endswith(b"\n"):
        disk.truncate(NAME, len(whole) + 1 if whole else 0)
    file = disk.open_append(NAME)
    try:
        for line in lines:
            file.append(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        file.sync()
    finally:
        file.close()


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
