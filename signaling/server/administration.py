"""Adapter: what the command line does: enrolment codes and staff. Works beside a running server."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ground.errors import InfomatError
from ground.ids import new_id
from office.passwords import hash_password
from office.people import Role
from signaling.server.config import ServerConfig
from signaling.server.database import open_database
from signaling.server.event_log import Change, Insert, Update
from signaling.server.identities import new_code
from signaling.server.records import Records
from signaling.server.sql_event_log import SqlEventLog
from signaling.server.tls import prepare_tls

_SHORTEST_PASSWORD = 8


class AdministrationError(InfomatError):
    """What was asked cannot be done; the text says why."""

    code = "administration.refused"


def make_enrolment_code(config: ServerConfig, kiosk_name: str, place: str) -> str:
    """A one-time code for a new kiosk: ``XXXX-XXXX-`` and the CA's fingerprint. It ends after ``code_seconds``."""
    now = datetime.now(UTC)
    files, _ = prepare_tls(config.data_folder, config.hosts, now)
    code, hashed = new_code(files.ca.read_bytes())
    row = {"code_hash": hashed, "kiosk_name": kiosk_name, "place": place, "made_at": now}
    change = Change(now)
    change.log("enrolment.code_made", place=place)
    change.writes.append(Insert("enrolment_codes", {**row, "expires_at": now + timedelta(seconds=config.code_seconds)}))
    _write(config, change)
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

    Raises AdministrationError for a name that is taken, an unknown role, or a short password.
    """
    if role not in [one.value for one in Role]:
        raise AdministrationError(f"no such role: {role}; there are {', '.join(one.value for one in Role)}")
    if len(password) < _SHORTEST_PASSWORD:
        raise AdministrationError(f"the password needs at least {_SHORTEST_PASSWORD} characters")
    engine = open_database(config.url)
    taken = Records(engine).staff_by_name(name) is not None
    engine.dispose()
    if taken:
        raise AdministrationError(f"the name {name} is taken")
    change, staff_id = Change(datetime.now(UTC)), new_id()
    change.log("staff.added", staff=staff_id, role=role)
    row = {"id": staff_id, "name": name, "display_name": display_name, "role": role, "added_at": change.at}
    secret = {"password_hash": hash_password(password), "skills": list(skills), "languages": list(languages)}
    change.writes.append(Insert("staff", {**row, **secret}))
    _write(config, change)
    return staff_id


def add_source(config: ServerConfig, name: str) -> str:
    """A site or phone menu that may ask for call-backs from now on; its token, which is shown once."""
    if not 1 <= len(name) <= 64:
        raise AdministrationError("a source has a name of at most 64 characters, such as site")
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    change = Change(now)
    change.log("source.added", source=name)
    row = {"token_hash": hashlib.sha256(token.encode()).hexdigest(), "name": name, "added_at": now}
    change.writes.append(Insert("sources", {**row, "retired_at": None}))
    _write(config, change)
    return token


def retire_source(config: ServerConfig, name: str) -> None:
    """No token of this source holds any more."""
    change = Change(datetime.now(UTC))
    change.log("source.retired", source=name)
    change.writes.append(Update("sources", {"name": name}, {"retired_at": change.at}))
    _write(config, change)


def _write(config: ServerConfig, change: Change) -> None:
    engine = open_database(config.url)
    try:
        SqlEventLog(engine).append([change])
    finally:
        engine.dispose()
