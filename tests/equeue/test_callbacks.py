"""People who are elsewhere and are called, told as short stories."""

from __future__ import annotations

from datetime import timedelta

import pytest

from equeue import effects, errors, events
from equeue.operator_states import OperatorState as Op
from equeue.ticket_states import TicketState as T
from equeue.why import Reason, why
from tests.equeue.days import Day
from tests.equeue.playbook import Play, offers

CHANNELS = ("video", "phone")


def caller(play: Play, operator: str = "olga") -> None:
    """An operator who also calls."""
    play.do(events.OperatorSignedIn(operator, channels=CHANNELS))
    play.do(events.StatusChosen(operator, "available"))


def ask(play: Play, ticket: str, case: str | None = None, **more: str) -> list[effects.Effect]:
    """Somebody asks to be called."""
    return play.do(events.CallBackAsked(ticket, "consultation", "walk_in", "ru", "north", case, **more))


def test_a_request_gets_a_number_and_a_place_and_goes_to_somebody_who_calls() -> None:
    play = Play()
    play.desk("only video")
    play.take("busy with")
    answer = ask(play, "t1")
    assert effects.TicketNumbered("t1", "", "A-002") in answer
    assert play.line() == ["t1"]
    assert play.queue.wait_band("t1") is None
    caller(play)
    assert offers(play.told)[-1] == ("t1", "olga")
    play.accept("t1", "olga")
    (connected,) = [one for one in play.told if isinstance(one, effects.Connected)]
    assert (connected.channel, connected.kiosk_id) == ("phone", "")


def test_somebody_not_reached_is_called_again_after_the_gap_at_the_old_place() -> None:
    play = Play(callback_gap_s=900, callback_tries=3)
    caller(play)
    ask(play, "t1")
    came = play.queue.ticket("t1").place
    play.accept("t1", "olga")
    play.wait(30)
    play.do(events.CallBackUnanswered("t1"))
    assert (play.ticket("t1"), play.operator("olga")) == (T.CALLBACK, Op.AVAILABLE)
    play.take("somebody")
    play.serve("somebody", "olga")
    assert offers(play.wait(899)) == []
    assert offers(play.wait(1)) == [("t1", "olga")]
    assert play.queue.ticket("t1").place == came
    assert play.queue.ticket("t1").tries == 1


def test_after_the_last_try_the_request_is_closed_as_not_reached() -> None:
    play = Play(callback_gap_s=60, callback_tries=2)
    caller(play)
    ask(play, "t1")
    play.accept("t1", "olga")
    play.do(events.CallBackUnanswered("t1"))
    play.wait(60)
    play.accept("t1", "olga")
    answer = play.do(events.CallBackUnanswered("t1"))
    assert play.ticket("t1") is T.CLOSED
    assert "not_reached" in {one.reason for one in answer if isinstance(one, effects.TicketChanged)}
    assert play.queue.next_deadline() is not None  # it is forgotten one day
    assert offers(play.wait(3600)) == []


def test_somebody_reached_is_written_up_as_any_other() -> None:
    play = Play()
    caller(play)
    ask(play, "t1")
    play.accept("t1", "olga")
    play.do(events.SessionEnded("t1", "operator"))
    assert (play.ticket("t1"), play.operator("olga")) == (T.WRAPPING, Op.WRAPUP)


def test_a_call_asked_for_later_rests_until_then_and_keeps_the_moment_of_asking_as_its_place() -> None:
    play = Play()
    caller(play)
    later = (play.now + timedelta(hours=2)).isoformat()
    assert offers(ask(play, "t1", not_before=later)) == []
    assert play.ticket("t1") is T.CALLBACK
    came = play.queue.ticket("t1").arrived
    assert offers(play.wait(7200)) == [("t1", "olga")]
    assert play.queue.ticket("t1").arrived == came


@pytest.mark.parametrize("not_before", ["tomorrow", "2026-11-02T10:00:00", "2029-01-01T00:00:00+00:00"])
def test_a_moment_that_is_none_or_too_far_is_refused_and_nothing_has_changed(not_before: str) -> None:
    play = Play()
    before = play.queue.picture()
    with pytest.raises(errors.BadSlot):
        ask(play, "t1", not_before=not_before)
    assert play.queue.picture() == before


def test_somebody_who_waits_may_go_home_and_keeps_the_place() -> None:
    play = Play()
    play.take("t1")
    play.wait(600)
    play.take("t2")
    play.do(events.CallBackWished("t1"))
    assert (play.line(), play.queue.ticket("t1").channel) == (["t1", "t2"], "phone")
    assert offers(play.desk("only video")) == [("t2", "only video")]
    caller(play)
    assert play.ticket("t1") is T.OFFERED


