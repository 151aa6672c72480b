"""Adapter: the STUN and TURN servers of a connection as we use them: every URL of the list, relays in their order."""

from __future__ import annotations

import functools
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiortc.rtcicetransport
from aiortc import RTCIceServer

from ground.logs import get_logger

_SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")  # Debian's

_transport: Any = aiortc.rtcicetransport
_log = get_logger()


@dataclass
class LentServer(RTCIceServer):
    """A server as signaling lends it: ``authority`` is the PEM of whom alone to trust for ``turns:``."""

    authority: str = ""


@dataclass(frozen=True, slots=True)
class Relay:
    """One way to a TURN server."""

    host: str
    port: int
    transport: str  # udp or tcp
    tls: bool
    username: str
    credential: str
    authority: str = ""

    @property
    def rank(self) -> int:
        """UDP first, then TCP, then TLS: each passes what stops the one before."""
        return 2 if self.tls else int(self.transport == "tcp")


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of a connection."""

    stun: tuple[tuple[str, int], ...] = ()
    relays: tuple[Relay, ...] = ()


def servers_of(given: list[Any]) -> dict[str, Any]:
    """In place of aiortc's ``connection_kwargs``: every URL that can be used, the ways to relays in their order."""
    stun: list[tuple[str, int]] = []
    relays: list[Relay] = []
    for server in given:
        for url in [server.urls] if isinstance(server.urls, str) else server.urls:
            try:
                told = _transport.parse_stun_turn_uri(url)
            except ValueError:
                _log.warning("ICE server not understood", reason=url.partition(":")[0])
                continue
            if told["scheme"] == "stun":
                stun.append((told["host"], told["port"]))
            elif told["scheme"] in ("turn", "turns") and told["transport"] in ("udp", "tcp"):
                tls = told["scheme"] == "turns"
                if not (tls and told["transport"] == "udp"):  # DTLS to a relay: aioice has none
                    names = (server.username or "", server.credential or "", getattr(server, "authority", ""))
                    relays.append(Relay(told["host"], told["port"], told["transport"], tls, *names))
    return {"servers": Servers(tuple(stun), tuple(sorted(relays, key=lambda relay: relay.rank)))}


@functools.lru_cache(maxsize=4)
def trust(authority: str = "") -> ssl.SSLContext:
    """Whom we believe to be a relay: ``authority`` (PEM) alone, or the system's authorities.

    The latter also for a Python that was built to look elsewhere for them. Raises ssl.SSLError for what is no PEM.
    """
    if authority:
        pinned = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks the name too
        pinned.load_verify_locations(cadata=authority)
        return pinned
    context = ssl.create_default_context()
    if not os.environ.get("SSL_CERT_FILE") and _SYSTEM_AUTHORITIES.exists():
        context.load_verify_locations(_SYSTEM_AUTHORITIES)
    return context
