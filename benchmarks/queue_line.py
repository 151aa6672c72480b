"""Wiring: the queue's benchmark, ``./dev bench queue``; writes raw evidence, which the referee reads.

The line: 1,000 operators of mixed skills, 10,000 waiting, 50 topics, 30,000 events: everybody ends a break, then
round and round somebody comes, an offer is accepted, a talk ends and the operator is called to the next. Evidence:

``memory.csv``, ``durable-ROUND.csv``, ``durable-paced.csv``, ``growth-N.csv`` (kind, begun_ns, done_ns, offers): an
event from being handed in until its effects are there - with a durable log: until they may be told. ``durable`` goes
through the server's own entry, commit line and SQL event log, and writes the rows of the tickets in the same
transactions, as the server does; ``growth`` is in time of the processor, so that a busy machine does not look like a
long line. ``sync.csv``: what the medium needs to take 4096 bytes, between the runs. ``postgres-*``: see queue_postgres.
Both sides take turns, round after round, the one and then the other first: a disk is not as fast a minute later.
``slower-MS/``: one round more of both on a disk whose syncs take so much longer (see queue_disk), each with its
``sync.csv``: how much a group commit is worth there.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gc
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import uvloop

from benchmarks import queue_disk, queue_postgres
from benchmarks.queue_day import SETTINGS, Day
from benchmarks.referee import queues
from equeue import effects as fx
from equeue import events as ev
from equeue.dispatcher import Dispatcher
from equeue.proof import Chain, first_head
from signaling.server.collector import keep_what_is_there, take_short_turns
from signaling.server.commit_line import CommitLine
from signaling.server.database import open_database
from signaling.server.event_log import Change, Insert, LogBroken, Update
from signaling.server.queue_log import chained_entry
from signaling.server.sql_event_log import SqlEventLog

WRITTEN = """\
What is written for one assignment, and synced before the next step (both on the same medium, fsync on):
  ours         3 transactions' worth in group commits (SQLite, WAL, synchronous=FULL): taken, accepted, ended with the
               next offer. 3 entries of the log (event, digest of all that was told, both chains of SHA-256), the row of
               the ticket for each of its states; operators' states follow from the log.
  postgres     3 transactions: taken; ended with the next offer, by FOR UPDATE SKIP LOCKED over an index in the order of
               calling; accepted. 4 rows of its log without a chain, the rows of tickets and operators for each state.
  claim only   1 transaction: claimed, 1 row of a log, a new ticket. Less than a queue has to do.
Neither side sends anything to screens. Ours also keeps offers' deadlines, breaks, exclusions and the longest idle."""
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
GROWTH = (100, 1_000, 10_000, 100_000)
EVENT_EVERY = timedelta(milliseconds=2)
#: a disk of a usual SSD's syncs, and of a slow one's
SLOWER_MS = (0.5, 2.0)
#: events of one length of the line before the next has its turn
_AT_A_TIME = 500

Row = tuple[str, int, int, int]


class InMemory:
    """The dispatcher alone, with a clock that the benchmark moves."""

    def __init__(self, operators: int, waiting: int, watch: Callable[[], int] = time.perf_counter_ns) -> None:
        self.day, self.queue, self.rows, self._watch = Day(operators), Dispatcher(SETTINGS), list[Row](), watch
        self.now = START - timedelta(seconds=900)
        for event in self.day.sign_ins():
            self.queue.step(event, self.now)
        for _ in range(waiting):
            self.now += timedelta(seconds=600) / waiting
            self.queue.step(self.day.arrival(), self.now)
        self.now = START

    def step(self, event: ev.Event) -> None:
        """One event, timed."""
        self.now += EVENT_EVERY
        begun = self._watch()
        effects = self.queue.step(event, self.now)
        done = self._watch()
        self.rows.append((type(event).__name__, begun, done, self.day.hear(effects)))

    def run(self, events: int) -> list[Row]:
        """So many events, those of earlier calls counted."""
        day = self.day
        if not self.rows:
            keep_what_is_there()  # as the server does after its start
            for event in day.availables()[:events]:
                self.step(event)
        while len(self.rows) < events and day.offered:
            self.step(day.accepted())
        while len(self.rows) < events:
            self.step(day.arrival())
            if day.talking and len(self.rows) < events:
                self.step(day.ended())
            while day.offered and len(self.rows) < events:
                self.step(day.accepted())
        return self.rows


