"""Rules: what the server's log proves of the queue: the chain over the whole log, then a replay of the queue's steps.

Whoever changes, drops, reorders or inserts an entry breaks the chain over the log; whoever writes the whole chain anew
is found by the heads on tickets and by the daily signatures; whoever called a friend first is found by the replay, even
in an unbroken chain; and whoever cuts the end off is found by what lies beside the log: the tickets' table, the signed
days, an export's last line, a ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from equeue import proof
from equeue.errors import MalformedEvent, UnknownTicket
from equeue.settings import Settings
from equeue.ticket_states import ENDED
from equeue.why import CalledBefore, why
from ground.errors import InfomatError
from signaling.server.event_log import GENESIS, Entry, chained
from signaling.server.queue_days import DAY_KIND, SignedDay, read_day
from signaling.server.queue_log import KIND, logged_step


class UnknownTicketInLog(InfomatError):
    """Nobody took this ticket, as far as the log goes."""

    code = "queue.unknown_ticket"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the log, as it lies there."""

    number: int
    at: str
    kind: str
    body: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A log and what lies beside it. ``end``: (number, hash) where it ended; None: nobody says."""

    rows: Iterable[Row]
    #: (ticket id, its state) of the server's own table, by id
    tickets: Iterable[tuple[str, str]] = ()
    #: makes what has room for all tickets of the log
    taken: Callable[[], proof.Remembered] = set
    end: tuple[int, str] | None = None
    #: signatures that were kept beside the log
    days: Sequence[SignedDay] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. ``fault.number`` is the number in the whole log of the first entry that does not follow."""

    #: of every kind, and of the queue among them, that follow
    entries: int
    events: int
    #: of the queue, of the first releases: what they told was not recorded
    unrecorded: int
    assignments: int
    head: str
    fault: proof.Fault | None = None
    #: daily signatures that hold, in the log or beside it, and the keys they were made with (base64)
    days: int = 0
    keys: tuple[str, ...] = ()
    #: number on a ticket -> the newest that has it
    numbers: Mapping[str, str] = field(default_factory=dict, repr=False)


