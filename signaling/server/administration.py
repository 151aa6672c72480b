"""Adapter: how the command line changes what a server has: beside it, in the log's own transaction, by name.

The server may run: what is written here it sees within a second (``roster_watch``).
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, select

from equeue.operators import check_skills
from ground.errors import InfomatError
from ground.ids import new_id
from office import roster
from office.passwords import hash_password
from signaling.server import tables as t
from signaling.server.config import ServerConfig
from signaling.server.database import open_database
from signaling.server.event_log import Change, Insert, Update
from signaling.server.identities import member_of, new_code
from signaling.server.sql_event_log import SqlEventLog
from signaling.server.tls import authority

_Answer = TypeVar("_Answer")

_NOBODY = 2**32 - 1  # what Linux says of a process that no sign-in began


class AdministrationError(InfomatError):
    """What was asked cannot be done; the text says why."""

    code = "administration.refused"


def acting() -> str:
    """Who sits at the command line: ``uid:N`` of whoever signed in there, also behind sudo or runuser; no name."""
    with suppress(OSError, ValueError):
        began = int(Path("/proc/self/loginuid").read_text())
        if began != _NOBODY:
            return f"uid:{began}"
    return f"uid:{os.environ.get('SUDO_UID') or os.getuid()}"


def written(config: ServerConfig, make: Callable[[Connection, Change], _Answer]) -> _Answer:
    """Make a change durable that ``make`` fills from what it reads, with every other writer kept out meanwhile.

    What ``make`` answers is answered once it is. Nothing is written when it leaves the change empty or raises. Raises
    AdministrationError for somebody else's folder.
    """
    _ours(config.data_folder)
    engine = open_database(config.url, examine=False)
    try:
        log, answers = SqlEventLog(engine), list[_Answer]()

        def made(connection: Connection) -> Change:
            newest = connection.execute(
                select(t.event_log.c.at).order_by(t.event_log.c.number.desc()).limit(1)
            ).scalar()
            now = datetime.now(UTC)  # the server's clock never goes back, the machine's may have
            change = Change(now if newest is None else max(now, newest))
            answers.append(make(connection, change))
            return change

        log.append_made(made)
        return answers[-1]
    finally:
        engine.dispose()


def act(change: Change, kind: str, subject: str, subject_id: str, **detail: str) -> None:
    """An act of whoever sits at the command line, in the log and in the audit; ``detail`` holds nothing personal."""
    by = acting()
    what = {subject: subject_id, **detail}
    change.log(kind, by=by, **what)
    row = {"id": new_id(), "at": change.at, "actor": by, "role": "command_line", "act": kind}
    change.writes.append(Insert("audit", {**row, "session_id": None, "visit_id": None, "detail": what}))


def make_enrolment_code(config: ServerConfig, kiosk_name: str, place: str, kiosk_id: str | None = None) -> str:
    """A one-time code for a kiosk: ``XXXX-XXXX-`` and the CA's fingerprint. It ends after ``code_seconds``.

    ``kiosk_id``: the machine that uses it takes the place of this kiosk, with its name, place, door and history.
    """
    _ours(config.data_folder)
    code, hashed = new_code(authority(config.data_folder, datetime.now(UTC)))

    def make(_connection: Connection, change: Change) -> None:
        act(change, "enrolment.code_made", "kiosk", kiosk_id or "", place=place)
        row = {"code_hash": hashed, "kiosk_name": kiosk_name, "place": place, "made_at": change.at}
        ends = change.at + timedelta(seconds=config.code_seconds)
        change.writes.append(Insert("enrolment_codes", {**row, "expires_at": ends, "kiosk_id": kiosk_id}))

    written(config, make)
    return code


def add_staff(
    config: ServerConfig,
    name: str,
    display_name: str,
    role: str,
    password: str,
    skills: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> str:
    """Somebody new, who may sign in at once; the id. No skills or languages means all of them.

    Raises OfficeError for a name that is taken or none, an unknown role, or a short password; QueueError for a skill
    that is not written as skills are.
    """
    roster.role_named(role)
    roster.check_password(password)
    roster.check_display_name(display_name)
    check_skills(tuple(skills))
    staff_id, hashed = new_id(), hash_password(password)

    def make(connection: Connection, change: Change) -> None:
        roster.check_name([member_of(row) for row in connection.execute(select(t.staff))], name)
        act(change, "staff.added", "staff", staff_id, role=role)
        row = {"id": staff_id, "name": name, "display_name": display_name, "role": role, "added_at": change.at}
        can = {"skills": list(skills), "languages": list(languages)}
        change.writes.append(Insert("staff", {**row, **can, "password_hash": hashed}))

    written(config, make)
    return staff_id


def add_source(config: ServerConfig, name: str) -> str:
    """A site or phone menu that may ask for call-backs from now on; its token, which is shown once."""
    if not 1 <= len(name) <= 64:
        raise AdministrationError("a source has a name of at most 64 characters, such as site")
    token = secrets.token_urlsafe(32)

    def make(_connection: Connection, change: Change) -> None:
        act(change, "source.added", "source", name)
        row = {"token_hash": hashlib.sha256(token.encode()).hexdigest(), "name": name, "added_at": change.at}
        change.writes.append(Insert("sources", {**row, "retired_at": None}))

    written(config, make)
    return token


def retire_source(config: ServerConfig, name: str) -> None:
    """No token of this source holds any more; raises AdministrationError when there never was one."""

    def make(connection: Connection, change: Change) -> None:
        rows = connection.execute(select(t.sources)).all()
        if not any(row.name == name for row in rows):
            known = ", ".join(sorted({row.name for row in rows}))
            raise AdministrationError(f"there is no source {name}; there are {known or 'none'}")
        if any(row.name == name and row.retired_at is None for row in rows):
            act(change, "source.retired", "source", name)
            change.writes.append(Update("sources", {"name": name, "retired_at": None}, {"retired_at": change.at}))

    written(config, make)


def _ours(folder: Path) -> None:
    """What root writes for the first time in the server's folder the server could not read."""
    if folder.exists() and (owner := folder.stat().st_uid) != os.geteuid():
        with suppress(KeyError):
            raise AdministrationError(
                f"{folder} belongs to {pwd.getpwuid(owner).pw_name}; do it as that user: "
                f"runuser -u {pwd.getpwuid(owner).pw_name} -- infomat ..."
            )
        raise AdministrationError(f"{folder} belongs to user {owner}; do it as that user")
