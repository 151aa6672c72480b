"""Rules: two texts of one conversation's note become one, without a word of either being lost."""

from __future__ import annotations


def joined(kept: str, found: str) -> str:
    """``kept`` with what only ``found`` has: found later elsewhere, such as on a computer that had died in the call.

    Neither is known to be the newer one. Where one holds the other, the longer says it all; else one follows the other.
    """
    if found.strip() in kept:
        return kept
    return found if kept.strip() in found else f"{kept}\n{found}"
