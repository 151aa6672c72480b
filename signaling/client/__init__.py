"""The link: one client's connection to the server, kept up for as long as the client lives."""

from signaling.client.link import Link, LinkDown, TlsRefused

__all__ = ["Link", "LinkDown", "TlsRefused"]
