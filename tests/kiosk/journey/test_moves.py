"""The table itself: complete, and honest about where things lead."""

from typing import get_args

from kiosk.journey import MOVES
from kiosk.journey import events as e
from signaling.protocol import journey as i
from signaling.protocol.journey import Step

_INTENTS = set(get_args(get_args(i.Intent)[0]))


def test_every_pair_names_known_things() -> None:
    known = _INTENTS | set(get_args(e.WorldEvent))
    assert {kind for _, kind in MOVES} <= known
    assert all(targets and all(isinstance(target, Step) for target in targets) for targets in MOVES.values())


def test_every_intent_belongs_somewhere() -> None:
    assert {kind for _, kind in MOVES if kind in _INTENTS} == _INTENTS


def test_help_and_the_end_are_offered_on_every_screen_of_a_visit() -> None:
    for step in Step:
        if step in (Step.ATTRACT, Step.OUT_OF_SERVICE):
            continue
        assert Step.TOPIC in MOVES[step, i.OpenService]
        assert (step, i.Finish) in MOVES


def test_every_step_can_be_reached_from_the_attract_screen() -> None:
    reached, edge = {Step.ATTRACT}, [Step.ATTRACT]
    while edge:
        here = edge.pop()
        for (step, _), targets in MOVES.items():
            if step is here:
                edge += [target for target in targets if target not in reached]
                reached |= set(targets)
    assert reached == set(Step)
