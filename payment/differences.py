"""Rules: a difference that a reconciliation found, as a task: free, somebody's, done.

Its id is the same whenever the same thing is found, so that reading the same files again makes no second task. One
that later files and the book agree about is done by itself; everything else by the person who took it, in writing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from ground.money import Money
from payment.errors import IllegalDifferenceMove
from payment.reconciliation import Advice, Bucket, Finding, Kind, Reconciliation, TerminalDay

#: What a terminal's day is called among the buckets.
TERMINAL_TOTAL = "terminal_total"
_LONGEST = 64  # of what comes from a bank's file


class DifferenceState(StrEnum):
    """How far a difference is."""

    OPEN = "open"
    TAKEN = "taken"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Take:
    """Somebody looks into it."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Somebody else goes on with it."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LetGo:
    """Whoever had it does not go on."""

    by: str


@dataclass(frozen=True, slots=True)
class Resolve:
    """Whoever has it has seen to it, and says how."""

    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """A later reconciliation found that all sides agree."""

    at: datetime


DifferenceEvent = Take | TakeOver | LetGo | Resolve | Agreed

_S = DifferenceState
DIFFERENCE_MOVES: dict[tuple[DifferenceState, type], DifferenceState] = {
    (_S.OPEN, Take): _S.TAKEN,
    (_S.OPEN, Agreed): _S.RESOLVED,
    (_S.TAKEN, TakeOver): _S.TAKEN,
    (_S.TAKEN, LetGo): _S.OPEN,
    (_S.TAKEN, Resolve): _S.RESOLVED,
    (_S.TAKEN, Agreed): _S.RESOLVED,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``what`` is a ``Bucket`` or TERMINAL_TOTAL; a sum is None where that side has nothing.

    Of a terminal's day ``ours`` is what the book says, ``bank`` what the terminal counted; both may be negative.
    ``resolved_by`` is "" for one that agrees by itself.
    """

    id: str
    found_at: datetime
    what: str
    advice: Advice
    day: date
    kind: Kind = "payment"
    purchase_id: str = ""
    ours: Money | None = None
    bank: Money | None = None
    terminal: str = ""
    rrn: str = ""
    approval: str = ""
    state: DifferenceState = DifferenceState.OPEN
    taken_by: str = ""
    taken_at: datetime | None = None
    resolved_by: str = ""
    resolved_at: datetime | None = None
    note: str = ""


def step(one: Difference, event: DifferenceEvent) -> Difference:
    """The difference after the event; raises IllegalDifferenceMove: no such row, or it is somebody else's."""
    target = DIFFERENCE_MOVES.get((one.state, type(event)))
    if target is None:
        raise IllegalDifferenceMove(f"{type(event).__name__} in {one.state}")
    if isinstance(event, LetGo | Resolve) and event.by != one.taken_by:
        raise IllegalDifferenceMove("somebody else has it")
    moved = replace(one, state=target)
    match event:
        case Take(by=by, at=at) | TakeOver(by=by, at=at):
            return replace(moved, taken_by=by, taken_at=at)
        case LetGo():
            return replace(moved, taken_by="", taken_at=None)
        case Resolve(by=by, at=at, note=note):
            return replace(moved, resolved_by=by, resolved_at=at, note=note)
        case Agreed(at=at):
            return replace(moved, resolved_at=at)


def differences_of(found: Reconciliation, now: datetime) -> list[Difference]:
    """What a person has to look at, each once."""
    every = [_of_finding(one, now) for one in found.differences]
    every += [_of_terminal(one, now) for one in found.terminals if not one.agrees]
    return list({one.id: one for one in every}.values())


def agreeing(waiting: Iterable[Difference], found: Reconciliation) -> list[Difference]:
    """Those of the waiting that this reconciliation has matched, and does not find again."""
    still = {one.finding_id for one in found.differences}
    matched = {key for one in found.of(Bucket.MATCHED) for key in _keys_of(one)}
    days = {_day_id(one) for one in found.terminals if one.agrees}
    return [one for one in waiting if one.id not in still and (one.id in days or _keys(one) & matched)]


def _of_finding(one: Finding, now: datetime) -> Difference:
    ours, bank = one.ours, one.bank
    movement = bank or ours
    assert movement is not None
    return Difference(
        one.finding_id,
        now,
        one.bucket.value,
        one.advice,
        bank.day if bank else ours.day if ours else now.date(),
        movement.kind,
        one.purchase_id[:_LONGEST],
        ours.amount if ours else None,
        bank.amount if bank else None,
        movement.terminal[:_LONGEST],
        bank.rrn[:_LONGEST] if bank else "",
        movement.approval[:_LONGEST],
    )


def _of_terminal(day: TerminalDay, now: datetime) -> Difference:
    return Difference(
        _day_id(day),
        now,
        TERMINAL_TOTAL,
        Advice.COMPARE_DAY,
        day.closed_at.date(),
        ours=day.booked,
        bank=day.counted,
        terminal=day.terminal[:_LONGEST],
    )


def _day_id(day: TerminalDay) -> str:
    told = (TERMINAL_TOTAL, day.terminal, day.closed_at.isoformat(), day.counted.currency)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


_Key = tuple[str, str, str, str]


def _keys_of(matched: Finding) -> set[_Key]:
    """What a matched pair settles: the bank's row, and our movement."""
    assert matched.ours is not None
    assert matched.bank is not None
    ours, bank = matched.ours, matched.bank
    return {
        ("bank", (bank.rrn or bank.order)[:_LONGEST], bank.kind, str(bank.amount)),
        ("ours", ours.purchase_id, ours.kind, str(ours.amount)),
    }


def _keys(one: Difference) -> set[_Key]:
    """What a pair must be about to settle this: the side that was missing has come. A second charge, or another
    amount, is never settled by a pair: one file alone may show half of it."""
    if one.what == Bucket.ONLY_BANKS and one.bank is not None:
        return {("bank", one.rrn or one.purchase_id, one.kind, str(one.bank))}
    if one.what == Bucket.ONLY_OURS and one.ours is not None:
        return {("ours", one.purchase_id, one.kind, str(one.ours))}
    return set()
