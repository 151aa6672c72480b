"""Wiring for tests: a day at the server's queue, run under strace so that every byte for the disk is on record.

``python -m tests.signaling.recorded_day FOLDER SEED TURNS``: the server's own queue, talks, entries, rows, commit line
and log, in a database that is there already. On standard output, one write a line: ``step N {...}`` when a change was
handed to the commit line, with what the server then knows, and ``told N`` when it was told. It ends without closing
anything, as a process does whose plug is pulled.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, event

from equeue import events as ev
from equeue.errors import QueueError
from equeue.operator_states import OperatorState
from signaling.server import commit_line
from signaling.server.commit_line import CommitLine
from signaling.server.database import open_database
from signaling.server.event_log import Change, Insert, LogBroken, Put
from signaling.server.front_office import FrontOffice, TicketFacts
from signaling.server.queue_runner import QueueRunner, new_dispatcher
from signaling.server.records import Records
from signaling.server.restore import restore
from signaling.server.sql_event_log import SqlEventLog
from signaling.server.talks import Talks

BEGIN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
GRACE = timedelta(seconds=60)
OPERATORS = {"olga": ["*"], "anna": ["payment", "other"], "ivan": ["contract:4", "readings"]}
SERVICES = ("payment", "contract", "readings", "other")
PRIORITIES = ("walk_in", "walk_in", "booked", "repeat_callback", "special_need")


def prepared(folder: Path) -> None:
    """A database with the staff and a kiosk, closed properly."""
    prepared_at(f"sqlite:///{folder / 'infomat.db'}")


def prepared_at(url: str) -> None:
    """The same, wherever it is."""
    engine = open_database(url)
    change = Change(BEGIN)
    for name, skills in OPERATORS.items():
        row = {"id": name, "name": name, "display_name": name, "role": "operator", "password_hash": "x"}
        change.writes.append(Insert("staff", {**row, "skills": skills, "languages": ["*"], "added_at": BEGIN}))
    kiosk = {"id": "kiosk", "name": "K-1", "place": "Miass", "public_key": "", "enrolled_at": BEGIN}
    change.writes.append(Insert("kiosks", kiosk))
    SqlEventLog(engine).append([change])
    engine.dispose()


def started(engine: Engine, now: datetime) -> FrontOffice:
    """What a server knows after its start."""
    front = FrontOffice(new_dispatcher())
    restore(front, SqlEventLog(engine), Records(engine), GRACE, now)
    return front


def known(front: FrontOffice) -> dict[str, Any]:
    """What must be the same after a start: the whole queue with its timers, the proof, and who talks with whom."""
    return {
        "queue": hashlib.sha256(json.dumps(front.queue.picture(), sort_keys=True).encode()).hexdigest(),
        "head": front.chain.head,
        "tickets": {
            one.id: [one.number, one.proof, one.case_id, ticket.state.value]
            for one in sorted(front.tickets.values(), key=lambda one: one.id)
            if (ticket := front.queued(one.id)) is not None
        },
        "talks": {one.id: [one.ticket_id, one.operator_id, one.live] for one in front.talks.values()},
    }


class Day:
    """Who comes, goes and is served, by chance."""

    def __init__(self, engine: Engine, seed: int, say: Callable[[str], None] = lambda _line: None) -> None:
        self.say = say
        self.front, self.chance, self.now = started(engine, BEGIN), Random(seed), BEGIN
        self.engine, self.line = engine, line_of(engine)
        self.talks = Talks(self.front, GRACE, lambda change, event: self.queue.feed(change, event), lambda *_: None)
        self.queue = QueueRunner(self.front, self.talks.open, self.talks.parted)
        self.entries, self.steps, self.taken = 0, 0, 0

    async def run(self, turns: int) -> None:
        """So many turns, one to three of them in one transaction."""
        writer = asyncio.create_task(self.line.run())
        for clerk in self.front.clerks.values():
            self.submit(lambda change, clerk=clerk: self.queue.feed(change, _sign_in(clerk)))  # type: ignore[misc]
        for turn in range(turns):
            self.now += timedelta(seconds=self.chance.choice((1, 5, 20)))
            self.submit(self.queue.pass_time)
            self.submit(self._somebody_comes if self.chance.random() < 0.4 else self._somebody_goes_on)
            if turn % self.chance.randint(1, 3) == 0:
                await self.line.emptied()
        await self.line.emptied()
        writer.cancel()

    def submit(self, act: Any) -> None:
        """One change, if the rules allow it and it does anything."""
        change = Change(self.now)
        try:
            act(change)
        except QueueError:
            return
        if not change.lasting:
            return
        self.steps += 1
        self.entries += len(change.entries)
        self.say(f"step {self.steps} " + json.dumps({"entries": self.entries, "known": known(self.front)}))
        change.afterwards.append(partial(self.say, f"told {self.steps}"))
        self.line.submit(change)

    def _somebody_comes(self, change: Change) -> None:
        self.taken += 1
        facts = TicketFacts(
            id=f"t{self.taken}", visit_id=f"v{self.taken}", kiosk_id="kiosk", service=self.chance.choice(SERVICES),
            language="ru", taken_at=self.now, case_id=f"c{self.taken}",
        )  # fmt: skip
        self.front.tickets[facts.id] = facts
        priority = self.chance.choice(PRIORITIES)
        taken = ev.TicketTaken(facts.id, facts.service, priority, "ru", "Miass", "kiosk", facts.case_id)
        self.queue.feed(change, taken)
        row = facts.row(special_need=priority == "special_need")
        change.writes.insert(0, Put("tickets", {**row, "number": ""}))

    def _somebody_goes_on(self, change: Change) -> None:
        one = self.chance.choice(self.front.queue.operators())
        ticket, roll = one.ticket_id or "", self.chance.random()
        if one.state is OperatorState.OFFERED:
            accepted = ev.OfferAccepted(ticket, one.id)
            self.queue.feed(change, accepted if roll < 0.8 else ev.OfferRefused(ticket, one.id, "cannot"))
        elif one.state is OperatorState.BUSY:
            self.queue.feed(change, ev.TicketParked(ticket) if roll < 0.1 else ev.SessionEnded(ticket, "customer"))
        elif one.state is OperatorState.WRAPUP:
            self.queue.feed(change, ev.WrapUpFinished(one.id, "resolved"))
        elif one.state is OperatorState.AVAILABLE:
            waiting = self.front.queue.waiting()
            self.queue.feed(change, ev.TicketLeft(self.chance.choice(waiting).id if waiting else "", "tired"))
        else:
            self.queue.feed(change, ev.StatusChosen(one.id, "available"))


def line_of(engine: Engine) -> CommitLine:
    """A commit line as the server has it; it belongs to the loop it is first used in."""

    def deliver(change: Change) -> None:
        for afterwards in change.afterwards:
            afterwards()

    def broken(error: LogBroken) -> None:
        raise error

    return CommitLine(SqlEventLog(engine), deliver, broken)


def _sign_in(clerk: Any) -> ev.OperatorSignedIn:
    return ev.OperatorSignedIn(clerk.id, clerk.skills, clerk.languages)


def _say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def main() -> None:
    """The day."""
    folder, seed, turns = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
    engine.dispose()
    event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA wal_autocheckpoint=40"))  # several of them
    commit_line._TIDY_AFTER = 5  # and several beside the writer
    asyncio.run(Day(engine, seed, _say).run(turns))
    os._exit(0)


if __name__ == "__main__":
    main()
