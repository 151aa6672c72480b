"""Rules: something a desk has to tell its person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the person at the desk: a phrase key with its values."""

    tone: str
    phrase: str
    values: tuple[tuple[str, str], ...] = ()
