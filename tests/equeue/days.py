"""A made-up day at the queue, from one seed, with its log."""

from __future__ import annotations

import random

from equeue import events
from equeue.effects import Effect
from equeue.errors import QueueError
from equeue.operator_states import OperatorState as Op
from equeue.proof import Chain, Entry, first_head
from equeue.settings import Settings
from tests.equeue.playbook import Play

PRIORITIES = ("walk_in", "walk_in", "walk_in", "booked", "repeat_callback", "special_need")


class Day(Play):
    """A play that chains all it does, and can go on by chance."""

    def __init__(self, seed: int, **settings: object) -> None:
        super().__init__(**settings)
        self.settings = Settings(**settings)  # type: ignore[arg-type]
        self.chain = Chain(first_head(self.settings))
        self.entries: list[Entry] = []
        self.chance = random.Random(seed)

    def do(self, event: events.Event) -> list[Effect]:
        """As told, and chained."""
        answer = super().do(event)
        self.entries.append(self.chain.add(event, self.now, answer))
        return answer

    def run(self, steps: int, operators: int = 4) -> Day:
        """So many turns of customers coming, leaving and being served by so many operators."""
        for number in range(operators):
            skills = ("*",) if number % 2 else ("heat:4", "consultation")
            self.desk(f"o{number}", *skills)
        for turn in range(steps):
            self.wait(self.chance.choice((0.5, 2, 7, 21)))
            if self.chance.random() < 0.45:
                service = self.chance.choice(("consultation", "heat", "power"))
                self.take(f"t{turn}", service, self.chance.choice(PRIORITIES))
            else:
                self._somebody_goes_on()
        return self

    def _somebody_goes_on(self) -> None:
        one = self.chance.choice(self.queue.operators())
        ticket, roll = one.ticket_id or "", self.chance.random()
        try:
            if one.state is Op.OFFERED and roll < 0.8:
                self.accept(ticket, one.id)
            elif one.state is Op.OFFERED and roll < 0.9:
                self.do(events.TicketLeft(ticket, "gone"))
            elif one.state is Op.OFFERED:
                self.do(events.OfferRefused(ticket, one.id, "cannot"))
            elif one.state is Op.BUSY and roll < 0.1:
                self.do(events.TicketParked(ticket))
            elif one.state is Op.BUSY:
                self.do(events.SessionEnded(ticket, "customer"))
            elif one.state is Op.WRAPUP:
                self.do(events.WrapUpFinished(one.id, "done"))
            elif one.state is not Op.AVAILABLE:
                self.do(events.StatusChosen(one.id, "available"))
            elif waiting := self.queue.waiting():
                self.do(events.TicketLeft(self.chance.choice(waiting).id, "tired"))
        except QueueError:
            return
