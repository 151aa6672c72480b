"""What the queue knows and what clients are told of it: nothing of the queue is without a word on the wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from equeue import events as ev
from equeue.dispatcher import Dispatcher
from equeue.operator_states import OperatorState
from equeue.settings import Settings
from equeue.ticket_states import ENDED
from equeue.ticket_states import TicketState as QueueTicketState
from signaling.server import queue_view, views
from signaling.server.front_office import Clerk, FrontOffice, Kiosk, TicketFacts, Visit
from signaling.server.queue_runner import DEFAULT_SETTINGS

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_every_state_of_a_ticket_and_of_an_operator_has_a_word_on_the_wire() -> None:
    assert set(views._TICKET) == set(QueueTicketState)
    assert set(views._OPERATOR) == set(OperatorState)


@pytest.mark.parametrize("state", QueueTicketState)
def test_a_ticket_is_waited_with_talked_with_or_over(state: QueueTicketState) -> None:
    word = views._TICKET[state]
    assert (word in ("closed", "abandoned")) == (state in ENDED)


def _front(settings: Settings) -> FrontOffice:
    front = FrontOffice(Dispatcher(settings))
    front.kiosks["k"] = Kiosk("k", "K-1", "Riga", "")
    front.clerks["o"] = Clerk("o", "Olga", "operator", "", (), ())  # type: ignore[arg-type]
    front.visits["v"] = Visit("v", "k", "ru", NOW)
    for ticket_id in ("first", "second"):
        front.tickets[ticket_id] = TicketFacts(ticket_id, "v", "k", "readings", "ru", NOW, "case")
        taken = ev.TicketTaken(ticket_id, "readings", "walk_in", "ru", "Riga", "k", case_id="case")
        front.queue.step(taken, NOW)
    return front


def test_a_second_request_of_one_case_that_merged_is_shown_as_waiting_and_can_leave() -> None:
    settings = Settings(services=DEFAULT_SETTINGS.services, merge_requests=True)
    front = _front(settings)
    states = {front.queue.ticket(one).state for one in front.tickets}
    assert QueueTicketState.MERGED in states
    shown = views.kiosk_snapshot(front, "k", NOW, ()).tickets
    assert [ticket.state for ticket in shown] == ["waiting", "waiting"]
    assert all(views.in_line(front.queue.ticket(one)) for one in front.tickets)
    assert len(queue_view.line_seen(front, NOW).rows) == 1
