"""Adapter: the DTLS ciphers of clients whose certificate is RSA, as stock GStreamer's is.

aiortc offers ECDSA suites only: as the DTLS client it cannot agree with such a server (aiortc#1421 is not merged).
RFC 8827 section 6.5 asks for ECDSA and lets others be; the added suites are of the same strength, with forward secrecy.
"""

from __future__ import annotations

from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate

CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305"
)
#: what must be there for this to work: (owner, attribute)
EXPECTED: tuple[tuple[Any, str], ...] = ((RTCCertificate, "_create_ssl_context"),)
_certificate: Any = RTCCertificate
_stock_context = RTCCertificate._create_ssl_context


def context(certificate: Any, srtp_profiles: Any) -> Any:
    """In place of ``RTCCertificate._create_ssl_context``."""
    made = _stock_context(certificate, srtp_profiles)
    made.set_cipher_list(CIPHERS.encode("ascii"))
    return made


def install() -> None:
    """Put it in place; again is harmless."""
    _certificate._create_ssl_context = context
