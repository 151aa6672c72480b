"""Rules: how long a customer in the line will still wait, by all that is known of the line. Changes no state.

Customers with other wishes are ahead only as far as they compete: one whose requirement can be served by n operators
at work, k of whom are looked at, takes k/n of a call from them.

Of two, the one called first is the one who has more priority when the other would be called: so for a wait of w
seconds the line is looked at as it will be then, and of those who will still come, l a second, gathering k times as
fast, the ones are counted who come in time: l ((1 - 1/k) (waited + w) - waited). The wait that agrees with its own
count is found in a few rounds.

Operators who can serve this customer but few of those ahead may come to them long before the others have: the wait
is the least of those by all who can serve them, by those who can serve none of the others ahead, and by those who
cannot serve the most frequent of these.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from equeue.floor import Floor, microseconds
from equeue.row import Requirement
from equeue.ticket import Ticket
from equeue.traffic import Traffic
from equeue.waits import WaitBand, departures, wait_band

#: a wait and what is counted for it agree after so many, or when they differ by less than half a customer
_ROUNDS = 4
_AGREES = 0.5
#: longer waits are told as they are counted now
_LONGEST_S = 6 * 3600.0
_MOST_OVERTAKING = 0.8

_Counts = dict[Requirement, int]
_Operators = frozenset[str]


class Expected(NamedTuple):
    """A band, and what it was computed from: customers ahead now who compete, operators who could serve, mean talk."""

    band: WaitBand
    ahead: float
    operators: int
    mean_s: float


class _Wait(NamedTuple):
    """Mean seconds, customers before this one, how many of them come later for each that is served, by whom."""

    seconds: float
    before: float
    overtaking: float
    operators: int


class Forecast:
    """Answers about the line as it is; what is kept only saves counting again."""

    def __init__(self, floor: Floor) -> None:
        self._floor, self._traffic = floor, Traffic(floor)
        self._staffing = -1
        self._serving: dict[Requirement, _Operators] = {}
        self._shares: dict[tuple[_Operators, Requirement], float] = {}
        #: who comes and would go before whom, as counted last
        self._streams: dict[tuple[_Operators, Requirement, int], list[tuple[float, float]]] = {}

    def ahead(self, ticket: Ticket, now: datetime) -> int:
        """How many will be called before this one and need somebody who could serve it."""
        able = self.serving(ticket.need)
        return sum(n for need, n in self._counts(ticket, now).items() if self._share(able, need, ticket.need))

    def serving(self, need: Requirement) -> _Operators:
        """Who at work can serve it."""
        if self._staffing != self._floor.staffing:
            self._staffing = self._floor.staffing
            self._serving.clear()
            self._shares.clear()
            self._streams.clear()
        found = self._serving.get(need)
        if found is None:
            found = self._serving[need] = frozenset(
                one.id for one in self._floor.operators.values() if one.on_duty and one.serves(need)
            )
        return found

    def expected(self, ticket: Ticket, now: datetime) -> Expected | None:
        """The band; None while nobody at work can serve the ticket."""
        able, mine = self.serving(ticket.need), ticket.need
        if not able:
            return None
        if self._traffic.count(now):
            self._streams.clear()
        ahead = counts = self._counts(ticket, now)
        wait = self._by(able, ticket, counts, now)
        for _ in range(_ROUNDS):
            if wait.seconds > _LONGEST_S or not (self._floor.line.mixed or self._floor.outside.length):
                break
            before, counts = wait.before, self._counts(ticket, now + timedelta(seconds=wait.seconds))
            wait = self._by(able, ticket, counts, now)
            if abs(wait.before - before) < _AGREES:
                break
        others = {need: n for need, n in counts.items() if need != mine and self._share(able, need, mine)}
        if others:
            most = max(others, key=lambda need: (others[need], need))
            apart = {able.difference(*map(self.serving, others)), able - self.serving(most)} - {frozenset(), able}
            wait = min([wait, *(self._by(one, ticket, counts, now) for one in apart)])
        mean_s = self._floor.handling.mean_s
        band = wait_band(wait.before, wait.operators, mean_s, self._traffic.giving_up, wait.overtaking)
        return Expected(band, self._competing(able, ahead, mine), len(able), mean_s)

    def _by(self, operators: _Operators, ticket: Ticket, counts: _Counts, now: datetime) -> _Wait:
        """The wait if nobody but these operators served the ticket, and what was counted for it."""
        ahead, giving_up = self._competing(operators, counts, ticket.need), self._traffic.giving_up
        faster = self._faster(operators, ticket)
        waited = max(0.0, (microseconds(now) - ticket.place[0]) / 1e6)
        rate = len(operators) / self._floor.handling.mean_s
        wait, more, pressing = departures(ahead, rate, giving_up)[0], 0.0, 0.0
        for _ in range(_ROUNDS if faster else 0):
            if wait > _LONGEST_S:
                break
            late = [(a_second * (part * (waited + wait) - waited), a_second * part) for a_second, part in faster]
            more = sum(count for count, _ in late if count > 0)
            pressing = sum(each for count, each in late if count > 0)
            wait = departures(ahead + more, rate, giving_up)[0]
        return _Wait(wait, ahead + more, min(pressing / rate, _MOST_OVERTAKING), len(operators))

    def _competing(self, operators: _Operators, counts: _Counts, mine: Requirement) -> float:
        return sum(n * self._share(operators, need, mine) for need, n in counts.items())

    def _faster(self, operators: _Operators, ticket: Ticket) -> list[tuple[float, float]]:
        """Of those who come and gather priority faster: how many a second who would compete with this one, and what
        part of this one's whole wait they may come late."""
        mine = ticket.rate or self._floor.rate(ticket)
        found = self._streams.get((operators, ticket.need, mine))
        if found is None:
            by_rate: dict[int, float] = {}
            for (need, rate), a_second in self._traffic.coming.items():
                if rate > mine:
                    by_rate[rate] = by_rate.get(rate, 0.0) + a_second * self._share(operators, need, ticket.need)
            found = [(a_second, 1 - mine / rate) for rate, a_second in sorted(by_rate.items()) if a_second]
            self._streams[operators, ticket.need, mine] = found
        return found

    def _counts(self, ticket: Ticket, now: datetime) -> _Counts:
        rate = ticket.rate or self._floor.rate(ticket)
        now_us = microseconds(max(now, self._floor.now))
        counts = self._floor.line.ahead(rate, ticket.place, now_us)
        if self._floor.outside.length:
            for need, count in self._floor.outside.ahead(rate, ticket.place, now_us).items():
                counts[need] = counts.get(need, 0) + count
        return counts

    def _share(self, operators: _Operators, other: Requirement, mine: Requirement) -> float:
        """What part of a call one who needs ``other`` takes from these operators, who can serve ``mine``."""
        if other == mine:
            return 1.0
        share = self._shares.get((operators, other))
        if share is None:
            able = self.serving(other)
            share = self._shares[operators, other] = len(operators & able) / len(able) if able else 0.0
        return share
