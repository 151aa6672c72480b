"""Tickets taken at a capsule's door while somebody else is inside, told as short stories."""

from __future__ import annotations

from datetime import timedelta

import pytest

from equeue import effects, errors, events
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import Play, offers


def at_door(play: Play, ticket: str, kiosk: str = "booth", priority: str = "walk_in") -> list[effects.Effect]:
    """Somebody outside takes a ticket."""
    return play.do(events.DoorTicketTaken(ticket, "consultation", priority, "ru", "north", kiosk))


def called(answer: list[effects.Effect]) -> list[str]:
    """Who was asked in."""
    return [one.ticket_id for one in answer if isinstance(one, effects.CalledIn)]


def busy(play: Play, operator: str = "olga") -> None:
    """An operator who talks with somebody at the booth."""
    play.desk(operator)
    play.do(events.KioskOccupied("booth"))
    play.take(f"inside with {operator}", kiosk_id="booth")
    play.accept(f"inside with {operator}", operator)


def test_somebody_outside_has_a_number_and_a_place_and_is_offered_to_nobody() -> None:
    play = Play()
    busy(play)
    play.desk("anna")
    answer = at_door(play, "t1")
    assert [one.number for one in answer if isinstance(one, effects.TicketNumbered)] == ["A-002"]
    assert (play.ticket("t1"), play.line(), offers(answer), called(answer)) == (T.AT_DOOR, [], [], [])
    assert play.queue.wait_band("t1") is not None


def test_when_the_kiosk_is_free_and_an_operator_is_the_person_is_asked_in_and_has_the_old_place() -> None:
    play = Play(door_grace_s=90)
    busy(play)
    at_door(play, "t1")
    play.wait(200)
    play.take("elsewhere")
    play.do(events.SessionEnded("inside with olga", "customer"))
    answer = play.do(events.KioskFreed("booth"))
    assert called(answer) == ["t1"]
    until = play.now + timedelta(seconds=90)
    assert [one.until for one in answer if isinstance(one, effects.CalledIn)] == [until]
    play.wait(10)
    play.do(events.DoorEntered("t1", "booth"))
    assert play.line() == ["t1", "elsewhere"]
    assert offers(play.do(events.WrapUpFinished("olga", "done"))) == [("t1", "olga")]


def test_nobody_idle_waits_for_somebody_who_is_still_outside() -> None:
    play = Play()
    busy(play)
    at_door(play, "t1")
    play.wait(100)
    play.do(events.SessionEnded("inside with olga", "customer"))
    play.do(events.KioskFreed("booth"))
    play.do(events.WrapUpFinished("olga", "done"))
    assert offers(play.take("elsewhere")) == [("elsewhere", "olga")]


def test_an_operator_who_has_talked_about_as_long_as_talks_take_is_nearly_free() -> None:
    play = Play(handling_prior_s=300, door_lead_s=90)
    play.desk("olga")
    play.take("far away")
    play.accept("far away", "olga")
    at_door(play, "t1")
    assert called(play.wait(209)) == []
    assert called(play.wait(1)) == ["t1"]


def test_nobody_is_asked_in_before_those_ahead_of_them() -> None:
    play = Play()
    play.take("ahead")
    play.wait(60)
    at_door(play, "t1")
    assert called(play.desk("olga")) == []
    play.accept("ahead", "olga")
    assert called(play.do(events.SessionEnded("ahead", "customer"))) == ["t1"]


def test_one_is_asked_in_at_a_time_and_the_fastest_class_first() -> None:
    play = Play()
    busy(play)
    play.desk("anna")
    at_door(play, "t1")
    at_door(play, "in need", priority="special_need")
    play.wait(100)
    assert called(play.do(events.KioskFreed("booth"))) == ["in need"]
    assert play.ticket("t1") is T.AT_DOOR
    play.do(events.DoorEntered("in need", "booth"))
    assert play.queue.door("booth").occupied
    play.serve("in need", "anna")
    assert called(play.do(events.KioskFreed("booth"))) == ["t1"]


def test_who_does_not_appear_makes_way_for_the_next_and_may_still_come() -> None:
    play = Play(door_grace_s=90, recall_limit_s=600)
    play.desk("olga")
    play.do(events.KioskOccupied("booth"))
    at_door(play, "t1")
    play.wait(5)
    at_door(play, "t2")
    assert called(play.do(events.KioskFreed("booth"))) == ["t1"]
    assert called(play.wait(90)) == ["t2"]
    assert play.ticket("t1") is T.RECALLABLE
    play.do(events.DoorEntered("t1", "booth"))
    assert play.ticket("t1") is T.OFFERED
    play.wait(600)


def test_who_never_comes_is_no_show_and_who_stands_there_for_ever_gone() -> None:
    play = Play(door_grace_s=90, recall_limit_s=600, door_limit_s=3600)
    at_door(play, "t0", "other booth")
    play.wait(3600)
    assert play.ticket("t0") is T.ABANDONED
    play.desk("olga")
    at_door(play, "t1")
    assert play.ticket("t1") is T.CALLED_IN
    play.wait(90 + 600)
    assert play.ticket("t1") is T.NO_SHOW


