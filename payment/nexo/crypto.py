"""Rules: the application-level encryption of Adyen's local terminals (payments.md 1.4), byte-exact.

The nonce is passed in. The scheme is encrypt-and-MAC with CBC, so every fault on the way in is answered by the
same error (a padding oracle otherwise): nobody learns whether padding, HMAC, key or encoding was wrong.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from payment.errors import CryptoError, MalformedMessage
from payment.nexo.json_text import from_json, to_json
from payment.nexo.profile import Key

_SALT = b"AdyenNexoV1Salt"
_ROUNDS = 4000
_VERSION = 1
_NONCE = 16


@dataclass(frozen=True, slots=True)
class DerivedKey:
    """80 bytes of PBKDF2: HMAC key first, then cipher key, then IV."""

    hmac_key: bytes
    cipher_key: bytes
    iv: bytes


@lru_cache(maxsize=8)
def derive(passphrase: str) -> DerivedKey:
    """The keys of a passphrase; kept, because 4000 rounds cost milliseconds."""
    key = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), _SALT, _ROUNDS, 80)
    return DerivedKey(key[:32], key[32:64], key[64:80])


def encrypt(plain: bytes, key: DerivedKey, nonce: bytes) -> tuple[str, str]:
    """(NexoBlob, Hmac), both base64, of the whole plain message."""
    padder = padding.PKCS7(128).padder()
    cipher = _cipher(key, nonce).encryptor()
    blob = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    return base64.b64encode(blob).decode(), base64.b64encode(_mac(plain, key)).decode()


def seal(message: dict[str, Any], key: Key, nonce: bytes) -> dict[str, Any]:
    """The secured form of a message: its own header outside, everything inside the blob."""
    (envelope, body), *more = message.items()
    if more or len(nonce) != _NONCE:
        raise ValueError("one envelope and a nonce of 16 bytes are needed")
    blob, mac = encrypt(to_json(message).encode(), derive(key.passphrase), nonce)
    trailer = {
        "AdyenCryptoVersion": _VERSION,
        "KeyIdentifier": key.identifier,
        "KeyVersion": key.version,
        "Nonce": base64.b64encode(nonce).decode(),
        "Hmac": mac,
    }
    return {envelope: {"MessageHeader": body["MessageHeader"], "NexoBlob": blob, "SecurityTrailer": trailer}}


def unseal(secured: dict[str, Any], key: Key) -> dict[str, Any]:
    """The message inside. Raises CryptoError, always the same, for anything that is not exactly right."""
    try:
        (envelope, body), *more = secured.items()
        trailer = body["SecurityTrailer"]
        plain = _decrypt(body["NexoBlob"], trailer, derive(key.passphrase))
        named = (trailer["AdyenCryptoVersion"], trailer["KeyIdentifier"], trailer["KeyVersion"])
        message = from_json(plain.decode())
        inner = message[envelope]["MessageHeader"]
        # The outer header is not authenticated: only its twin inside is.
        if more or named != (_VERSION, key.identifier, key.version) or inner != body["MessageHeader"]:
            raise CryptoError
    except (CryptoError, MalformedMessage, ValueError, KeyError, TypeError, AttributeError):
        raise CryptoError("the secured message is not acceptable") from None
    return message


def _decrypt(blob: Any, trailer: Any, key: DerivedKey) -> bytes:
    nonce, mac = _from_base64(trailer["Nonce"]), _from_base64(trailer["Hmac"])
    if len(nonce) != _NONCE or len(mac) != 32:
        raise CryptoError
    cipher = _cipher(key, nonce).decryptor()
    padded = cipher.update(_from_base64(blob)) + cipher.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    plain = unpadder.update(padded) + unpadder.finalize()
    if not hmac.compare_digest(_mac(plain, key), mac):
        raise CryptoError
    return plain


def _from_base64(text: Any) -> bytes:
    if not isinstance(text, str):
        raise CryptoError
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise CryptoError from error


def _cipher(key: DerivedKey, nonce: bytes) -> Cipher[modes.CBC]:
    iv = bytes(a ^ b for a, b in zip(key.iv, nonce, strict=True))
    return Cipher(algorithms.AES(key.cipher_key), modes.CBC(iv))


def _mac(plain: bytes, key: DerivedKey) -> bytes:
    return hmac.new(key.hmac_key, plain, hashlib.sha256).digest()
