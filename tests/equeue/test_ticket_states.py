"""The ticket's table: complete, and without dead ends."""

import pytest

from equeue import errors, ticket_states
from equeue.ticket_states import TicketState
from tests.equeue.playbook import reachable


def test_every_state_of_a_ticket_can_be_reached_and_every_ticket_can_end() -> None:
    assert reachable(ticket_states.MOVES, TicketState.NEW) == set(TicketState)
    for state in set(TicketState) - ticket_states.ENDED:
        assert TicketState.CLOSED in reachable(ticket_states.MOVES, state)


def test_a_move_that_is_not_in_the_ticket_table_is_an_error_with_a_name() -> None:
    with pytest.raises(errors.IllegalMove, match=r"TicketParked .* closed"):
        ticket_states.after(TicketState.CLOSED, ticket_states.ev.TicketParked)


def test_codes_of_refusals_are_stable_and_their_own() -> None:
    codes = [one.code for one in errors.QueueError.__subclasses__()]
    assert len(codes) == len(set(codes))
    assert all(code.startswith("queue.") for code in codes)
