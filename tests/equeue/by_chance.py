"""Wiring: a floor of desks at which everything happens by chance; the queue's own rules decide who is called.

The same dispatcher as in the house, at a clock that jumps from one thing that happens to the next. Customers come by
Poisson, talks and patience last exponentially long: the one world of which mathematics knows the answers.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from equeue import events
from equeue.effects import Effect
from equeue.ticket_states import TicketState
from equeue.waits import WaitBand
from tests.equeue.playbook import MORNING, Play, offers


@dataclass(frozen=True, slots=True)
class Stream:
    """Customers of one class: so many a minute, with so much patience (None: they never leave)."""

    priority: str
    a_minute: float
    patience_minutes: float | None = None


class FloorByChance:
    """So many desks, or one for each set of skills; nobody takes a break, every offer is accepted at once."""

    def __init__(self, desks: int | list[tuple[str, ...]], talk_minutes: float, seed: int, **slopes: float) -> None:
        self.play, self.chance, self._talk = (
            Play(slopes=slopes or {"walk_in": 1.0}, wrapup_s=0),
            random.Random(seed),
            talk_minutes,
        )
        for number, skills in enumerate([()] * desks if isinstance(desks, int) else desks):
            self.play.desk(f"desk-{number}", *skills)
        #: whether those who have to wait ask how long
        self.asking = False
        #: what customers come for, one as likely as another
        self.services = ("consultation",)
        #: (when, which of several at one moment, what, about whom)
        self._coming: list[tuple[datetime, int, str, str]] = []
        self._count = 0
        #: class -> seconds from coming to being accepted, of everybody who was
        self.waited: dict[str, list[float]] = {}
        self.left: dict[str, int] = {}
        #: class -> (told on coming, seconds from then to being accepted), of everybody who had to wait
        self.promised: dict[str, list[tuple[WaitBand, float]]] = {}
        self._told: dict[str, WaitBand] = {}
        self._home: dict[str, float] = {}

    def by_streams(self, streams: Iterable[Stream], customers: int) -> FloorByChance:
        """So many customers come, each stream by chance; then all are served."""
        streams = list(streams)
        all_a_minute = sum(one.a_minute for one in streams)
        at = MORNING
        for number in range(customers):
            at += self.minutes(1 / all_a_minute)
            one = self.chance.choices(streams, [one.a_minute for one in streams])[0]
            self._later(at, "comes", f"{one.priority}:{number}:{one.patience_minutes or ''}")
        return self._until(None)

    def by_the_clock(self, coming: Iterable[datetime]) -> FloorByChance:
        """Somebody at each of these moments."""
        for number, at in enumerate(coming):
            self._later(at, "comes", f"walk_in:{number}:")
        return self._until(None)

    def by_kiosks(self, kiosks: int, between_minutes: float, until: datetime) -> FloorByChance:
        """Each kiosk has a customer, then none for a while, then the next: never more of them than kiosks."""
        for number in range(kiosks):
            self._home[f"kiosk-{number}"] = between_minutes
            self._later(MORNING + self.minutes(between_minutes), "steps up", f"kiosk-{number}:0")
        return self._until(until)

    def minutes(self, mean: float) -> timedelta:
        """So long as chance says, exponential about the mean."""
        return timedelta(minutes=self.chance.expovariate(1 / mean))

    def _later(self, at: datetime, what: str, whom: str) -> None:
        self._count += 1
        heapq.heappush(self._coming, (at, self._count, what, whom))

    def _until(self, end: datetime | None) -> FloorByChance:
        play = self.play
        while self._coming and (end is None or self._coming[0][0] < end):
            at, _, what, whom = heapq.heappop(self._coming)
            while (due := play.queue.next_deadline()) is not None and due <= at:
                play.now = max(play.now, due)
                self._hear(play.do(events.TimePassed()))
            play.now = at
            if what == "comes":
                priority, _, patience = whom.split(":")
                if patience:
                    self._later(play.now + self.minutes(float(patience)), "loses patience", whom)
                service = self.chance.choice(self.services) if len(self.services) > 1 else self.services[0]
                self._hear(play.take(whom, service, priority))
                if self.asking and play.ticket(whom) is TicketState.WAITING:
                    self._told[whom] = play.queue.wait_band(whom) or WaitBand(0, 0)
            elif what == "steps up":
                self._hear(play.take(whom))
            elif what == "ends":
                self._hear(play.do(events.SessionEnded(whom, "customer")))
                self._step_up_again(whom)
            elif play.ticket(whom) is TicketState.WAITING:
                self.left[whom.split(":")[0]] = self.left.get(whom.split(":")[0], 0) + 1
                self._hear(play.do(events.TicketLeft(whom, "gone")))
        return self

    def _step_up_again(self, ticket: str) -> None:
        kiosk, number = ticket.split(":")[:2]
        if kiosk in self._home:
            self._later(self.play.now + self.minutes(self._home[kiosk]), "steps up", f"{kiosk}:{int(number) + 1}")

    def _hear(self, told: list[Effect]) -> None:
        for ticket, operator in offers(told):
            self.play.accept(ticket, operator)
            one = self.play.queue.ticket(ticket)
            waited = (self.play.now - one.arrived).total_seconds()
            self.waited.setdefault(one.priority, []).append(waited)
            if ticket in self._told:
                self.promised.setdefault(one.priority, []).append((self._told.pop(ticket), waited))
            self._later(self.play.now + self.minutes(self._talk), "ends", ticket)
