"""office.tokens: expiry, renewal, revocation, and that only a hash is kept."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.errors import OfficeError
from office.tokens import (
    LIFE,
    LONGEST_SIGN_IN,
    issue_token,
    renew_token,
    revoke_token,
    token_hash,
    token_lives,
    wants_renewal,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BYTES = bytes(range(32))


def test_a_token_is_kept_as_its_hash_only() -> None:
    token, kept = issue_token("s1", BYTES, NOW)
    assert kept.token_hash == token_hash(token) == hashlib.sha256(token.encode()).hexdigest()
    assert token not in repr(kept)
    assert len(token) == 43


@given(st.integers(-3600, 7200))
def test_a_token_lives_from_its_issue_to_its_end(seconds: int) -> None:
    _, kept = issue_token("s1", BYTES, NOW)
    assert token_lives(kept, NOW + timedelta(seconds=seconds)) == (0 <= seconds < LIFE.total_seconds())


def test_half_its_life_over_it_wants_renewal_and_the_fresh_one_lives_longer() -> None:
    _, kept = issue_token("s1", BYTES, NOW)
    assert not wants_renewal(kept, NOW + LIFE / 2 - timedelta(seconds=1))
    assert wants_renewal(kept, NOW + LIFE / 2)
    token, fresh = renew_token(kept, BYTES[::-1], NOW + LIFE / 2)
    assert token_hash(token) == fresh.token_hash != kept.token_hash
    assert fresh.expires_at == NOW + LIFE / 2 + LIFE
    assert fresh.signed_in_at == NOW


def test_a_dead_or_revoked_token_is_not_renewed() -> None:
    _, kept = issue_token("s1", BYTES, NOW)
    revoked = revoke_token(kept, NOW + timedelta(minutes=1))
    assert not token_lives(revoked, NOW + timedelta(minutes=1))
    assert revoke_token(revoked, NOW + timedelta(minutes=2)) == revoked
    for dead, when in ((kept, NOW + LIFE), (revoked, NOW + timedelta(minutes=2))):
        with pytest.raises(OfficeError) as ended:
            renew_token(dead, BYTES, when)
        assert ended.value.code == "office.token_ended"


def test_however_often_renewed_a_sign_in_ends_with_the_shift() -> None:
    _, kept = issue_token("s1", BYTES, NOW)
    now = NOW
    while now + LIFE / 2 < NOW + LONGEST_SIGN_IN:
        now += LIFE / 2
        _, kept = renew_token(kept, BYTES, now)
    assert kept.expires_at == NOW + LONGEST_SIGN_IN
    with pytest.raises(OfficeError):
        renew_token(kept, BYTES, NOW + LONGEST_SIGN_IN)


def test_too_little_randomness_makes_no_token() -> None:
    with pytest.raises(OfficeError) as weak:
        issue_token("s1", b"short", NOW)
    assert weak.value.code == "office.token_weak"
