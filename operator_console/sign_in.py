"""Adapter: the password goes over HTTPS to the pinned server and comes back as a short-lived token."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests

from ground.errors import InfomatError
from operator_console.errors import ServerAway, ServerNotTrusted
from signaling.protocol import Role

_TIMEOUT_S = (5.0, 20.0)  # to connect; to answer (the server's password hashing takes its time on purpose)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who sits here now. ``ahead``: how far the server's clock is ahead of this computer's."""

    identity: str
    name: str
    role: Role
    token: str
    expires_at: datetime
    ahead: timedelta


class SignInRefused(InfomatError):
    """The server said no; ``code`` is the protocol's, ``detail`` its detail (seconds to wait, when paused)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code, code=code)
        self.detail = detail


def check_address(server: str) -> str:
    """The server's base URL without a trailing slash; raises ServerNotTrusted for plain http to another machine."""
    parts = urlsplit(server)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return server.rstrip("/")
    raise ServerNotTrusted(f"{parts.scheme}://{parts.hostname}: only https:// is allowed to another machine")


def link_url(server: str) -> str:
    """The WebSocket address of a server's base URL."""
    return check_address(server).replace("http", "ws", 1) + "/ws"


async def sign_in(server: str, ca_file: Path | None, name: str, password: str, public_key: str) -> Credentials:
    """Trade a password for a token. Raises SignInRefused, ServerAway, ServerNotTrusted."""
    return await asyncio.to_thread(_post, check_address(server), ca_file, name, password, public_key)


def _post(server: str, ca_file: Path | None, name: str, password: str, public_key: str) -> Credentials:
    asked = {"name": name, "password": password, "public_key": public_key}
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the system must not stand between us and the pinned server
        session.verify = str(ca_file) if ca_file is not None else True
        sent = datetime.now(UTC)
        try:
            answer = session.post(f"{server}/api/sign-in", json=asked, timeout=_TIMEOUT_S, allow_redirects=False)
        except requests.exceptions.SSLError as error:
            raise ServerNotTrusted(type(error).__name__) from error
        except (requests.exceptions.RequestException, OSError) as error:
            raise ServerAway(type(error).__name__) from error
    return _read(answer, sent)


def _read(answer: requests.Response, sent: datetime) -> Credentials:
    try:
        told = answer.json()
        if answer.status_code != requests.codes.ok:
            raise SignInRefused(str(told["code"]), str(told.get("detail", "")))
        return Credentials(
            identity=str(told["identity"]),
            name=str(told["display_name"]),
            role=Role(told["role"]),
            token=str(told["token"]),
            expires_at=datetime.fromisoformat(told["expires_at"]),
            ahead=_ahead(answer.headers.get("Date"), sent),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServerAway(f"not an answer of our server: {type(error).__name__}") from error


def _ahead(date: str | None, sent: datetime) -> timedelta:
    """HTTP's Date has whole seconds: a difference below two of them is no difference."""
    if date is None:
        return timedelta(0)
    try:
        ahead = parsedate_to_datetime(date) - sent
    except ValueError:
        return timedelta(0)
    return ahead if abs(ahead) > timedelta(seconds=2) else timedelta(0)
