"""Rules: what was typed or pasted, as every wire and every database can keep it."""

from __future__ import annotations


def clean(text: str) -> str:
    """Without NUL characters and halves of a character that lost the other: some programs put them on the clipboard."""
    return "".join(one for one in text if one != "\0" and not "\ud800" <= one <= "\udfff")


def reason(text: str) -> str:
    """A written reason, as long as the server takes one."""
    return clean(text).strip()[:200]
