"""Rules: everything a server is told at its start, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ground.errors import InfomatError


class CannotStart(InfomatError):
    """Something the server was given is missing or cannot be used; the sentence says what to do about it."""

    code = "server.cannot_start"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Where the server keeps its things and how it behaves. Times are whole seconds.

    ``billing_file``: JSON ``{"url": ..., "token_file": ...}`` of the billing system; None: no billing system, and
    everything that needs one is refused as unavailable. ``payment_terms_file``: see ``payment.terms``; None: no fees.
    ``database_url``: None means SQLite in the data folder.
    ``turn_urls``: of one coturn, ``turn:HOST:PORT?transport=udp|tcp`` and ``turns:``; ``turn_secret_file`` holds its
    ``static-auth-secret``. ``turn_ca_file``: PEM of the house's own authority, whom alone clients trust for ``turns:``.
    ``codecs`` of pictures, the favourite first (H264: docs/decisions/0048).
    """

    data_folder: Path
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free one; the ready line says which
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")
    database_url: str | None = None
    billing_file: Path | None = None
    payment_terms_file: Path | None = None
    queue_settings: Path | None = None
    company: str = "Infomat"
    token_seconds: int = 600
    code_seconds: int = 24 * 3600
    kept_reply_seconds: int = 24 * 3600
    media_grace_seconds: int = 60
    kiosk_grace_seconds: int = 180
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret_file: Path | None = None
    turn_ca_file: Path | None = None
    codecs: tuple[Literal["VP8", "H264"], ...] = ("VP8",)

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.data_folder / 'infomat.db'}"
