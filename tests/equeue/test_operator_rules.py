"""What operators do, told as short stories."""

from datetime import timedelta

import pytest

from equeue import effects, errors, events
from equeue.operator_states import OperatorState as Op
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import Play, offers, withdrawn


def test_an_operator_begins_in_a_break_and_is_offered_tickets_once_available() -> None:
    play = Play()
    play.take("t1")
    play.do(events.OperatorSignedIn("olga"))
    assert play.operator("olga") is Op.BREAK
    assert offers(play.do(events.StatusChosen("olga", "available"))) == [("t1", "olga")]


def test_nobody_can_sign_in_twice() -> None:
    play = Play()
    play.desk("olga")
    with pytest.raises(errors.IllegalMove):
        play.do(events.OperatorSignedIn("olga"))


def test_a_break_chosen_in_a_session_begins_after_wrap_up_and_can_be_taken_back() -> None:
    play = Play()
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.StatusChosen("olga", "break", "lunch"))
    assert play.operator("olga") is Op.BUSY
    play.do(events.SessionEnded("t1", "operator"))
    assert play.operator("olga") is Op.WRAPUP
    play.take("t2")
    answer = play.do(events.WrapUpFinished("olga", "done"))
    assert offers(answer) == []
    assert play.operator("olga") is Op.BREAK

    play.do(events.StatusChosen("olga", "available"))
    play.do(events.NextStatusChosen("olga", "break", "home"))
    play.do(events.NextStatusChosen("olga", None))
    play.serve("t2", "olga")
    assert play.operator("olga") is Op.AVAILABLE


def test_where_the_settings_name_the_reasons_no_break_begins_without_one_of_them() -> None:
    play = Play(break_reasons=("lunch", "training"))
    play.desk("olga")
    for reason in (None, "tired"):
        with pytest.raises(errors.ReasonNeeded):
            play.do(events.StatusChosen("olga", "break", reason))
    play.do(events.StatusChosen("olga", "break", "lunch"))
    assert play.operator("olga") is Op.BREAK
    play.do(events.StatusChosen("olga", "available"))
    play.take("t1")
    with pytest.raises(errors.ReasonNeeded):
        play.do(events.NextStatusChosen("olga", "break"))
    play.do(events.NextStatusChosen("olga", "offline"))


@pytest.mark.parametrize(("through", "first"), [(True, "olga"), (False, "anna")])
def test_whether_a_break_sets_the_idle_clock_back_is_a_setting(through: bool, first: str) -> None:
    play = Play(idle_through_breaks=through)
    play.desk("olga")
    play.wait(10)
    play.desk("anna")
    play.wait(10)
    play.do(events.StatusChosen("olga", "break", "lunch"))
    play.do(events.StatusChosen("olga", "available"))
    assert offers(play.take("t1")) == [("t1", first)]


def test_a_next_status_needs_something_under_way() -> None:
    play = Play()
    play.desk("olga")
    with pytest.raises(errors.IllegalMove):
        play.do(events.NextStatusChosen("olga", "break", "lunch"))


def test_a_lost_link_cancels_an_offer_at_once_and_the_ticket_is_back_at_its_old_place() -> None:
    play = Play(grace_s=45)
    play.desk("olga")
    play.take("t1")
    play.wait(1)
    play.take("t2")
    play.desk("anna")
    play.do(events.OfferRefused("t2", "anna", "no"))
    answer = play.do(events.OperatorConnectionLost("olga"))
    assert withdrawn(answer) == [("t1", "olga", "connection_lost")]
    assert offers(answer) == [("t1", "anna")]
    assert play.operator("olga") is Op.GRACE
    assert play.queue.operator("olga").deadline == play.now + timedelta(seconds=45)
    answer = play.do(events.OperatorConnectionBack("olga"))
    assert offers(answer) == [("t2", "olga")]


def test_a_link_that_stays_away_longer_than_the_grace_signs_the_operator_out() -> None:
    play = Play(grace_s=45)
    play.desk("olga")
    play.do(events.OperatorConnectionLost("olga"))
    play.wait(45)
    assert play.operator("olga") is Op.OFFLINE
    with pytest.raises(errors.IllegalMove):
        play.do(events.OperatorConnectionBack("olga"))
    assert offers(play.take("t1")) == []
    assert offers(play.desk("olga")) == [("t1", "olga")]


