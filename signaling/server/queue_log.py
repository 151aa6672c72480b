"""Rules: how a step of the queue stands in the server's log: the event, a digest of what was told, the proof's head.

Entries of the first releases hold the bare event; whoever reads them makes up the rest by replaying.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from equeue import events as ev
from equeue.effects import Effect
from equeue.errors import MalformedEvent
from equeue.proof import Chain
from signaling.server.event_log import Entry, canonical

#: The kind of these entries.
KIND = "queue"
#: By these somebody gets a number, and with it a proof.
TAKEN = ev.TAKEN
#: How much of a head a ticket carries: 48 bits.
ON_TICKET = 12


@dataclass(frozen=True, slots=True)
class LoggedStep:
    """A step as the log has it. ``told`` and ``head`` are None in an entry of the first releases."""

    #: canonical JSON of the event
    event: str
    told: str | None = None
    head: str | None = None


def chained_entry(chain: Chain, event: ev.Event, at: datetime, effects: list[Effect]) -> Entry:
    """The log's entry of a step taken ``at`` this moment; the proof's chain goes on with it."""
    step = chain.add(event, at.astimezone(UTC), effects)
    return Entry(KIND, f'{{"event":{step.event},"head":"{step.head}","told":"{step.told}"}}')


def ticket_proof(head: str) -> str:
    """What a ticket carries of the head of the proof after it was taken."""
    return head[:ON_TICKET]


def logged_step(body: str) -> LoggedStep:
    """What ``chained_entry`` wrote, or the bare event; raises MalformedEvent for anything else."""
    try:
        plain = json.loads(body)
    except ValueError as error:
        raise MalformedEvent(f"not JSON: {error}") from error
    if not isinstance(plain, dict):
        raise MalformedEvent("a step is an object")
    if "event" not in plain:
        return LoggedStep(body)
    event, told, head = plain["event"], plain.get("told"), plain.get("head")
    if not isinstance(event, dict) or not isinstance(told, str) or not isinstance(head, str):
        raise MalformedEvent("a step has an event, what was told, and a head")
    return LoggedStep(canonical(event), told, head)
