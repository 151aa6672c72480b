"""Adapter: what the command line changes about kiosks: their names and places, and whether they may come in at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from ground.errors import InfomatError
from signaling.server import tables as t
from signaling.server.administration import act, make_enrolment_code, written
from signaling.server.config import ServerConfig
from signaling.server.event_log import Change, Update
from signaling.server.read_only import reading

_LONGEST = 200


class NoSuchKiosk(InfomatError):
    """No kiosk of this name or id is enrolled, or several are."""

    code = "server.no_kiosk"


class KioskRefused(InfomatError):
    """What was asked of a kiosk cannot be; the text says why."""

    code = "kiosk.refused"


def the_kiosk(rows: Iterable[Row[Any]], kiosk: str) -> Row[Any]:
    """By id, or by the name of one that was not revoked; raises NoSuchKiosk."""
    every = list(rows)
    there = [row for row in every if row.retired_at is None]
    found = [row for row in every if row.id == kiosk] or [row for row in there if row.name == kiosk]
    if len(found) == 1:
        return found[0]
    if found:
        raise NoSuchKiosk(
            f"{len(found)} kiosks are called {kiosk}; say which by id: {', '.join(row.id for row in found)}"
        )
    names = ", ".join(sorted(row.name for row in there))
    raise NoSuchKiosk(f"no kiosk is called {kiosk}; there are {names or 'none'}")


def kiosks(config: ServerConfig, *, revoked: bool = False) -> Sequence[Row[Any]]:
    """Kiosks by place and name; ``revoked``: only those that may not come in any more."""
    gone = t.kiosks.c.retired_at.is_not(None) if revoked else t.kiosks.c.retired_at.is_(None)
    with reading(config.url) as connection:
        return connection.execute(select(t.kiosks).where(gone).order_by(t.kiosks.c.place, t.kiosks.c.name)).all()


def new_kiosk_code(config: ServerConfig, name: str, place: str) -> str:
    """A one-time code for a new kiosk; raises KioskRefused when one of this name is there already."""
    _checked(name, "name")
    _checked(place, "place")

    def make(connection: Connection, _change: Change) -> None:
        _check_free(connection.execute(select(t.kiosks)).all(), name)

    written(config, make)
    return make_enrolment_code(config, name, place)


def rename_kiosk(config: ServerConfig, kiosk: str, name: str) -> bool:
    """Another name, on screens within a second; False when it was this. Raises NoSuchKiosk or KioskRefused."""
    return _set(config, kiosk, "name", name)


def move_kiosk(config: ServerConfig, kiosk: str, place: str) -> bool:
    """Another place; who is in the line keeps the centre they came to. False when it was this. Raises NoSuchKiosk."""
    return _set(config, kiosk, "place", place)


def revoke_kiosk(config: ServerConfig, kiosk: str) -> bool:
    """Its key holds no more, nor any code made for it: a server that runs parts it within a second.

    False when it was revoked already (``kiosk`` is then the id). Raises NoSuchKiosk.
    """

    def make(connection: Connection, change: Change) -> bool:
        row = the_kiosk(connection.execute(select(t.kiosks)), kiosk)
        if row.retired_at is not None:
            return False
        act(change, "kiosk.revoked", "kiosk", row.id)
        change.writes.append(Update("kiosks", {"id": row.id}, {"retired_at": change.at}))
        unused = {"kiosk_id": row.id, "used_at": None}
        change.writes.append(Update("enrolment_codes", unused, {"expires_at": change.at}))
        return True

    return written(config, make)


def code_to_enrol_again(config: ServerConfig, kiosk: str) -> tuple[str, str]:
    """(name, code): whichever machine uses the code is this kiosk from then on. Raises NoSuchKiosk or KioskRefused."""
    with reading(config.url) as connection:
        rows = connection.execute(select(t.kiosks)).all()
    row = the_kiosk(rows, kiosk)
    _check_free(rows, row.name, of=row.id)
    return row.name, make_enrolment_code(config, row.name, row.place, row.id)


def _set(config: ServerConfig, kiosk: str, what: str, value: str) -> bool:
    _checked(value, what)

    def make(connection: Connection, change: Change) -> bool:
        rows = connection.execute(select(t.kiosks)).all()
        row = the_kiosk(rows, kiosk)
        if what == "name":
            _check_free(rows, value, of=row.id)
        if getattr(row, what) == value:
            return False
        act(change, "kiosk.changed", "kiosk", row.id, **{what: value})
        change.writes.append(Update("kiosks", {"id": row.id}, {what: value}))
        return True

    return written(config, make)


def _checked(value: str, what: str) -> None:
    if not 1 <= len(value.strip()) <= _LONGEST or value != value.strip() or not value.isprintable():
        raise KioskRefused(f"a kiosk's {what} has 1 to {_LONGEST} letters and no blanks around it")


def _check_free(rows: Iterable[Row[Any]], name: str, *, of: str = "") -> None:
    for row in rows:
        if row.name == name and row.retired_at is None and row.id != of:
            raise KioskRefused(
                f"a kiosk called {name} is there, at {row.place}; for another machine in its place: "
                f"infomat kiosk enrol-again '{name}'"
            )