class Durable:
    """The dispatcher behind the server's log: nothing goes on before it is on the medium."""

    def __init__(self, folder: Path, operators: int, waiting: int) -> None:
        self.day, self.queue, self.rows = Day(operators), Dispatcher(SETTINGS), list[Row]()
        self.chain = Chain(first_head(SETTINGS))
        self.engine = open_database(f"sqlite:///{folder / 'infomat.db'}")
        log = SqlEventLog(self.engine)
        self.line = CommitLine(log, self._deliver, self._broken)
        self.events, self.submitted, self.over = 0, 0, asyncio.Event()
        self.coming: list[ev.Event] = []
        now = datetime.now(UTC) - timedelta(seconds=900)
        log.append([self._step(event, now)[0] for event in self.day.sign_ins()])
        come, between = [self.day.arrival() for _ in range(waiting)], timedelta(seconds=600) / waiting
        log.append([self._step(event, now + (1 + turn) * between)[0] for turn, event in enumerate(come)])

    def _step(self, event: ev.Event, now: datetime) -> tuple[Change, list[fx.Effect]]:
        effects = self.queue.step(event, now)
        change = Change(now)
        change.entries.append(chained_entry(self.chain, event, now, effects))
        _rows_of_tickets(change, event, effects)
        return change, effects

    def submit(self, event: ev.Event) -> None:
        """One event; what follows from its effects happens when they are durable."""
        if self.submitted == self.events:
            return
        self.submitted += 1
        begun = time.perf_counter_ns()
        change, effects = self._step(event, datetime.now(UTC))
        change.afterwards.append(partial(self._durable, event, begun, effects))
        self.line.submit(change)

    def _deliver(self, change: Change) -> None:
        for afterwards in change.afterwards:
            afterwards()

    def _broken(self, error: LogBroken) -> None:
        raise error

    def _durable(self, event: ev.Event, begun: int, effects: list[fx.Effect]) -> None:
        self.rows.append((type(event).__name__, begun, time.perf_counter_ns(), self.day.hear(effects)))
        if len(self.rows) == self.events:
            self.over.set()
        self.follow(event)

    def follow(self, event: ev.Event) -> None:
        """Every operator accepts at once; every talk ends at once, and somebody new comes."""
        while self.day.offered and self.submitted < self.events:
            self.submit(self.day.accepted())
        if isinstance(event, ev.OfferAccepted) and self.submitted < self.events:
            self.submit(self.coming.pop())
            if self.submitted < self.events:
                self.submit(self.day.ended())

    async def run(self, events: int) -> list[Row]:
        """So many events, every operator as fast as the log lets them."""
        self.events = events
        self.coming = [self.day.arrival() for _ in range(events)]  # they come from elsewhere, as pgbench's do
        writer = asyncio.create_task(self.line.run())
        keep_what_is_there()  # as the server does after its start
        for event in self.day.availables():
            self.submit(event)
        await self.over.wait()
        writer.cancel()
        self.engine.dispose()
        return self.rows


class Paced(Durable):
    """As Durable, at a pace that leaves room: what an operator waits for on a usual, very busy day."""

    def follow(self, event: ev.Event) -> None:
        """Offers are accepted at once; everything else comes by the clock."""
        while self.day.offered and self.submitted < self.events:
            self.submit(self.day.accepted())

    async def keep_pace(self, seconds: float, turns_a_second: int) -> list[Row]:
        """So many customers a second come and so many talks end; only these turns are reported."""
        self.events = 1 << 60
        writer = asyncio.create_task(self.line.run())
        keep_what_is_there()  # as the server does after its start
        for event in self.day.availables():
            self.submit(event)
        await self.line.emptied()
        while len(self.day.talking) < len(self.day.operators) or len(self.rows) < self.submitted:
            await asyncio.sleep(0.01)
        self.rows = []
        begun = time.monotonic()
        for turn in range(int(seconds * turns_a_second)):
            await asyncio.sleep(max(0.0, begun + turn / turns_a_second - time.monotonic()))
            self.submit(self.day.arrival())
            self.submit(self.day.ended())
        await self.line.emptied()
        await asyncio.sleep(0.2)
        writer.cancel()
        self.engine.dispose()
        return self.rows


def _rows_of_tickets(change: Change, event: ev.Event, effects: list[fx.Effect]) -> None:
    """The writes of the server's tickets table that belong to this step."""
    at = change.at
    if isinstance(event, ev.TicketTaken):
        row = {
            "id": event.ticket_id, "visit_id": event.case_id, "kiosk_id": event.kiosk_id, "case_id": event.case_id,
            "number": "", "service": event.service, "language": event.language, "special_need": False, "state": "new",
            "taken_at": at, "changed_at": at, "operator_id": None,
        }  # fmt: skip
        change.writes.append(Insert("tickets", row))
    for one in effects:
        if isinstance(one, fx.TicketNumbered):
            change.writes.append(Update("tickets", {"id": one.ticket_id}, {"number": one.number}))
        elif isinstance(one, fx.TicketChanged):
            values = {"state": one.state.value, "changed_at": at, "operator_id": one.operator_id}
            change.writes.append(Update("tickets", {"id": one.ticket_id}, values))


