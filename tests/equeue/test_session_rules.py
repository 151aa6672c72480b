"""Offers and sessions, told as short stories."""

from datetime import timedelta

import pytest

from equeue import effects, errors, events
from equeue.operator_states import OperatorState as Op
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import Play, offers, withdrawn


def test_a_customer_is_offered_at_once_accepted_served_and_closed() -> None:
    play = Play()
    play.desk("olga")
    taken = play.take("t1")
    assert taken[0] == effects.TicketNumbered("t1", "kiosk of t1", "A-001")
    assert offers(taken) == [("t1", "olga")]
    accepted = play.accept("t1", "olga")
    assert effects.Connected("t1", "olga", "kiosk of t1", "A-001", None) in accepted
    assert (play.ticket("t1"), play.operator("olga")) == (T.CONNECTED, Op.BUSY)
    play.do(events.SessionEnded("t1", "customer"))
    assert (play.ticket("t1"), play.operator("olga")) == (T.WRAPPING, Op.WRAPUP)
    play.do(events.WrapUpFinished("olga", "advised"))
    assert (play.ticket("t1"), play.operator("olga")) == (T.CLOSED, Op.AVAILABLE)


def test_an_offer_says_until_when_it_holds_and_cannot_be_accepted_at_that_moment_or_later() -> None:
    play = Play(offer_s=20)
    play.desk("olga")
    (offer,) = [one for one in play.take("t1") if isinstance(one, effects.OfferMade)]
    assert offer.deadline == play.now + timedelta(seconds=20) == play.queue.next_deadline()
    play.now += timedelta(seconds=20)
    with pytest.raises(errors.OfferGone) as refusal:
        play.accept("t1", "olga")
    assert refusal.value.code == "queue.offer_gone"
    assert play.ticket("t1") is T.OFFERED


def test_the_longest_idle_operator_is_offered_first() -> None:
    play = Play()
    play.desk("vera")
    play.wait(1)
    play.desk("anna")
    assert offers(play.take("t1")) == [("t1", "vera")]
    play.serve("t1", "vera")
    play.wait(1)
    assert offers(play.take("t2")) == [("t2", "anna")]


def test_a_refused_ticket_keeps_its_place() -> None:
    play = Play()
    play.desk("olga")
    play.take("t1")
    play.wait(1)
    play.take("t2")
    play.do(events.OfferRefused("t1", "olga", "cannot"))
    play.do(events.OperatorSignedIn("anna"))
    assert offers(play.do(events.StatusChosen("anna", "available"))) == [("t1", "anna")]


def test_an_unanswered_offer_moves_on_and_the_operator_must_choose_a_status() -> None:
    play = Play(misses_allowed=1)
    play.desk("olga")
    play.wait(1)
    play.desk("anna")
    play.take("t1")
    answer = play.wait(20)
    assert withdrawn(answer) == [("t1", "olga", "missed")]
    assert offers(answer) == [("t1", "anna")]
    assert play.operator("olga") is Op.NOT_RESPONDING
    assert offers(play.take("t2")) == []
    assert offers(play.do(events.StatusChosen("olga", "available"))) == [("t2", "olga")]


def test_with_two_misses_allowed_the_first_keeps_the_operator_available_and_an_answer_forgives_it() -> None:
    play = Play(misses_allowed=2, miss_backoff_s=30)
    play.desk("olga")
    play.take("t1")
    play.wait(20)
    assert play.operator("olga") is Op.AVAILABLE
    assert offers(play.wait(30)) == [("t1", "olga")]
    play.serve("t1", "olga")
    play.take("t2")
    play.wait(20)
    assert play.operator("olga") is Op.AVAILABLE
    play.wait(30)
    play.wait(20)
    assert play.operator("olga") is Op.NOT_RESPONDING


def test_a_customer_who_leaves_during_an_offer_is_no_miss_and_the_idle_clock_goes_on() -> None:
    play = Play()
    play.desk("olga")
    play.wait(10)
    play.desk("anna")
    idle_since = play.queue.operator("olga").idle_since
    play.take("t1")
    play.wait(5)
    answer = play.do(events.TicketLeft("t1", "gone"))
    assert withdrawn(answer) == [("t1", "olga", "customer_left")]
    assert play.queue.operator("olga").idle_since == idle_since
    assert play.queue.operator("olga").misses == 0
    assert offers(play.take("t2")) == [("t2", "olga")]


def test_wrap_up_ends_by_itself_at_its_limit_and_the_next_customer_is_called() -> None:
    play = Play(wrapup_s=60)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.take("t2")
    play.do(events.SessionEnded("t1", "operator"))
    assert offers(play.wait(59)) == []
    assert offers(play.wait(1)) == [("t2", "olga")]
    assert play.ticket("t1") is T.CLOSED


def test_wrap_up_can_be_extended_so_often_and_no_more() -> None:
    play = Play(wrapup_s=60, wrapup_extension_s=30, wrapup_extensions=1)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.SessionEnded("t1", "operator"))
    began = play.now
    play.do(events.WrapUpExtended("olga"))
    assert play.queue.operator("olga").deadline == began + timedelta(seconds=90)
    assert play.queue.operator("olga").since == began
    with pytest.raises(errors.ExtensionsUsed):
        play.do(events.WrapUpExtended("olga"))
    play.wait(89)
    assert play.operator("olga") is Op.WRAPUP
    play.wait(1)
    assert play.operator("olga") is Op.AVAILABLE


def test_without_wrap_up_the_ticket_closes_and_the_operator_is_free_at_once() -> None:
    play = Play(wrapup_s=0)
    play.desk("olga")
    play.take("t1")
    play.take("t2")
    play.accept("t1", "olga")
    assert offers(play.do(events.SessionEnded("t1", "operator"))) == [("t2", "olga")]
    assert play.ticket("t1") is T.CLOSED


def test_a_result_code_is_asked_for_where_the_settings_say_so() -> None:
    play = Play(result_code_mandatory=True)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.SessionEnded("t1", "operator"))
    with pytest.raises(errors.ResultNeeded):
        play.do(events.WrapUpFinished("olga", ""))
    play.do(events.WrapUpFinished("olga", "advised"))
    assert play.operator("olga") is Op.AVAILABLE


def test_hold_and_back() -> None:
    play = Play()
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.SessionHeld("t1"))
    assert (play.ticket("t1"), play.operator("olga")) == (T.HOLD, Op.HOLD)
    play.do(events.SessionResumed("t1"))
    assert (play.ticket("t1"), play.operator("olga")) == (T.CONNECTED, Op.BUSY)


def test_a_customer_whose_operator_died_is_called_next_and_not_at_the_end() -> None:
    play = Play()
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.wait(60)
    play.take("t2")
    play.do(events.OperatorConnectionLost("olga"))
    answer = play.do(events.SessionBroken("t1"))
    assert effects.SessionOver("t1", "olga", "kiosk of t1", "broken") in answer
    assert play.line() == ["t1", "t2"]
    assert offers(play.desk("anna")) == [("t1", "anna")]