def test_who_leaves_the_door_and_is_back_within_the_window_stands_at_the_old_place() -> None:
    play = Play(return_window_s=300)
    play.do(events.KioskOccupied("booth"))
    at_door(play, "t1")
    came = play.queue.ticket("t1").place
    play.do(events.TicketLeft("t1", "left_door"))
    assert play.queue.door("booth").outside == []
    play.wait(300)
    play.do(events.TicketReturned("t1"))
    assert (play.ticket("t1"), play.queue.ticket("t1").place) == (T.AT_DOOR, came)
    play.do(events.TicketLeft("t1", "left_door"))
    play.wait(301)
    with pytest.raises(errors.ReturnTooLate):
        play.do(events.TicketReturned("t1"))


def test_who_enters_another_kiosk_or_before_being_called_is_in_the_line_there() -> None:
    play = Play()
    play.do(events.KioskOccupied("booth"))
    at_door(play, "t1")
    play.do(events.DoorEntered("t1", "kiosk 2"))
    assert (play.ticket("t1"), play.queue.ticket("t1").kiosk_id) == (T.WAITING, "kiosk 2")
    assert play.queue.door("kiosk 2").occupied


def test_who_says_inside_who_they_are_is_one_case_with_what_they_asked_for_before() -> None:
    play = Play(merge_requests=True)
    play.do(events.CallBackAsked("site", "consultation", "walk_in", "ru", "north", "c1"))
    play.wait(300)
    play.do(events.KioskOccupied("booth"))
    at_door(play, "t1")
    play.wait(10)
    play.do(events.DoorEntered("t1", "booth", "c1"))
    assert (play.ticket("site"), play.line()) == (T.MERGED, ["t1"])
    assert play.queue.ticket("t1").arrived == play.now - timedelta(seconds=310)


def test_those_outside_count_in_the_wait_of_those_who_came_after_them() -> None:
    play = Play()
    busy(play)
    at_door(play, "t1")
    play.wait(5)
    play.take("later")
    assert play.queue.ahead_of("later") == 1
    assert play.queue.ahead_of("t1") == 0


def test_a_centre_factor_and_new_settings_hold_outside_too() -> None:
    play = Play()
    play.do(events.KioskOccupied("booth"))
    at_door(play, "t1")
    play.do(events.CentreFactorChanged("north", 300, "boss", "crowd"))
    assert play.queue.ticket("t1").rate == 3000
    play.do(events.SettingsChanged("[slopes]\nwalk_in = 2.0\n"))
    assert play.queue.ticket("t1").rate == 6000
    play.do(events.DoorEntered("t1", "booth"))
    assert play.line() == ["t1"]


def test_what_is_not_known_or_twice_is_refused() -> None:
    play = Play()
    at_door(play, "t1")
    with pytest.raises(errors.TicketExists):
        at_door(play, "t1")
    with pytest.raises(errors.UnknownPriority):
        at_door(play, "t2", priority="unheard")
    play.take("inside")
    with pytest.raises(errors.IllegalMove):
        play.do(events.DoorEntered("inside", "booth"))


def test_somebody_outside_is_looked_at_in_time_though_another_did_not_appear_meanwhile() -> None:
    play = Play(handling_prior_s=300, door_lead_s=90)
    for operator, language in (("olga", "ru"), ("anna", "lv")):
        play.do(events.OperatorSignedIn(operator, ("*",), (language,)))
        play.do(events.StatusChosen(operator, "available"))
    play.take("inside")
    play.accept("inside", "olga")
    at_door(play, "patient", "second booth")
    play.do(events.DoorTicketTaken("gone", "consultation", "walk_in", "lv", "north", "booth"))
    assert play.ticket("gone") is T.CALLED_IN
    play.wait(209)
    assert (play.ticket("gone"), play.ticket("patient")) == (T.RECALLABLE, T.AT_DOOR)
    assert called(play.wait(1)) == ["patient"]


def test_somebody_outside_is_looked_at_in_time_though_the_kiosk_was_taken_for_a_moment() -> None:
    play = Play(handling_prior_s=300, door_lead_s=90)
    play.desk("olga")
    play.take("inside")
    play.accept("inside", "olga")
    at_door(play, "patient")
    for event in (events.KioskOccupied("booth"), events.KioskFreed("booth")):
        play.wait(10)
        play.do(event)
    assert called(play.wait(190)) == ["patient"]


def test_requirements_relax_outside_as_they_do_inside() -> None:
    play = Play(skill_steps={"consultation": ((0, 5), (60, 0))})
    play.desk("olga", "power")
    assert called(at_door(play, "patient")) == []
    assert called(play.wait(60)) == ["patient"]


def test_who_enters_another_kiosk_than_the_one_they_were_asked_into_frees_their_own() -> None:
    play = Play()
    for ticket, kiosk in (("a", "booth"), ("b", "second booth"), ("c", "second booth")):
        at_door(play, ticket, kiosk)
    for operator in ("o1", "o2", "o3"):
        play.desk(operator)
    assert [play.ticket(one) for one in "abc"] == [T.CALLED_IN, T.CALLED_IN, T.AT_DOOR]
    told = play.do(events.DoorEntered("a", "second booth"))
    assert play.queue.door("second booth").called == "b"
    assert play.queue.door("booth").called is None
    assert {one.kiosk_id for one in told if isinstance(one, effects.TicketChanged)} == {"second booth"}
    play.do(events.TicketLeft("a", "gone"))
    assert called(play.do(events.KioskFreed("second booth"))) == []
