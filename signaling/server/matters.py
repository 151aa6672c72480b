"""Adapter: which person and which case a request belongs to, whatever channel it came by."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from ground.ids import new_id
from signaling.server.asked import Services
from signaling.server.event_log import Change, Insert


@dataclass(frozen=True, slots=True)
class Matter:
    """A person (None: nobody said who they are) and their case; ``new_…`` are rows that do not exist yet."""

    person_id: str | None
    case_id: str
    new_person: dict[str, Any] | None = None
    new_case: dict[str, Any] | None = None

    def write(self, change: Change) -> None:
        """The rows that this request makes."""
        if self.new_person is not None:
            change.writes.append(Insert("persons", self.new_person))
        if self.new_case is not None:
            change.writes.append(Insert("cases", {**self.new_case, "opened_at": change.at}))


async def matter_of(services: Services, topic: str, who: str | None) -> Matter:
    """``who``: an account number, or ``tel:`` and a number in E.164; None: nobody said.

    The case is the person's open one of this topic, if there is one: so requests of all channels become one.
    """
    case: dict[str, Any] = {"id": new_id(), "person_id": None, "topic": topic}
    if who is None:
        return Matter(None, case["id"], None, case)
    front, reference, now = services.front, services.reference(who), services.clock.now()
    person_id = front.persons.get(reference) or await asyncio.to_thread(services.records.person, reference)
    if person_id is None:
        person_id = front.persons.get(reference)  # somebody else may have come first while we looked
    if person_id is None:
        person_id = front.persons[reference] = new_id()
        new_person = {"id": person_id, "account_ref": reference, "first_seen_at": now}
        return Matter(person_id, case["id"], new_person, {**case, "person_id": person_id})
    front.persons[reference] = person_id
    known = await asyncio.to_thread(services.records.case_of, person_id, topic, now)
    if known is not None:
        return Matter(person_id, known)
    return Matter(person_id, case["id"], None, {**case, "person_id": person_id})
