"""Adapter: a kiosk's door as it is looked up beside a running server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from ground.errors import InfomatError
from signaling.server import tables as t
from signaling.server.codes import Codes
from signaling.server.identities import account_secret
from signaling.server.read_only import reading


class NoSuchKiosk(InfomatError):
    """No kiosk of this name or id is enrolled, or several are."""

    code = "server.no_kiosk"


@dataclass(frozen=True, slots=True)
class KioskDoor:
    """Where it hangs, and the path of its page from the server's root."""

    name: str
    place: str
    path: str


def door_of(folder: Path, kiosk: str) -> KioskDoor:
    """By name or id; raises NoSuchKiosk, NoDatabase or CannotStart."""
    with reading(str(folder)) as connection:
        every = connection.execute(select(t.kiosks).where(t.kiosks.c.retired_at.is_(None))).all()
    rows = [row for row in every if kiosk in (row.id, row.name)]
    if len(rows) != 1:
        found = f"{len(rows)} kiosks are" if rows else "no kiosk is"
        names = ", ".join(sorted(row.name for row in every))
        raise NoSuchKiosk(f"{found} called {kiosk}; there are {names or 'none'}")
    codes = Codes(account_secret(folder, in_use=True))
    return KioskDoor(rows[0].name, rows[0].place, f"/door/{codes.door_key(rows[0].id)}")