def test_who_asks_again_gathers_priority_faster_and_is_called_once() -> None:
    play = Play(merge_requests=True, merge_boost_s=0)
    play.take("earlier")
    play.wait(60)
    ask(play, "first", "c1")
    play.wait(60)
    ask(play, "second", "c1")
    assert (play.ticket("first"), play.queue.ticket("second").priority) == (T.MERGED, "repeat_callback")
    play.wait(61)
    assert play.line() == ["second", "earlier"]


def test_somebody_not_reached_who_comes_to_a_kiosk_is_one_case_and_never_called_again() -> None:
    play = Play(merge_requests=True, callback_gap_s=900)
    caller(play)
    ask(play, "site", "c1")
    play.accept("site", "olga")
    play.do(events.CallBackUnanswered("site"))
    play.wait(100)
    play.take("kiosk", case_id="c1")
    assert (play.ticket("site"), play.ticket("kiosk")) == (T.MERGED, T.OFFERED)
    play.serve("kiosk", "olga")
    assert play.ticket("site") is T.CLOSED
    assert offers(play.wait(3600)) == []


def test_who_leaves_the_kiosk_is_called_and_not_before_the_gap_is_over() -> None:
    play = Play(merge_requests=True, callback_gap_s=900)
    caller(play)
    ask(play, "site", "c1")
    play.accept("site", "olga")
    play.do(events.CallBackUnanswered("site"))
    play.do(events.StatusChosen("olga", "break"))
    play.take("kiosk", case_id="c1")
    play.do(events.TicketLeft("kiosk", "gone"))
    assert play.ticket("site") is T.CALLBACK
    play.do(events.StatusChosen("olga", "available"))
    assert offers(play.wait(899)) == []
    assert offers(play.wait(1)) == [("site", "olga")]


def test_a_person_at_a_kiosk_was_there_and_is_not_unanswered() -> None:
    play = Play()
    caller(play)
    play.take("t1")
    play.accept("t1", "olga")
    with pytest.raises(errors.IllegalMove):
        play.do(events.CallBackUnanswered("t1"))
    play.do(events.SessionEnded("t1", "customer"))
    play.do(events.WrapUpFinished("olga", "done"))
    ask(play, "t2")
    play.accept("t2", "olga")
    with pytest.raises(errors.IllegalMove):
        play.do(events.CustomerMissing("t2"))


def test_a_request_that_is_taken_back_is_called_by_nobody() -> None:
    play = Play(callback_gap_s=60)
    ask(play, "t1", not_before=(play.now + timedelta(hours=1)).isoformat())
    play.do(events.TicketLeft("t1", "cancelled"))
    caller(play)
    assert offers(play.wait(7200)) == []
    with pytest.raises(errors.TicketExists):
        ask(play, "t1")
    with pytest.raises(errors.UnknownPriority):
        play.do(events.CallBackAsked("t2", "consultation", "unheard", "ru", "north"))


def test_a_call_for_tomorrow_that_was_taken_back_and_asked_for_again_is_for_tomorrow() -> None:
    play = Play()
    caller(play)
    tomorrow = play.now + timedelta(days=1)
    play.do(events.CallBackAsked("t1", "consultation", "walk_in", "ru", "north", not_before=tomorrow.isoformat()))
    play.do(events.TicketLeft("t1", "a mistake"))
    assert offers(play.do(events.TicketReturned("t1"))) == []
    assert play.ticket("t1") is T.CALLBACK
    assert offers(play.wait(86_400)) == [("t1", "olga")]


def test_who_came_to_a_kiosk_instead_of_being_called_later_is_not_called_later() -> None:
    play = Play(merge_requests=True)
    tomorrow = (play.now + timedelta(days=1)).isoformat()
    play.do(events.CallBackAsked("t1", "consultation", "walk_in", "ru", "north", "c1", not_before=tomorrow))
    play.do(events.TicketReturned("t1", "k1"))
    play.take("t2", case_id="c1")
    play.do(events.TicketLeft("t2", "one is enough"))
    assert play.ticket("t1") is T.WAITING


def test_a_call_nobody_who_signed_in_could_make_is_seen_to_be_that_and_why_says_so() -> None:
    day = Day(1)
    day.desk("only video")
    ask(day, "mine")
    waiting = day.queue.waiting()
    assert day.queue.unserved(waiting) == {"mine"}
    day.take("seen")
    day.serve("seen", "only video")
    assert [one.reason for one in why(day.entries, day.settings, "mine")] == [Reason.NOBODY_THERE]
    day.do(events.OperatorSignedIn("on a break", channels=CHANNELS))
    assert day.queue.unserved(waiting) == frozenset()
    day.take("seen too")
    day.serve("seen too", "only video")
    assert why(day.entries, day.settings, "mine")[1].reason is Reason.OTHER_OPERATOR
    day.do(events.OperatorSignedOut("on a break"))
    assert day.queue.unserved(waiting) == {"mine"}
    assert day.queue.unserved([day.queue.ticket("seen")]) == frozenset()
