"""Adapter: who the emulated terminal is: its certificate authority, key and ``terminal.json``, made once."""

from __future__ import annotations

import json
import secrets
import ssl
from datetime import datetime
from pathlib import Path

from ground.certificates import issue, make_authority
from ground.disk import RealDisk
from payment.nexo.profile import Key

POI_ID = "P400Plus-275039202"
FILE = "terminal.json"


class Identity:
    """The files in the terminal's folder: ca.pem for those who trust it, terminal.json to reach it."""

    def __init__(self, folder: Path, now: datetime, *, plain: bool, common_name: str = "") -> None:
        self._disk, self._folder = RealDisk(folder), folder
        if self._disk.read("server.pem") is None:
            authority = make_authority("Emulated terminals", now)
            name = common_name or f"{POI_ID}.test.terminal.adyen.com"
            server = issue(authority, name, [], now)
            self._disk.replace("ca.pem", authority.certificate_pem)
            self._disk.replace("server.pem", server.key_pem + server.certificate_pem)
        known = json.loads(self._disk.read(FILE) or b"{}")
        self.last_port: int = known.get("port", 0)
        passphrase = known.get("passphrase") or secrets.token_urlsafe(18)
        self.key = None if plain else Key(passphrase, known.get("key_identifier", "infomat-test"), 1)

    def tls(self) -> ssl.SSLContext:
        """The server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._folder / "server.pem")
        return context

    def publish(self, host: str, port: int, control_port: int | None, more: dict[str, object] | None = None) -> None:
        """Write terminal.json, which the kiosk's configuration can read. ``more``: what differs in this profile."""
        value: dict[str, object] = {
            "host": host,
            "port": port,
            "poi_id": POI_ID,
            "ca_file": "ca.pem",
            "control_port": control_port,
        }
        if self.key is not None:
            value |= {
                "passphrase": self.key.passphrase,
                "key_identifier": self.key.identifier,
                "key_version": self.key.version,
            }
        value |= more or {}
        self._disk.replace(FILE, json.dumps(value, indent=1).encode())
