"""Several channels at once: video takes everything, chats share; told as short stories."""

from __future__ import annotations

import pytest

from equeue import effects, errors, events
from equeue.operator_states import OperatorState as Op
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import Play, offers, withdrawn


def desk(play: Play, operator: str, *channels: str) -> list[effects.Effect]:
    """An operator of these channels."""
    play.do(events.OperatorSignedIn(operator, channels=channels or ("video", "chat")))
    return play.do(events.StatusChosen(operator, "available"))


def chat(play: Play, ticket: str, operator: str | None = None) -> list[effects.Effect]:
    """Somebody writes, and is answered by this operator."""
    answer = play.take(ticket, channel="chat", kiosk_id="")
    if operator is not None:
        assert offers(answer) == [(ticket, operator)]
        play.accept(ticket, operator)
    return answer


def test_three_chats_share_an_operator_and_the_fourth_waits_for_room() -> None:
    play = Play(channels={"video": 100, "chat": 30})
    desk(play, "olga")
    for number in range(3):
        chat(play, f"c{number}", "olga")
    assert play.operator("olga") is Op.SHARING
    assert offers(chat(play, "c3")) == []
    answer = play.do(events.SessionEnded("c1", "customer"))
    assert offers(answer) == [("c3", "olga")]
    assert play.ticket("c1") is T.CLOSED


def test_video_takes_everything() -> None:
    play = Play()
    desk(play, "olga")
    play.take("t1")
    play.accept("t1", "olga")
    assert offers(chat(play, "c1")) == []
    play.do(events.SessionEnded("t1", "customer"))
    assert offers(play.do(events.WrapUpFinished("olga", "done"))) == [("c1", "olga")]
    play.accept("c1", "olga")
    assert offers(play.take("t2")) == []
    assert offers(play.do(events.SessionEnded("c1", "customer"))) == [("t2", "olga")]


def test_the_weights_are_settings() -> None:
    play = Play(channels={"video": 60, "chat": 40})
    desk(play, "olga")
    play.take("t1")
    play.accept("t1", "olga")
    chat(play, "c1", "olga")
    assert play.queue.operator("olga").load == 100
    assert offers(chat(play, "c2")) == []


def test_nobody_is_offered_a_channel_they_do_not_serve_and_may_choose_others_at_once() -> None:
    play = Play()
    desk(play, "olga", "video")
    assert offers(chat(play, "c1")) == []
    assert play.queue.wait_band("c1") is None
    assert offers(play.do(events.ChannelsChosen("olga", ("chat",)))) == [("c1", "olga")]
    play.accept("c1", "olga")
    assert offers(play.take("t1")) == []
    play.do(events.SessionEnded("c1", "customer"))
    assert offers(play.do(events.ChannelsChosen("olga", ("*",)))) == [("t1", "olga")]


def test_an_offer_beside_chats_that_ends_leaves_the_chats_as_they_are() -> None:
    play = Play(refuse_backoff_s=60)
    desk(play, "olga")
    chat(play, "c1", "olga")
    chat(play, "c2")
    assert play.operator("olga") is Op.OFFERED
    play.do(events.OfferRefused("c2", "olga", "no"))
    assert (play.operator("olga"), play.ticket("c1")) == (Op.SHARING, T.CONNECTED)


def test_somebody_who_misses_a_chat_beside_others_is_offered_no_more_until_they_say_so() -> None:
    play = Play(misses_allowed=1, miss_backoff_s=5)
    desk(play, "olga")
    chat(play, "c1", "olga")
    chat(play, "c2")
    assert withdrawn(play.wait(20)) == [("c2", "olga", "missed")]
    assert (play.operator("olga"), play.queue.operator("olga").next_status) == (Op.SHARING, "break")
    assert offers(play.wait(60)) == []
    assert offers(play.do(events.StatusChosen("olga", "available"))) == [("c2", "olga")]


def test_a_break_asked_for_in_chats_comes_when_the_last_is_over() -> None:
    play = Play()
    desk(play, "olga")
    chat(play, "c1", "olga")
    chat(play, "c2", "olga")
    play.do(events.StatusChosen("olga", "break", "lunch"))
    assert offers(chat(play, "c3")) == []
    play.do(events.SessionEnded("c1", "customer"))
    assert play.operator("olga") is Op.SHARING
    play.do(events.SessionEnded("c2", "customer"))
    assert (play.operator("olga"), play.queue.operator("olga").reason) == (Op.BREAK, "lunch")


def test_chats_outlive_a_lost_link_for_the_grace_and_are_then_somebody_elses() -> None:
    play = Play(grace_s=45)
    desk(play, "olga")
    chat(play, "c1", "olga")
    chat(play, "c2")
    play.do(events.OperatorConnectionLost("olga"))
    assert (play.ticket("c1"), play.ticket("c2")) == (T.CONNECTED, T.WAITING)
    play.wait(30)
    back = play.do(events.OperatorConnectionBack("olga"))
    assert offers(back) == [("c2", "olga")]
    play.accept("c2", "olga")
    play.do(events.OperatorConnectionLost("olga"))
    play.do(events.SessionEnded("c2", "customer"))
    play.wait(45)
    assert (play.operator("olga"), play.line()) == (Op.OFFLINE, ["c1"])


def test_parking_and_passing_on_a_chat_leave_the_others() -> None:
    play = Play()
    desk(play, "olga")
    for ticket in ("c1", "c2", "c3"):
        chat(play, ticket, "olga")
    play.do(events.SessionHeld("c1"))
    play.do(events.SessionResumed("c1"))
    play.do(events.TicketParked("c1"))
    play.do(events.TicketTransferred("c2", "payment"))
    assert [play.ticket(one) for one in ("c1", "c2", "c3")] == [T.PARKED, T.WAITING, T.CONNECTED]
    assert play.queue.operator("olga").shared == {"c3": 30}
    play.do(events.SessionBroken("c3"))
    assert play.line() == ["c2"] or play.ticket("c3") is T.OFFERED


def test_nobody_goes_home_out_of_a_chat_and_home_may_come_next() -> None:
    play = Play()
    desk(play, "olga")
    chat(play, "c1", "olga")
    with pytest.raises(errors.IllegalMove):
        play.do(events.OperatorSignedOut("olga"))
    play.do(events.NextStatusChosen("olga", "offline"))
    play.do(events.SessionEnded("c1", "customer"))
    assert play.operator("olga") is Op.OFFLINE


def test_a_channel_without_a_weight_is_refused() -> None:
    play = Play()
    with pytest.raises(errors.UnknownChannel):
        play.take("t1", channel="letter")
    with pytest.raises(errors.UnknownOperator):
        play.do(events.ChannelsChosen("nobody", ("chat",)))
    play.do(events.OperatorSignedIn("olga"))
    play.do(events.OperatorSignedOut("olga"))
    with pytest.raises(errors.IllegalMove):
        play.do(events.ChannelsChosen("olga", ("chat",)))
