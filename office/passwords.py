"""Adapter: passwords by Argon2id (RFC 9106). Takes about 50 ms of a core: call it off the loop."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_LONGEST = 256  # characters; longer ones only cost us time
# RFC 9106 section 4, second choice: 64 MiB, three passes, four lanes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
#: Verified in place of an unknown name's hash, so that the answer takes as long and names cannot be guessed.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$oFiKOP6TEB79NyDTsE4nbg$inHmm0R7F7Xk3gtVFy//MPwAdKIsfXhBGard+QfwGW0"


def hash_password(password: str) -> str:
    """The hash to keep, with its own salt and parameters in it."""
    return _HASHER.hash(password)


def password_holds(kept: str | None, password: str) -> bool:
    """Whether ``password`` is the one of ``kept``; None (nobody by that name) takes the same time and is False."""
    if len(password) > _LONGEST:
        return False
    try:
        _HASHER.verify(_NOBODY if kept is None else kept, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def wants_rehash(kept: str) -> bool:
    """Whether ``kept`` was made with weaker parameters than today's: hash again at this sign-in."""
    return _HASHER.check_needs_rehash(kept)
