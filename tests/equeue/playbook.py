"""A short way to tell a story to a dispatcher and to read what it answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from equeue import Dispatcher, Settings, effects, events
from equeue.effects import Effect
from equeue.operator_states import OperatorState
from equeue.ticket_states import TicketState

State = TypeVar("State")
MORNING = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Play:
    """A dispatcher with a clock that only the story moves."""

    def __init__(self, **settings: object) -> None:
        self.queue = Dispatcher(Settings(**settings))  # type: ignore[arg-type]
        self.now = MORNING
        self.log: list[tuple[datetime, events.Event]] = []
        self.told: list[Effect] = []

    def do(self, event: events.Event) -> list[Effect]:
        """Step at the present moment; what was answered."""
        answer = self.queue.step(event, self.now)
        self.log.append((self.now, event))
        self.told += answer
        return answer

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass as a runner does: at each deadline on the way, and at the end."""
        end, answers = self.now + timedelta(seconds=seconds), []
        while (due := self.queue.next_deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            answers += self.do(events.TimePassed())
        self.now = end
        return answers

    def desk(self, operator: str, *skills: str, **more: tuple[str, ...]) -> list[Effect]:
        """An operator signs in and is available."""
        self.do(events.OperatorSignedIn(operator, skills or ("*",), **more))
        return self.do(events.StatusChosen(operator, "available"))

    def take(self, ticket: str, service: str = "consultation", priority: str = "walk_in", **more: str) -> list[Effect]:
        """A customer takes a ticket."""
        given = {"language": "ru", "centre": "north", "kiosk_id": f"kiosk of {ticket}"} | more
        return self.do(events.TicketTaken(ticket, service, priority, **given))

    def accept(self, ticket: str, operator: str) -> list[Effect]:
        """The operator takes the offered ticket."""
        return self.do(events.OfferAccepted(ticket, operator))

    def serve(self, ticket: str, operator: str) -> list[Effect]:
        """The operator accepts, talks, writes up; what the last of it brought."""
        self.accept(ticket, operator)
        self.do(events.SessionEnded(ticket, "operator"))
        return self.do(events.WrapUpFinished(operator, "done"))

    def serve_at_once(self, ticket: str, operator: str) -> list[Effect]:
        """As ``serve``, where there is no wrap-up."""
        self.accept(ticket, operator)
        return self.do(events.SessionEnded(ticket, "operator"))

    def ticket(self, ticket: str) -> TicketState:
        """The ticket's state."""
        return self.queue.ticket(ticket).state

    def operator(self, operator: str) -> OperatorState:
        """The operator's state."""
        return self.queue.operator(operator).state

    def line(self) -> list[str]:
        """Ids of who waits, first called first."""
        return [one.id for one in self.queue.waiting(self.now)]


def offers(answer: list[Effect]) -> list[tuple[str, str]]:
    """(ticket, operator) of every offer in an answer."""
    return [(one.ticket_id, one.operator_id) for one in answer if isinstance(one, effects.OfferMade)]


def withdrawn(answer: list[Effect]) -> list[tuple[str, str, str]]:
    """(ticket, operator, reason) of every offer taken back in an answer."""
    return [(one.ticket_id, one.operator_id, one.reason) for one in answer if isinstance(one, effects.OfferWithdrawn)]


def reachable(moves: Mapping[tuple[State, type], State], start: State) -> set[State]:
    """Every state that can be come to from ``start``."""
    found, new = {start}, [start]
    while new:
        state = new.pop()
        for (source, _), target in moves.items():
            if source is state and target not in found:
                found.add(target)
                new.append(target)
    return found
