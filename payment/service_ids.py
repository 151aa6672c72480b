"""Adapter: fresh ServiceIDs and the identity of the machine's present boot."""

from __future__ import annotations

import secrets
import string
from pathlib import Path

_LETTERS = string.ascii_uppercase + string.digits
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def new_service_id() -> str:
    """Ten random letters and digits (nexo allows 1-10; payments.md 1.3): 51 bits, never the same twice."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def this_boot() -> str:
    """What names the machine's present boot; "" where the system does not tell."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
