"""Adapter: Ed25519 (RFC 8032) keys of devices and users, and what they sign. Keys travel as base64."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class SigningKey:
    """A private key; ``seed`` is its 32 bytes as base64."""

    def __init__(self, seed: str | None = None) -> None:
        self._key = (
            Ed25519PrivateKey.generate()
            if seed is None
            else Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))
        )

    @property
    def seed(self) -> str:
        """The secret 32 bytes as base64, to be kept in a file only its owner can read."""
        return base64.b64encode(self._key.private_bytes_raw()).decode()

    @property
    def public(self) -> str:
        """The public 32 bytes as base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, text: str) -> str:
        """Signature (64 bytes as base64) over the UTF-8 of ``text``."""
        return base64.b64encode(self._key.sign(text.encode())).decode()


def signature_holds(public: str, text: str, signature: str) -> bool:
    """Whether ``signature`` over ``text`` was made by the owner of ``public``; False for anything malformed."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), text.encode())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def sign_in_text(nonce: str, identity: str) -> str:
    """What a kiosk signs to sign in: the server's nonce bound to who it says it is."""
    return f"infomat sign-in v1\n{nonce}\n{identity}"


def description_text(session_id: str, role: str, fingerprint: str, nonce: str) -> str:
    """What is signed with each session description, so that nobody between can put in their own DTLS key."""
    return f"infomat media v1\n{session_id}\n{role}\n{fingerprint.upper()}\n{nonce}"
