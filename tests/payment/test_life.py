"""A purchase's life in sentences: every event has one, and none holds what may not be read aloud."""

from __future__ import annotations

from typing import get_args

from payment import events as e
from payment.book import receive_all
from payment.life import _PLAIN, _STATES, life, outcome
from payment.moves import State
from tests.payment.purchases import SLIP, Play


def page_of(play: Play):  # type: ignore[no-untyped-def]
    return receive_all(None, "kiosk-1", play.entries)[0]


def test_a_life_tells_what_happened_and_how_it_stood() -> None:
    play = Play(e.PaymentAsked("PAY1"), e.AnswerLost("silence"), e.Charged(SLIP))
    told = life(page_of(play))
    assert [one.what for one in told] == [
        "a customer asked to pay 1284.50 RUB at terminal P400Plus-275039202",
        "the intent was written, then the payment request was sent to the terminal",
        "the request left, and no answer came that can be believed (silence)",
        "the terminal charged 1284.50 RUB",
    ]
    assert told[-1].stands == "charged; the server settles its lines"
    assert outcome(page_of(play))[1] == "charged 1284.50 RUB, mc ending in 9999, approval 123456"


def test_every_event_and_every_state_has_its_words() -> None:
    own = {e.Begun, e.Charged, e.ChargedOtherAmount, e.Refused, e.Restarted, e.AnsweredLate, e.ReversalOrdered}
    assert set(get_args(e.Event)) == set(_PLAIN) | own | {e.Posted, e.Fiscalised}
    assert set(_STATES) == set(State)


def test_no_account_is_told() -> None:
    play = Play(e.PaymentAsked("PAY1"), e.Charged(SLIP))
    page = page_of(play)
    told = " ".join([*(one.what for one in life(page)), *outcome(page)])
    assert "account-1" not in told
