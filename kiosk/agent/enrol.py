"""Adapter: how a fresh machine becomes a kiosk: pin the server's authority by the code, hand in a new key.

A code is ``XXXX-XXXX-`` and 26 letters of the server CA's fingerprint (base32 of SHA-256 of its DER): the machine
trusts no other server, although it fetches the CA over a connection it cannot check yet.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ground.certificates import FINGERPRINT_LETTERS, fingerprint
from ground.disk import RealDisk
from ground.errors import InfomatError
from ground.signing import SigningKey
from kiosk.agent.config import CA_FILE, KEY_FILE, KioskConfig
from kiosk.ipc import KioskFace

_SECRET_LETTERS = 8
_TIMEOUT_S = 15
_MOST_BYTES = 1 << 20


class EnrolFailed(InfomatError):
    """The machine was not enrolled; the text says why and what to do."""

    code = "enrol.failed"


async def enrol(server_url: str, code: str, folder: Path) -> KioskFace:
    """Enrol this machine at ``https://host:port``; the folder then holds key, CA and ``kiosk.toml``.

    Raises EnrolFailed. A folder that is enrolled already is left as it is.
    """
    if (folder / KEY_FILE).exists():
        raise EnrolFailed(f"{folder} is enrolled already; use another folder", code="enrol.twice")
    return await asyncio.to_thread(_enrol, server_url.rstrip("/"), code, folder)


def _enrol(server_url: str, code: str, folder: Path) -> KioskFace:
    parts = urlsplit(server_url)
    if parts.scheme != "https" or not parts.netloc:
        raise EnrolFailed("the server's address must begin with https://")
    ca_pem = _fetch(f"{server_url}/api/ca.pem", _unchecked())
    try:
        served = fingerprint(ca_pem)
    except ValueError as error:
        raise EnrolFailed("the server sent no certificate: is it an Infomat server?") from error
    if not hmac.compare_digest(served, _expected(code)):
        raise EnrolFailed(
            "the server is not the one this code was made for: check the address and the code", code="enrol.wrong_ca"
        )
    key = SigningKey()
    checked = ssl.create_default_context(cadata=ca_pem.decode())
    answer = json.loads(_fetch(f"{server_url}/api/enrol", checked, {"code": code, "public_key": key.public}))
    disk = RealDisk(folder)
    disk.replace(CA_FILE, ca_pem)
    config = KioskConfig(
        folder=folder,
        server_url=f"wss://{parts.netloc}/ws",
        identity=str(answer["identity"]),
        kiosk_name=str(answer.get("name", "")),
        place=str(answer.get("place", "")),
        company=str(answer.get("company", "Infomat")),
    )
    config.save()
    disk.replace(KEY_FILE, key.seed.encode())  # last: with it the machine is a kiosk; RealDisk makes files 0600
    return config.face


def _expected(code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    if len(letters) != _SECRET_LETTERS + FINGERPRINT_LETTERS:
        raise EnrolFailed("the code is not complete: it has 8 and 26 letters and digits", code="enrol.code")
    return letters[_SECRET_LETTERS:]


def _unchecked() -> ssl.SSLContext:
    """For the CA alone: what is fetched is checked against the code."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _fetch(url: str, context: ssl.SSLContext, body: dict[str, Any] | None = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S, context=context) as answer:
            return bytes(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        told = _code_of(error.read(_MOST_BYTES))
        raise EnrolFailed(f"the server refused: {told or error.code}", code=told or "enrol.refused") from error
    except (OSError, ValueError) as error:
        raise EnrolFailed(f"{urlsplit(url).netloc} cannot be reached: {error}", code="enrol.unreachable") from error


def _code_of(body: bytes) -> str:
    try:
        return str(json.loads(body).get("code", ""))
    except (ValueError, AttributeError):
        return ""
