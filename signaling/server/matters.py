"""Adapter: which person and which case a request belongs to, whatever channel it came by.

The tables learn of somebody new only when the change is durable, so who has just come is known in memory before.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ground.ids import new_id
from signaling.server.asked import Services
from signaling.server.event_log import Change, Insert
from signaling.server.front_office import FrontOffice, NewCase

_KEPT_S = 60.0  # a case that is durable, for those who began to look it up before it was


@dataclass(frozen=True, slots=True)
class Matter:
    """A person (None: nobody said who they are) and their case; ``new_…`` are rows that do not exist yet."""

    front: FrontOffice
    person_id: str | None
    case_id: str
    new_person: dict[str, Any] | None = None
    new_case: dict[str, Any] | None = None

    def write(self, change: Change) -> None:
        """The rows that this request makes, and from now on the memory knows them too.

        Without waiting for anything since ``matter_of``, and the change is submitted whatever comes: the memory must
        not know a person who will never be in the table.
        """
        if self.new_person is not None and self.person_id is not None:
            change.writes.append(Insert("persons", self.new_person))
            self.front.persons[self.new_person["account_ref"]] = self.person_id
        if self.new_case is not None:
            change.writes.append(Insert("cases", {**self.new_case, "opened_at": change.at}))
            if self.person_id is not None:
                key, case = (self.person_id, self.new_case["topic"]), NewCase(self.case_id)
                self.front.new_cases[key] = case
                change.afterwards.append(partial(_durable, self.front, key, case))


async def matter_of(services: Services, topic: str, who: str | None) -> Matter:
    """``who``: an account number, or ``tel:`` and a number in E.164; None: nobody said.

    The case is the person's open one of this topic, if there is one: so requests of all channels become one.
    """
    case: dict[str, Any] = {"id": new_id(), "person_id": None, "topic": topic}
    front = services.front
    if who is None:
        return Matter(front, None, case["id"], None, case)
    reference, now = services.reference(who), services.clock.now()
    person_id = front.persons.get(reference) or await asyncio.to_thread(services.records.person, reference)
    if person_id is None:
        person_id = front.persons.get(reference)  # somebody else may have come first while we looked
    if person_id is None:
        person_id = new_id()
        new_person = {"id": person_id, "account_ref": reference, "first_seen_at": now}
        return Matter(front, person_id, case["id"], new_person, {**case, "person_id": person_id})
    front.persons[reference] = person_id
    known = await _case_of(services, person_id, topic, now)
    if known is not None:
        return Matter(front, person_id, known)
    return Matter(front, person_id, case["id"], None, {**case, "person_id": person_id})


async def _case_of(services: Services, person_id: str, topic: str, now: datetime) -> str | None:
    """The person's open case: of the tables, unless one began that they did not have yet when we looked there."""
    front, key = services.front, (person_id, topic)
    before = front.new_cases.get(key)
    if before is not None and not before.durable:
        return before.id
    known = await asyncio.to_thread(services.records.case_of, person_id, topic, now)
    since = front.new_cases.get(key)
    return known if since is None or since is before else since.id


def _durable(front: FrontOffice, key: tuple[str, str], case: NewCase) -> None:
    case.durable = True
    asyncio.get_running_loop().call_later(_KEPT_S, _forget, front, key, case)


def _forget(front: FrontOffice, key: tuple[str, str], case: NewCase) -> None:
    if front.new_cases.get(key) is case:
        del front.new_cases[key]
