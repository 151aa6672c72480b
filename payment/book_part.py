"""Rules: which part of the book of record a reconciliation needs, so that a day costs a day and not the whole book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from payment.reconciliation import BANK_DAY, HANDED_IN_WITHIN, BankMovement, TerminalClosing, covers

_CLOCKS_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BookPart:
    """Purchases begun before ``until`` of which something was heard after ``since``, and those that a row names."""

    since: datetime
    until: datetime
    named: frozenset[str]


def beginning(registry: Sequence[BankMovement], days: Iterable[date], bank_day: timedelta = BANK_DAY) -> datetime:
    """When the first day begins that ``days`` or a row tells of; raises ValueError when none does."""
    return _midnight(min(_covered(registry, days)), bank_day)


def needed(
    registry: Sequence[BankMovement],
    days: Iterable[date],
    closings: Sequence[TerminalClosing] = (),
    bank_day: timedelta = BANK_DAY,
) -> BookPart:
    """With this part ``reconcile`` finds what it finds with the whole book, as long as the bank keeps its time.

    A movement of ours may stand in a file of up to HANDED_IN_WITHIN later; a terminal's day began when it closed the
    one before, however long ago. A day more at each end, for clocks that do not agree. Raises ValueError for no day.
    """
    covered = _covered(registry, days)
    since, until = beginning(registry, days, bank_day), _midnight(max(covered) + timedelta(days=1), bank_day)
    wanted = [one for one in closings if covers(one, covered, bank_day)]
    begun = [since - HANDED_IN_WITHIN]
    for closing in wanted:
        before = [one.closed_at for one in closings if one.terminal == closing.terminal and one.closed_at < since]
        begun += [max(before)] if before else []
    ended = [until, *(one.closed_at for one in wanted)]
    named = frozenset(row.order for row in registry if row.order)
    return BookPart(min(begun) - _CLOCKS_APART, max(ended) + _CLOCKS_APART, named)


def _covered(registry: Sequence[BankMovement], days: Iterable[date]) -> set[date]:
    return {*days, *(row.day for row in registry)}


def _midnight(day: date, bank_day: timedelta) -> datetime:
    return datetime.combine(day, time(), UTC) - bank_day
