"""The table itself: whole, reachable, with a way out of every state that is not an end."""

from __future__ import annotations

from typing import get_args

from payment import events as e
from payment.moves import ACTIVE, MOVES, OPEN, UNCLEAR, State

ENDS = {State.REFUNDED, State.REVERSED}


def test_every_state_is_reached_from_created() -> None:
    reached, frontier = {State.CREATED}, [State.CREATED]
    while frontier:
        here = frontier.pop()
        for (state, _), target in MOVES.items():
            if state is here and target not in reached:
                reached.add(target)
                frontier.append(target)
    assert reached == set(State)


def test_every_event_but_the_first_has_a_row() -> None:
    assert {event for _, event in MOVES} == set(get_args(e.Event)) - {e.Begun}


def test_every_state_that_is_not_an_end_has_a_way_out() -> None:
    for state in set(State) - ENDS:
        assert any(here is state and target is not state for (here, _), target in MOVES.items()), state


def test_every_open_state_survives_a_restart() -> None:
    for state in OPEN | {State.NOT_SENT, State.REVERSAL_PARKED}:
        assert (state, e.Restarted) in MOVES, state


def test_only_a_certain_answer_leads_out_of_the_unclear() -> None:
    certain = {
        e.Charged,
        e.ChargedOtherAmount,
        e.Refused,
        e.NeverCharged,
        e.NotSent,
        e.NotStarted,
        e.Clarified,
        e.ClarifiedNotCharged,
    }
    for (state, event), target in MOVES.items():
        if state in UNCLEAR and target not in UNCLEAR:
            assert event in certain, (state, event)


def test_a_terminal_in_use_is_never_free() -> None:
    assert ACTIVE < OPEN
