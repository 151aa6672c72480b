"""The link: one client's connection to the server, kept up for as long as the client lives."""

from signaling.client.link import Link, LinkDown
from signaling.client.tls import TlsRefused

__all__ = ["Link", "LinkDown", "TlsRefused"]
