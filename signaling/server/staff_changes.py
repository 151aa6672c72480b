"""Adapter: what the command line changes about the staff. Each act is done once, logged with who did it, and may be
repeated: what is so already changes nothing, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from equeue.operators import check_skills
from office import roster
from office.passwords import hash_password
from office.roster import Member, SignOut
from signaling.server import tables as t
from signaling.server.administration import act, written
from signaling.server.config import ServerConfig
from signaling.server.event_log import Change, Update
from signaling.server.identities import member_of
from signaling.server.read_only import reading


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be other than it was; None: as it is. No skills or languages at all means every one."""

    name: str | None = None
    display_name: str | None = None
    role: str | None = None
    skills: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None


def everybody(config: ServerConfig, *, left: bool = False) -> Sequence[Row[Any]]:
    """The staff by name; ``left``: only who has left."""
    gone = t.staff.c.left_at.is_not(None) if left else t.staff.c.left_at.is_(None)
    with reading(config.url) as connection:
        return connection.execute(select(t.staff).where(gone).order_by(t.staff.c.name, t.staff.c.left_at)).all()


def change_staff(config: ServerConfig, who: str, wanted: Wanted, how: SignOut = SignOut.AFTER_TALK) -> tuple[str, ...]:
    """The names of what is other than before; with another role they sign in anew. Raises OfficeError."""
    if wanted.role is not None:
        roster.role_named(wanted.role)
    if wanted.display_name is not None:
        roster.check_display_name(wanted.display_name)
    check_skills(wanted.skills or ())

    def make(connection: Connection, change: Change) -> tuple[str, ...]:
        members, member = _there(connection, who)
        if wanted.name is not None:
            roster.check_name(members, wanted.name, of=member.id)
        row = connection.execute(select(t.staff).where(t.staff.c.id == member.id)).one()
        values: dict[str, Any] = {}
        for one in fields(wanted):
            value = getattr(wanted, one.name)
            value = list(value) if isinstance(value, tuple) else value
            if value is not None and value != getattr(row, one.name):
                values[one.name] = value
        changed = tuple(values)
        if not changed:
            return ()
        told = {one: values[one] if one == "role" else ",".join(values[one]) for one in values if "name" not in one}
        if "role" in values:
            roster.check_administrator_stays(members, member.id)
            values |= {"signed_out_at": change.at, "signed_out_how": how.value}
        act(change, "staff.changed", "staff", member.id, what=",".join(changed), **told)
        change.writes.append(Update("staff", {"id": member.id}, values))
        return changed

    return written(config, make)


def lock_staff(config: ServerConfig, who: str, how: SignOut) -> datetime | None:
    """They cannot sign in, and are signed out; since when they were locked, if they were. Raises OfficeError."""

    def make(connection: Connection, change: Change) -> datetime | None:
        members, member = _there(connection, who)
        if member.locked_at is not None and how is SignOut.AFTER_TALK:
            return member.locked_at
        roster.check_administrator_stays(members, member.id)
        act(change, "staff.locked", "staff", member.id, how=how.value)
        _sign_out(change, member, how, locked_at=member.locked_at or change.at)
        return member.locked_at

    return written(config, make)


def unlock_staff(config: ServerConfig, who: str) -> bool:
    """They may sign in again, with the password they had; False when they could. Raises OfficeError."""

    def make(connection: Connection, change: Change) -> bool:
        _, member = _there(connection, who)
        if member.locked_at is not None:
            act(change, "staff.unlocked", "staff", member.id)
            change.writes.append(Update("staff", {"id": member.id}, {"locked_at": None}))
        return member.locked_at is not None

    return written(config, make)


def sign_staff_out(config: ServerConfig, who: str, how: SignOut) -> None:
    """No console they are signed in at is good any more; they may sign in again. Raises OfficeError."""

    def make(connection: Connection, change: Change) -> None:
        _, member = _there(connection, who)
        act(change, "staff.signed_out", "staff", member.id, how=how.value)
        _sign_out(change, member, how)

    written(config, make)


def set_password(config: ServerConfig, who: str, password: str, how: SignOut) -> None:
    """Another password; whoever is signed in by the one before is signed out. Raises OfficeError."""
    roster.check_password(password)
    hashed = hash_password(password)

    def make(connection: Connection, change: Change) -> None:
        _, member = _there(connection, who)
        act(change, "staff.password_set", "staff", member.id, how=how.value)
        _sign_out(change, member, how, password_hash=hashed)

    written(config, make)


def remove_staff(config: ServerConfig, who: str, how: SignOut) -> bool:
    """They are gone: name, display name and password are forgotten, what they did stays under their id.

    False when they had left already (``who`` is then the id). Raises OfficeError.
    """

    def make(connection: Connection, change: Change) -> bool:
        members = _members(connection)
        member = roster.found(members, who)
        if member.left_at is not None:
            return False
        roster.check_administrator_stays(members, member.id)
        act(change, "staff.removed", "staff", member.id, how=how.value)
        forgotten = {"name": f"left {member.id}", "display_name": "", "password_hash": ""}
        _sign_out(change, member, how, left_at=change.at, **forgotten)
        return True

    return written(config, make)


def _members(connection: Connection) -> list[Member]:
    return [member_of(row) for row in connection.execute(select(t.staff))]


def _there(connection: Connection, who: str) -> tuple[list[Member], Member]:
    """Everybody, and the one who is meant, who has not left."""
    members = _members(connection)
    return members, roster.found([one for one in members if one.left_at is None], who)


def _sign_out(change: Change, member: Member, how: SignOut, **values: Any) -> None:
    out = {"signed_out_at": change.at, "signed_out_how": how.value}
    change.writes.append(Update("staff", {"id": member.id}, {**out, **values}))
