"""Adapter: the TLS of a client: it trusts the pinned CA only, and goes without TLS to this very machine alone."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from ground.errors import InfomatError

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class TlsRefused(InfomatError):
    """The address is not TLS and not on this machine."""

    code = "link.plain"


def pinned_tls(url: str, ca_file: Path | None) -> ssl.SSLContext | None:
    """TLS that trusts only the pinned CA; None for plain ws to this very machine. Raises TlsRefused."""
    parts = urlsplit(url)
    if parts.scheme == "ws":
        if (parts.hostname or "") not in _LOOPBACK:
            raise TlsRefused(f"{parts.hostname}: only wss:// is allowed to another machine")
        return None
    if parts.scheme != "wss":
        raise TlsRefused(f"the address must begin with wss://, not {parts.scheme}://")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        raise TlsRefused("no CA is pinned: enrol first")
    context.load_verify_locations(ca_file)
    return context