def test_wrap_up_time_goes_on_while_the_link_is_away() -> None:
    """Twilio Flex: closing the browser voids auto wrap-up, for its timer lives there."""
    play = Play(grace_s=45, wrapup_s=60)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.SessionEnded("t1", "customer"))
    play.wait(30)
    play.do(events.OperatorConnectionLost("olga"))
    play.wait(31)
    assert play.ticket("t1") is T.CLOSED
    play.do(events.OperatorConnectionBack("olga"))
    assert play.operator("olga") is Op.AVAILABLE


def test_nobody_signs_out_of_a_session_but_out_of_everything_else() -> None:
    play = Play()
    play.desk("olga")
    play.take("t1")
    answer = play.do(events.OperatorSignedOut("olga"))
    assert withdrawn(answer) == [("t1", "olga", "signed_out")]
    assert play.ticket("t1") is T.WAITING
    play.desk("olga")
    play.accept("t1", "olga")
    with pytest.raises(errors.IllegalMove):
        play.do(events.OperatorSignedOut("olga"))
    play.do(events.SessionEnded("t1", "operator"))
    play.do(events.OperatorSignedOut("olga"))
    assert (play.ticket("t1"), play.operator("olga")) == (T.CLOSED, Op.OFFLINE)


def test_somebody_who_listens_gets_no_tickets_and_comes_back_to_what_was_before() -> None:
    play = Play()
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.desk("boss")
    play.do(events.MonitoringBegan("boss", "olga"))
    assert offers(play.take("t2")) == []
    assert play.operator("olga") is Op.BUSY
    assert offers(play.do(events.MonitoringEnded("boss"))) == [("t2", "boss")]


def test_an_operator_effect_carries_everything_a_desk_shows() -> None:
    play = Play()
    play.desk("olga")
    (told,) = [one for one in play.take("t1") if isinstance(one, effects.OperatorChanged)]
    deadline = play.now + timedelta(seconds=20)
    assert told == effects.OperatorChanged("olga", Op.OFFERED, play.now, deadline, None, "t1", None)


def test_operators_on_duty_are_those_who_work_at_the_line() -> None:
    play = Play()
    play.desk("olga")
    play.desk("anna")
    play.do(events.OperatorSignedIn("on a break"))
    assert play.queue.operators_on_duty() == 2
    play.do(events.OperatorConnectionLost("olga"))
    assert play.queue.operators_on_duty() == 2
    play.wait(60)
    assert play.queue.operators_on_duty() == 1


def test_who_listens_from_a_break_comes_back_to_it_with_its_reason() -> None:
    play = Play(break_reasons=("lunch", "training"))
    play.desk("olga")
    play.do(events.OperatorSignedIn("boss"))
    play.do(events.StatusChosen("boss", "break", "training"))
    play.do(events.MonitoringBegan("boss", "olga"))
    assert play.queue.operator("boss").reason == "olga"
    play.do(events.OperatorConnectionLost("boss"))
    play.do(events.OperatorConnectionBack("boss"))
    (told,) = [one for one in play.do(events.MonitoringEnded("boss")) if isinstance(one, effects.OperatorChanged)]
    assert (told.state, told.reason) == (Op.BREAK, "training")
    play.do(events.StatusChosen("boss", "available"))
    play.do(events.MonitoringBegan("boss", "olga"))
    play.do(events.MonitoringEnded("boss"))
    assert (play.operator("boss"), play.queue.operator("boss").reason) == (Op.AVAILABLE, None)


@pytest.mark.parametrize(
    "choice",
    [
        events.StatusChosen("olga", "available"),
        events.NextStatusChosen("olga", "available"),
        events.NextStatusChosen("olga", None),
    ],
)
def test_who_chooses_anew_beside_chats_after_too_many_misses_may_miss_as_many_again(choice: events.Event) -> None:
    play = Play(misses_allowed=2, miss_backoff_s=1, offer_s=20)
    play.desk("olga", channels=("chat",))
    play.take("a", channel="chat")
    play.accept("a", "olga")
    play.take("b", channel="chat")
    play.wait(60)
    assert (play.operator("olga"), play.queue.operator("olga").next_status) == (Op.SHARING, "break")
    play.do(choice)
    play.wait(20)
    assert play.queue.operator("olga").misses == 1
    assert play.queue.operator("olga").next_status == choice.status
    play.wait(21)
    assert play.queue.operator("olga").next_status == "break"
