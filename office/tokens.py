"""Rules: short-lived tokens of staff. A token is random bytes shown once; only its SHA-256 is ever kept.

``ISSUED`` holds until its end; a fresh one is given when half its life is over; a person's whole
sign-in ends after a shift's length however often it was renewed.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from office.errors import OfficeError

TOKEN_BYTES = 32
LIFE = timedelta(minutes=30)
LONGEST_SIGN_IN = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class KeptToken:
    """What is stored of a token. ``signed_in_at`` is when its owner last gave a password."""

    token_hash: str
    staff_id: str
    signed_in_at: datetime
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


def issue_token(staff_id: str, random_bytes: bytes, now: datetime) -> tuple[str, KeptToken]:
    """A new token after a sign-in: the text for its owner, and what to keep of it."""
    return _issue(staff_id, random_bytes, now, signed_in_at=now)


def renew_token(kept: KeptToken, random_bytes: bytes, now: datetime) -> tuple[str, KeptToken]:
    """A fresh token in place of a live one; raises OfficeError ``office.token_ended`` for a dead one, or when
    the shift's length since the password is over. Revoke or delete the old one."""
    if not token_lives(kept, now) or now >= kept.signed_in_at + LONGEST_SIGN_IN:
        raise OfficeError("sign in again", code="office.token_ended")
    return _issue(kept.staff_id, random_bytes, now, signed_in_at=kept.signed_in_at)


def token_lives(kept: KeptToken, now: datetime) -> bool:
    """Whether the token opens the door now. One from the future (a clock set back) does not."""
    return kept.revoked_at is None and kept.issued_at <= now < kept.expires_at


def wants_renewal(kept: KeptToken, now: datetime) -> bool:
    """Whether half of its life is over."""
    return now - kept.issued_at >= (kept.expires_at - kept.issued_at) / 2


def revoke_token(kept: KeptToken, now: datetime) -> KeptToken:
    """The token ended early: signed out, left the company. The first revocation's moment stays."""
    return kept if kept.revoked_at is not None else replace(kept, revoked_at=now)


def token_hash(token: str) -> str:
    """SHA-256 of a token's text, hexadecimal: the only form in which it is stored or looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


def _issue(staff_id: str, random_bytes: bytes, now: datetime, *, signed_in_at: datetime) -> tuple[str, KeptToken]:
    if len(random_bytes) < TOKEN_BYTES:
        raise OfficeError("too little randomness for a token", code="office.token_weak")
    token = base64.urlsafe_b64encode(random_bytes).decode().rstrip("=")
    expires = min(now + LIFE, signed_in_at + LONGEST_SIGN_IN)
    return token, KeptToken(token_hash(token), staff_id, signed_in_at, now, expires)