def run(out: Path, args: list[str]) -> dict[str, object]:
    """Make the evidence, then let the referee read it."""
    parser = argparse.ArgumentParser(prog="./dev bench queue")
    parser.add_argument("--operators", type=int, default=1_000)
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=30_000)
    parser.add_argument("--growth", type=int, nargs="+", default=GROWTH)
    parser.add_argument("--growth-events", type=int, default=6_000)
    parser.add_argument("--rounds", type=int, default=3, help="of our durable log and PostgreSQL, in turns")
    parser.add_argument("--postgres-seconds", type=int, default=5, help="0: without PostgreSQL")
    parser.add_argument("--paced-seconds", type=float, default=10)
    parser.add_argument("--slower-ms", type=float, nargs="*", default=SLOWER_MS, help="syncs that take so much longer")
    asked = parser.parse_args(args)
    for old in {*out.glob("*.csv"), *out.glob("postgres-*"), *out.glob("slower-*/*")}:
        old.unlink()

    _csv(out / "memory.csv", InMemory(asked.operators, asked.waiting).run(asked.events))
    grown = {waiting: InMemory(20, waiting, time.thread_time_ns) for waiting in asked.growth}
    for events in range(_AT_A_TIME, asked.growth_events + _AT_A_TIME, _AT_A_TIME):
        for line in grown.values():  # in turns: a shared processor is not as fast a second later
            line.run(min(events, asked.growth_events))
    for waiting, line in grown.items():
        _csv(out / f"growth-{waiting}.csv", line.rows)
    grown.clear()
    gc.collect()
    with tempfile.TemporaryDirectory(prefix="infomat-bench-") as name:
        place = Path(name)  # both databases lie here: the same medium
        synced = _syncs(place)
        _csv(out / "durable-paced.csv", _on_disk(place, "durable-paced", asked))
        theirs = queue_postgres.Side(place, out, asked.operators, asked.waiting) if asked.postgres_seconds else None
        for number in range(1, asked.rounds + 1):
            ours_first = number % 2
            if theirs is not None and not ours_first:
                theirs.measure(number, asked.postgres_seconds, out)
            _csv(out / f"durable-{number}.csv", _on_disk(place, f"durable-{number}", asked))
            synced += _syncs(place)
            if theirs is not None and ours_first:
                theirs.measure(number, asked.postgres_seconds, out)
            synced += _syncs(place)
        if theirs is not None:
            _on_slower_disks(place, out, theirs, asked)
    _synced(out, synced)
    (out / "written.txt").write_text(WRITTEN + "\n")
    print(WRITTEN)
    return queues.figures(out)


def _on_slower_disks(place: Path, out: Path, theirs: queue_postgres.Side, asked: argparse.Namespace) -> None:
    if not queue_disk.can_be_slower():
        print("No compiler (gcc): a slower disk is not measured.")
        return
    for milliseconds in asked.slower_ms:
        evidence = out / f"slower-{milliseconds:g}"
        evidence.mkdir(exist_ok=True)
        with queue_disk.slower_syncs(place, milliseconds):
            _csv(evidence / "durable-1.csv", _on_disk(place, f"durable-slower-{milliseconds:g}", asked))
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                _synced(evidence, process.submit(_syncs, place).result())
            theirs.measure(1, asked.postgres_seconds, evidence, ("work",))


def _synced(folder: Path, nanoseconds: list[int]) -> None:
    (folder / "sync.csv").write_text("ns\n" + "".join(f"{one}\n" for one in nanoseconds))


def _syncs(place: Path) -> list[int]:
    """Nanoseconds of a hundred appends of a page, each synced, in this folder."""
    took = []
    with (place / "sync").open("ab") as file:
        for _ in range(100):
            file.write(bytes(4096))
            file.flush()
            begun = time.perf_counter_ns()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter_ns() - begun)
    return took


def _on_disk(place: Path, kind: str, asked: argparse.Namespace) -> list[Row]:
    """In a process of its own, as a server is: not among the remains of what was measured before."""
    folder = place / kind
    folder.mkdir()
    os.sync()  # what the other side left to be written is not written now
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_alone, folder, kind, asked).result()


def _alone(folder: Path, kind: str, asked: argparse.Namespace) -> list[Row]:
    take_short_turns()  # as the server does
    if kind == "durable-paced":
        paced = Paced(folder, asked.operators, asked.waiting)
        return uvloop.run(paced.keep_pace(asked.paced_seconds, 100))  # the server's loop
    return uvloop.run(Durable(folder, asked.operators, asked.waiting).run(asked.events))


def _csv(file: Path, rows: list[Row]) -> None:
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("kind", "begun_ns", "done_ns", "offers"))
        writer.writerows(rows)
