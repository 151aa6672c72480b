"""Rules: a text that a terminal gave us, without anything that might be a card's number."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")


def without_cards(text: str) -> str:
    """``[number]`` in place of every run of 13 to 19 digits, with blanks or hyphens between them or not."""
    return _DIGITS.sub("[number]", text)
