"""Adapter: a kiosk's door as it is looked up beside a running server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from signaling.server import tables as t
from signaling.server.codes import Codes
from signaling.server.identities import account_secret
from signaling.server.kiosk_changes import the_kiosk
from signaling.server.read_only import reading


@dataclass(frozen=True, slots=True)
class KioskDoor:
    """Where it hangs, and the path of its page from the server's root."""

    name: str
    place: str
    path: str


def door_of(folder: Path, kiosk: str) -> KioskDoor:
    """By name or id; raises NoSuchKiosk, NoDatabase or CannotStart."""
    with reading(str(folder)) as connection:
        row = the_kiosk(connection.execute(select(t.kiosks).where(t.kiosks.c.retired_at.is_(None))), kiosk)
    codes = Codes(account_secret(folder, in_use=True))
    return KioskDoor(row.name, row.place, f"/door/{codes.door_key(row.id)}")
