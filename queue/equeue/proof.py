"""Rules: the proof that the queue was fair: a chain of hashes over its log, and its replay.

Every entry holds the event, its moment, a digest of all that was told because of it, and the head of the chain so
far. Whoever changes, drops, reorders or inserts an entry breaks the chain; whoever makes a whole new chain, or
cuts its end off, is found by the heads printed on tickets and signed daily; and whoever called a friend first is
found even in an unbroken chain, because replay tells something else. People appear as ids only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from equeue import effects as tell
from equeue import events as ev
from equeue.dispatcher import Dispatcher
from equeue.errors import QueueError, UnknownTicket
from equeue.plain import moment_text
from equeue.settings import Settings

#: How much of a head is printed on a ticket: 64 bits, in groups of four.
PRINTED = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    number: int
    #: ISO 8601, aware
    at: str
    #: as ``events.to_json`` wrote it
    event: str
    #: SHA-256 over the canonical JSON of every effect, one a line
    told: str
    #: SHA-256 over the head before and all of the above
    head: str


def first_head(settings: Settings) -> str:
    """The head before the first entry: it binds the log to the settings it began with."""
    return _hash("infomat queue v1", settings.to_toml())


def printed(head: str) -> str:
    """What stands on a ticket: ``3F2A-91BC-04DE-77A1``."""
    return "-".join(head[i : i + 4].upper() for i in range(0, PRINTED, 4))


def day_text(day: date, number: int, head: str) -> str:
    """What the server signs at the end of a service day: how far the log went, and its head."""
    return f"infomat queue day v1\n{day.isoformat()}\n{number}\n{head}"


class Chain:
    """Turns steps into entries. To go on after a restart, give the last entry's number and head."""

    def __init__(self, head: str, number: int = 0) -> None:
        self.head = head
        self.number = number

    def add(self, event: ev.Event, now: datetime, effects: Iterable[tell.Effect]) -> Entry:
        """The entry of a step that was taken at ``now`` and told ``effects``."""
        at, text = moment_text(now), ev.to_json(event)
        told = _hash(*[tell.to_json(one) for one in effects])
        number = self.number + 1
        head = _hash(self.head, str(number), at, text, told)
        self.number, self.head = number, head
        return Entry(number, at, text, told, head)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that does not follow, and why: changed, missing, malformed, refused, unfair or foreign."""

    number: int
    kind: str
    sentence: str

    def at(self, number: int) -> Fault:
        """The same by the number that the entry has in another log, of which this one is a part."""
        return Fault(number, self.kind, self.sentence.replace(f"entry {self.number}", f"entry {number}", 1))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier found: ``fault`` is None when everything follows from the rules."""

    events: int
    assignments: int
    head: str
    fault: Fault | None = None

    @property
    def holds(self) -> bool:
        """Whether everything follows."""
        return self.fault is None


class Remembered(Protocol):
    """Ids: a set, or what is like one and has room for those of years."""

    def add(self, one: str, /) -> None:
        """Remember it."""
        ...

    def __contains__(self, one: object, /) -> bool: ...


class Replay:
    """Follows a log from its beginning, an entry at a time, until one does not follow."""

    def __init__(self, queue: Dispatcher, chain: Chain, taken: Remembered | None = None) -> None:
        """``queue`` and ``chain`` as they were before the first entry to be followed; both go on with it."""
        self._queue, self.chain = queue, chain
        self.assignments = 0
        #: every ticket that was ever taken or booked
        self.taken: Remembered = set[str]() if taken is None else taken
        #: number -> the newest ticket that was given it
        self.numbers: dict[str, str] = {}

    @classmethod
    def from_beginning(cls, settings: Settings, taken: Remembered | None = None) -> Replay:
        """Of a whole log."""
        return cls(Dispatcher(settings), Chain(first_head(settings)), taken)

    def follow(self, entry: Entry) -> Fault | None:
        """What is wrong with the next entry; after a fault nothing more can be followed."""
        number = self.chain.number + 1
        if entry.number != number:
            return Fault(number, "missing", f"where entry {number} should be there is entry {entry.number}")
        if entry.head != _hash(self.chain.head, str(number), entry.at, entry.event, entry.told):
            return Fault(number, "changed", f"entry {number} is not what was chained")
        again = self.made_up(entry.at, entry.event)
        if isinstance(again, Fault) or again == entry:
            return again if isinstance(again, Fault) else None
        return Fault(number, "unfair", f"entry {number} told something that does not follow from the rules")

    def made_up(self, at: str, event_text: str) -> Entry | Fault:
        """The next entry as the rules make it from the bare event, or why it cannot have happened."""
        number = self.chain.number + 1
        try:
            now = datetime.fromisoformat(at)
            event = ev.from_json(event_text)
            effects = self._queue.step(event, now)
        except (ValueError, OverflowError) as error:
            return Fault(number, "malformed", f"entry {number} has no proper moment: {error}")
        except QueueError as refusal:
            kind = "malformed" if refusal.code == "queue.malformed_event" else "refused"
            return Fault(number, kind, f"entry {number} cannot have happened: {refusal}")
        for one in effects:
            if isinstance(one, tell.OfferMade):
                self.assignments += 1
            elif isinstance(one, tell.TicketNumbered):
                self.numbers[one.number] = one.ticket_id
        if isinstance(event, (*ev.TAKEN, ev.TicketBooked)):
            self.taken.add(event.ticket_id)
        return self.chain.add(event, now, effects)

    def ticket_state(self, ticket_id: str) -> str | None:
        """Where a ticket is after what was followed; None: never taken, or forgotten since."""
        try:
            return self._queue.ticket(ticket_id).state.value
        except UnknownTicket:
            return None


def verify(entries: Iterable[Entry], settings: Settings, known_heads: Mapping[int, str] | None = None) -> Verdict:
    """Replay the log from its beginning and compare every step, bit for bit.

    ``known_heads``: entry number -> the head, whole or as printed, that a ticket or a daily signature vouches for.
    """
    replay = Replay.from_beginning(settings)
    known = dict(known_heads or {})
    for entry in entries:
        number, before, assignments = replay.chain.number + 1, replay.chain.head, replay.assignments
        fault = replay.follow(entry)
        if fault is None and not _vouched(entry.head, known.pop(number, entry.head)):
            fault = Fault(number, "foreign", f"entry {number} has another head than the one vouched for")
        if fault is not None:
            return Verdict(number - 1, assignments, before, fault)
    chain = replay.chain
    if known:
        fault = Fault(
            chain.number + 1, "missing", f"the log ends after {chain.number}, but {max(known)} is vouched for"
        )
        return Verdict(chain.number, replay.assignments, chain.head, fault)
    return Verdict(chain.number, replay.assignments, chain.head)


def _vouched(head: str, known: str) -> bool:
    return known in (head, printed(head))


def _hash(*parts: str) -> str:
    """SHA-256 over the parts, each with its length in bytes before it, so that no two lists of parts look alike."""
    text = "".join([f"{len(part)}:{part}" for part in parts])
    if not text.isascii():  # a letter may be several bytes
        text = "".join([f"{len(part.encode())}:{part}" for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()
