"""Rules: JSON with exact numbers. The standard encoder knows no Decimal, and money is no float."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from payment.errors import MalformedMessage


def to_json(value: Any) -> str:
    """Compact JSON; a Decimal is written with exactly the digits it has (``Decimal('12.50')`` -> 12.50)."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{to_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(to_json, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        raise TypeError("a float has no place in a payment message")
    return json.dumps(value, ensure_ascii=False)


def from_json(data: bytes | str) -> dict[str, Any]:
    """An object with Decimals for numbers with a point. Raises MalformedMessage."""
    try:
        value = json.loads(data, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("not JSON") from error
    if not isinstance(value, dict):
        raise MalformedMessage("not a JSON object")
    return value


def _no_constant(text: str) -> None:
    raise ValueError(text)