class _Verifier:
    def __init__(self, settings: Settings, evidence: Evidence, vouched: Iterable[str], key: str | None) -> None:
        self.replay, self.evidence, self.key = proof.Replay.from_beginning(settings, evidence.taken()), evidence, key
        self.days = set(evidence.days)
        self.held, self.keys = set[SignedDay](), dict[str, None]()
        self.logged = list[SignedDay]()
        self.vouched = {one.replace("-", "").lower(): one for one in vouched}
        self.number, self.hash, self.unrecorded = 0, GENESIS, 0

    def verdict(self) -> Verdict:
        fault = next((found for row in self.evidence.rows if (found := self._follow(row)) is not None), None)
        fault = fault or self._cut()
        chain, told = self.replay.chain, self.replay.assignments
        return Verdict(
            self.number, chain.number, self.unrecorded, told, chain.head, fault, len(self.held), tuple(self.keys),
            self.replay.numbers,
        )  # fmt: skip

    def _follow(self, row: Row) -> proof.Fault | None:
        number = self.number + 1
        if row.number != number:
            return proof.Fault(number, "missing", f"where entry {number} should be there is entry {row.number}")
        try:
            entry, at = Entry(row.kind, row.body), datetime.fromisoformat(row.at)
            whole = row.previous == self.hash and row.hash == chained(self.hash, number, at, entry)
        except ValueError:
            whole = False
        if not whole:
            return proof.Fault(number, "changed", f"entry {number} is not what was chained")
        if row.kind == KIND:
            fault = self._step(row)
            if fault is not None:
                return fault.at(number)
        if row.kind == DAY_KIND:
            signed = read_day(row.body)
            wrong = self._day(signed) if signed else f"entry {number} is no signature of a day"
            if wrong is None and signed is not None and self.logged and signed.day <= self.logged[-1].day:
                wrong = f"{signed.day} is signed after {self.logged[-1].day}"
            if wrong is not None or signed is None:
                return proof.Fault(number, "forged", wrong or "")
            self.logged.append(signed)
        for signed in [one for one in self.days if one.number <= self.replay.chain.number]:
            self.days.remove(signed)
            wrong = self._day(signed)
            if wrong is not None:
                return proof.Fault(number, "foreign", wrong)
        self.number, self.hash = number, row.hash
        return None

    def _day(self, signed: SignedDay) -> str | None:
        """What is wrong with a signature over where the proof stands now."""
        chain = self.replay.chain
        if not signed.holds(self.key):
            return f"the signature of {signed.day} was not made with the key {self.key or signed.key}"
        if (signed.number, signed.head) != (chain.number, chain.head):
            return f"the proof has another head after step {chain.number} than was signed for {signed.day}"
        self.held.add(signed)
        self.keys[signed.key] = None
        return None

    def _step(self, row: Row) -> proof.Fault | None:
        at = datetime.fromisoformat(row.at).isoformat()
        try:
            logged = logged_step(row.body)
        except MalformedEvent as error:
            return proof.Fault(row.number, "malformed", f"entry {row.number} is no step of the queue: {error}")
        if logged.told is None or logged.head is None:
            made = self.replay.made_up(at, logged.event)
            fault, head = (made, "") if isinstance(made, proof.Fault) else (None, made.head)
            self.unrecorded += fault is None
        else:
            number, head = self.replay.chain.number + 1, logged.head
            fault = self.replay.follow(proof.Entry(number, at, logged.event, logged.told, head))
        for short in [one for one in self.vouched if fault is None and head.startswith(one)]:
            del self.vouched[short]
        return fault

    def _cut(self) -> proof.Fault | None:
        """What lies beside the log and should be in it."""
        after = self.number + 1
        for signed in sorted(self.days, key=lambda one: one.day):
            told = f"{signed.number} steps were signed for {signed.day}, the log ends after {self.replay.chain.number}"
            return proof.Fault(after, "missing" if signed.holds(self.key) else "forged", told)
        for signed in [one for one in self.evidence.days if one not in self.logged]:
            return proof.Fault(after, "missing", f"the signature of {signed.day} is not in the log any more")
        end = self.evidence.end
        if end is not None and end != (self.number, self.hash):
            return proof.Fault(after, "missing", f"the log ends after entry {self.number}, and should after {end[0]}")
        for ticket, state in self.evidence.tickets:
            followed = self.replay.ticket_state(ticket)
            forgotten = followed is None and ticket in self.replay.taken and state in ENDED
            if followed != state and not forgotten:
                told = f"ticket {ticket} is {state} by its row, and {followed or 'unknown'} by the log"
                return proof.Fault(after, "missing", f"after entry {self.number} something is cut off: {told}")
        for short in self.vouched.values():
            told = f"no entry has the head {short} that a ticket carries: the log was cut or written anew"
            return proof.Fault(after, "foreign", told)
        return None


def verify(evidence: Evidence, settings: Settings, vouched: Iterable[str] = (), key: str | None = None) -> Verdict:
    """Follow the whole log.

    ``settings``: those the server begins with; ``vouched``: heads as tickets carry them; ``key``: the only one that
    may have signed days, as base64 - without it any key may, and the verdict says which did.
    """
    return _Verifier(settings, evidence, vouched, key).verdict()


def called_before(rows: Iterable[Row], settings: Settings, ticket_id: str) -> list[CalledBefore]:
    """Everybody called before this ticket, in order, and why; the rows are read once and not kept.

    Raises UnknownTicketInLog. Verify the log before believing it; the verdict knows whose number was whose.
    """
    try:
        return why(_steps(rows), settings, ticket_id)
    except UnknownTicket as error:
        raise UnknownTicketInLog(f"nobody took a ticket {ticket_id}, as far as this log goes") from error


def _steps(rows: Iterable[Row]) -> Iterator[proof.Entry]:
    for number, row in enumerate((one for one in rows if one.kind == KIND), 1):
        logged = logged_step(row.body)
        yield proof.Entry(number, row.at, logged.event, logged.told or "", logged.head or "")
