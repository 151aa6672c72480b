"""office.passwords: Argon2id."""

from __future__ import annotations

import argon2

from office import passwords
from office.passwords import hash_password, password_holds, wants_rehash


def test_the_right_password_holds_and_no_other() -> None:
    kept = hash_password("Миасс-2026")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert "Миасс" not in kept
    assert password_holds(kept, "Миасс-2026")
    assert not password_holds(kept, "миасс-2026")
    assert not password_holds(kept, "")
    assert not password_holds(kept, "Миасс-2026" * 100)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("same") != hash_password("same")


def test_nobody_and_a_damaged_hash_hold_no_password() -> None:
    assert not password_holds(None, "nobody has this password")
    assert not password_holds("", "x")
    assert not password_holds("$argon2id$broken", "x")


def test_an_unknown_name_costs_as_much_as_a_known_one() -> None:
    assert not wants_rehash(passwords._NOBODY)


def test_a_hash_of_weaker_days_still_holds_and_wants_to_be_made_again() -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("old")
    assert password_holds(weak, "old")
    assert wants_rehash(weak)
    assert not wants_rehash(hash_password("old"))
