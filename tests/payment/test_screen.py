"""What is shown: never "not paid" while nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from payment import events as e
from payment.moves import UNCLEAR, State
from payment.screen import PHRASES, screen_phase
from tests.payment.purchases import (
    SLIP,
    Play,
    approved,
    asked,
    busy,
    created,
    mismatch,
    not_sent,
    parked,
    reversal_parked,
    reversing,
    unknown,
    verifying,
)

SAYS_NOT_PAID = {"declined", "not_sent", "not_charged"}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("cancelled", [False, True])
def test_every_state_has_a_phase_and_a_known_phrase(state: State, cancelled: bool) -> None:
    phase = screen_phase(replace(asked().purchase, state=state, cancelled=cancelled))
    assert phase.phrase in PHRASES
    assert (phase.name in SAYS_NOT_PAID) <= (state not in UNCLEAR)
    assert not (cancelled and phase.can_cancel and state not in (State.CREATED, State.NOT_SENT))


@pytest.mark.parametrize(
    ("start", "name", "slip"),
    [
        (created, "connecting", None),
        (asked, "present_card", None),
        (not_sent, "connecting", None),
        (busy, "processing", None),
        (verifying, "processing", None),
        (unknown, "unknown", None),
        (parked, "parked", "clarifying"),
        (approved, "approved", "receipt"),
        (mismatch, "reversing", None),
        (reversing, "reversing", None),
        (reversal_parked, "reversing", "clarifying"),
    ],
)
def test_the_phase_of_each_way(start: Callable[[], Play], name: str, slip: str | None) -> None:
    phase = screen_phase(start().purchase)
    assert (phase.name, phase.slip) == (name, slip)


def test_cancel_is_shown_as_a_wish_until_the_terminal_answers() -> None:
    play = asked()
    play.feed(e.Cancelled("AB1"))
    assert screen_phase(play.purchase).name == "cancelling"
    play.feed(e.Charged(SLIP))
    assert screen_phase(play.purchase).name == "approved"


def test_the_refusal_says_its_reason_and_an_unheard_reason_has_words_too() -> None:
    play = asked()
    play.feed(e.Refused("WrongPIN"))
    assert screen_phase(play.purchase).phrase == "payment.declined.WrongPIN"
    assert screen_phase(replace(play.purchase, reason="UnreachableHost")).phrase == "payment.declined.other"


def test_no_connection_and_a_busy_terminal_are_told_apart_at_the_end() -> None:
    gone = replace(not_sent().purchase, retry_pending=False)
    assert screen_phase(gone).phrase == "payment.not_sent"
    assert screen_phase(replace(gone, reason="Busy")).phrase == "payment.not_sent_busy"
