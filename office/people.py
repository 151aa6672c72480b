"""Rules: the people of the contact centre and what they have to do with each other.

A Person is a customer as we know them over all channels; a Case is one matter of theirs; a Contact is one time they
turned to us about it; a Visit is one stay at a kiosk. A visit may hold no contact at all (self-service), a case
several contacts by several channels. A person is known by ``account_ref``, a keyed hash: no name is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from office.errors import OfficeError


class Role(StrEnum):
    """What a member of staff is here for."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Channel(StrEnum):
    """How a person turned to us."""

    KIOSK = "kiosk"
    PHONE = "phone"
    CHAT = "chat"
    CALL_BACK = "call_back"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer. ``account_ref`` is a keyed hash of an account's number."""

    id: str
    account_ref: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One matter. Open while ``closed_at`` is None; ``person_id`` is None until the person is known."""

    id: str
    person_id: str | None
    topic: str
    opened_at: datetime
    closed_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Contact:
    """One time a person turned to us about a case; ``result`` is a code of ``office.result_codes``."""

    id: str
    case_id: str
    channel: Channel
    at: datetime
    visit_id: str | None = None
    session_id: str | None = None
    operator_id: str | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay at a kiosk."""

    id: str
    kiosk_id: str
    language: str
    begun_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    person_id: str | None = None


#: A person who comes back about the same thing within this time carries on the same case.
SAME_MATTER = timedelta(days=14)


def case_to_continue(cases: Iterable[Case], person_id: str | None, topic: str, now: datetime) -> Case | None:
    """The newest open case of the person with this topic opened in the last two weeks, or None: open a new one.

    An unknown person never continues a case: two strangers must not meet in one.
    """
    if person_id is None:
        return None
    fitting = [
        case
        for case in cases
        if case.open and case.person_id == person_id and case.topic == topic and now - case.opened_at <= SAME_MATTER
    ]
    return max(fitting, key=lambda case: (case.opened_at, case.id), default=None)


def close_case(case: Case, now: datetime) -> Case:
    """The case closed; raises OfficeError ``office.case_closed`` when it was already."""
    if not case.open:
        raise OfficeError(f"case {case.id} is closed", code="office.case_closed")
    return replace(case, closed_at=now)


def resolved_at_first_contact(contacts: Iterable[Contact], case: Case) -> bool:
    """First-contact resolution: the case is closed and one contact was enough."""
    return not case.open and sum(contact.case_id == case.id for contact in contacts) == 1
