"""Rules: who is on the staff, what may be changed about them, and whose sign-ins still hold.

Whoever is locked, removed, given another role or another password is signed out: no sign-in from before that moment
holds. ``SignOut`` says what becomes of a conversation they are in just then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from office.errors import OfficeError
from office.people import Role

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
LONGEST_NAME = 200


class SignOut(StrEnum):
    """When a sign-out reaches somebody who is with a customer."""

    #: the conversation and its writing up are finished first; no new one begins
    AFTER_TALK = "after_talk"
    #: the conversation breaks off, and the customer is at the head of the line again
    AT_ONCE = "at_once"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff as these rules need them; ``name`` is what they sign in with."""

    id: str
    name: str
    role: Role
    left_at: datetime | None = None
    locked_at: datetime | None = None
    signed_out_at: datetime | None = None

    @property
    def may_sign_in(self) -> bool:
        """Whether a right password lets them in."""
        return self.left_at is None and self.locked_at is None


def sign_in_holds(member: Member, signed_in_at: datetime) -> bool:
    """Whether what began with a password at that moment still opens doors."""
    return member.may_sign_in and (member.signed_out_at is None or signed_in_at > member.signed_out_at)


def found(members: Iterable[Member], who: str) -> Member:
    """By sign-in name, or by id, also of somebody who has left; raises OfficeError ``staff.unknown``."""
    every = list(members)
    for one in every:
        if who == one.id or (who == one.name and one.left_at is None):
            return one
    names = ", ".join(sorted(one.name for one in every if one.left_at is None))
    raise OfficeError(f"nobody of the staff signs in as {who}; there are {names or 'none'}", code="staff.unknown")


def check_name(members: Iterable[Member], name: str, *, of: str = "") -> None:
    """Raises OfficeError ``staff.name`` unless ``name`` can be the sign-in name (of the member with the id ``of``)."""
    if not 1 <= len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise OfficeError(f"a sign-in name has 1 to {LONGEST_NAME} letters and no blanks around it", code="staff.name")
    if any(one.name == name and one.id != of for one in members):
        raise OfficeError(f"the name {name} is taken", code="staff.name")


def check_display_name(name: str) -> None:
    """Raises OfficeError ``staff.name`` for a name that no customer could read."""
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise OfficeError(f"what customers read has 1 to {LONGEST_NAME} letters", code="staff.name")


def check_password(password: str) -> None:
    """Raises OfficeError ``staff.password`` for one that is too short, or that no sign-in would take."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise OfficeError(
            f"the password needs at least {SHORTEST_PASSWORD} characters and at most {LONGEST_PASSWORD}",
            code="staff.password",
        )


def role_named(name: str) -> Role:
    """The role; raises OfficeError ``staff.role``."""
    if name not in list(Role):
        raise OfficeError(f"no such role: {name}; there are {', '.join(Role)}", code="staff.role")
    return Role(name)


def check_administrator_stays(members: Iterable[Member], without: str) -> None:
    """Raises OfficeError ``staff.last_administrator`` when nobody but ``without`` could administer."""
    administrators = [one for one in members if one.role is Role.ADMINISTRATOR and one.may_sign_in]
    if [one.id for one in administrators] == [without]:
        raise OfficeError(
            f"{administrators[0].name} is the only administrator who can sign in; add or unlock another one first",
            code="staff.last_administrator",
        )
