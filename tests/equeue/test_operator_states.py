"""The operator's table: complete, and without dead ends."""

import pytest

from equeue import errors, operator_states
from equeue.operator_states import OperatorState
from tests.equeue.playbook import reachable


def test_every_state_of_an_operator_can_be_reached_from_every_other() -> None:
    for state in OperatorState:
        assert reachable(operator_states.MOVES, state) == set(OperatorState)


def test_everybody_logged_in_can_lose_the_link() -> None:
    lost = operator_states.ev.OperatorConnectionLost
    can = {state for state, what in operator_states.MOVES if what is lost}
    assert can == set(OperatorState) - {OperatorState.OFFLINE, OperatorState.GRACE}


def test_a_move_that_is_not_in_the_operator_table_is_an_error_with_a_name() -> None:
    with pytest.raises(errors.IllegalMove, match=r"GraceOver .* busy"):
        operator_states.after(OperatorState.BUSY, operator_states.GraceOver)
