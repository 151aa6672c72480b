"""Rules: the whole state of the queue as plain values, to compare two dispatchers or to look into one."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from enum import Enum

from equeue.floor import Floor, microseconds


def picture(floor: Floor) -> dict[str, object]:
    """Everything on which the queue's next step depends, as JSON-like values in a fixed order."""
    return {
        "now": floor.now.isoformat(),
        "tickets": [_plain(floor.tickets[key]) for key in sorted(floor.tickets)],
        "operators": [_plain(floor.operators[key]) for key in sorted(floor.operators)],
        "line": floor.line.in_order(microseconds(floor.now)),
        "idle": list(floor.idle),
        "room": list(floor.room),
        "doors": floor.doors.picture(),
        "numbers": floor.numbering.picture(),
        "handling": [floor.handling.mean_s, floor.handling.weight],
        "centre_percent": sorted(floor.centre_percent.items()),
        "calls": sorted(floor.calls.items()),
        "recallable": [[key, list(floor.recallable[key])] for key in sorted(floor.recallable)],
        "cases": [[key, _plain(floor.cases[key])] for key in sorted(floor.cases)],
        "settings": floor.settings.to_toml(),
        "taken": floor.taken,
        "next_deadline": _value(floor.deadlines.next()),
    }


def _plain(record: object) -> dict[str, object]:
    return {
        one.name: _value(getattr(record, one.name))
        for one in fields(record)  # type: ignore[arg-type]  # a ticket or an operator
        if one.compare
    }


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _value(value[key]) for key in sorted(value)}
    return value
