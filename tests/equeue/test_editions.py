"""What the second edition of the rules does otherwise than the first, by which logs that name none are followed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from equeue import Settings, door_rules, effects, events
from equeue.effects import Effect
from equeue.operator_states import OperatorState as Op
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import MORNING, Play, offers

BOTH = pytest.mark.parametrize("edition", [1, 2])
ALL = ("video", "phone", "chat")


def text(moment: datetime, seconds: float = 0) -> str:
    """The moment so much later, as events have it."""
    return (moment + timedelta(seconds=seconds)).isoformat()


def ask(play: Play, ticket: str, after_s: float | None = None, case: str | None = None) -> list[Effect]:
    """Somebody asks to be called, not before so many seconds from now."""
    moment = None if after_s is None else text(play.now, after_s)
    return play.do(events.CallBackAsked(ticket, "consultation", "walk_in", "ru", "north", case, None, moment))


WEEK = 7 * 86_400


@BOTH
def test_who_asks_for_a_call_in_a_week_does_not_gather_for_the_week(edition: int) -> None:
    play = Play(edition=edition)
    ask(play, "week", WEEK)
    play.wait(WEEK - 600)
    play.take("seen")
    play.wait(900)
    assert play.line() == (["seen", "week"] if edition == 2 else ["week", "seen"])
    arrived = play.queue.ticket("week").arrived
    assert arrived == (MORNING + timedelta(seconds=WEEK) if edition == 2 else MORNING)


def test_who_waited_and_went_home_keeps_what_they_had_waited_and_gathers_nothing_for_the_rest() -> None:
    play = Play(edition=2)
    play.take("home")
    play.wait(1200)
    play.do(events.CallBackWished("home", text(play.now, 86_400)))
    play.wait(86_400 - 1500)
    play.take("waited for 1500 s")
    play.wait(500)
    play.take("waited for 1000 s")
    play.wait(1000)
    assert play.line() == ["waited for 1500 s", "home", "waited for 1000 s"]


@pytest.mark.parametrize("how", ["comes", "asks again", "walks in", "cancels and is back"])
def test_a_rest_that_ends_early_leaves_what_was_waited(how: str) -> None:
    play = Play(edition=2, merge_requests=True, merge_boost_s=0)
    play.take("home", case_id="c1")
    play.wait(1200)
    play.do(events.CallBackWished("home", text(play.now, 86_400)))
    play.wait(3600)
    play.take("other")
    play.wait(1199)
    if how == "comes":
        play.do(events.TicketReturned("home", "kiosk"))
    elif how == "asks again":
        ask(play, "again", case="c1")
    elif how == "walks in":
        play.take("again", case_id="c1")
    else:
        play.do(events.TicketLeft("home", "gone"))
        play.wait(30)
        play.do(events.TicketReturned("home", "kiosk"))
    mine = "home" if how in ("comes", "cancels and is back") else "again"
    if how == "asks again":
        assert play.queue.ticket(mine).priority == "repeat_callback"
    assert play.line() == [mine, "other"]
    other = play.queue.ticket("other")
    assert timedelta(0) <= other.arrived - play.queue.ticket(mine).arrived < timedelta(seconds=60)


def test_a_request_for_later_that_stands_up_again_rests_with_what_the_person_had_waited() -> None:
    play = Play(edition=2, merge_requests=True, merge_boost_s=0)
    ask(play, "week", WEEK, "c1")
    play.take("seen", case_id="c1")
    play.wait(600)
    play.do(events.TicketLeft("seen", "gone"))
    assert play.ticket("week") is T.CALLBACK
    play.wait(WEEK - 1300)
    play.take("waited for 700 s")
    play.wait(200)
    play.take("waited for 500 s")
    play.wait(500)
    assert play.line() == ["waited for 700 s", "week", "waited for 500 s"]


@BOTH
def test_somebody_outside_is_asked_in_when_their_class_has_passed_those_in_the_line(edition: int) -> None:
    play = Play(edition=edition, handling_prior_s=300, door_lead_s=90)
    play.desk("olga")
    play.take("talks")
    play.accept("talks", "olga")
    play.wait(220)
    for number in range(4):
        play.take(f"t{number}")
    play.wait(10)
    play.do(events.DoorTicketTaken("out", "consultation", "special_need", "ru", "north", "k1"))
    play.wait(8)
    assert play.queue.ahead_of("out", play.now) == 0
    assert play.ticket("out") is (T.CALLED_IN if edition == 2 else T.AT_DOOR)


def near(play: Play) -> set[str]:
    """Who stands outside now although it is their turn."""
    floor = play.queue._floor
    before, floor.now = floor.now, play.now
    outside = [one for one in floor.tickets.values() if one.state is T.AT_DOOR]
    found = {one.id for one in outside if door_rules._missing(floor, one)[0] <= 0}
    floor.now = before
    return found


@settings(max_examples=12, deadline=None)
@example(290, 2)
@example(2702, 3)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_whoever_outside_is_nearly_next_is_asked_in_within_seconds(seed: int, desks: int) -> None:
    """By the rule's own count, taken at moments at which nothing happens; each door's kiosk is free."""
    play, chance = Play(edition=2, wrapup_s=0, handling_prior_weight=10_000, handling_prior_s=200), random.Random(seed)
    for number in range(desks):
        play.desk(f"o{number}")
    for number in range(40):
        what = chance.choice(("in the line", "in the line", "outside", "in need outside", "over", "left"))
        talks = [one.ticket_id or "" for one in play.queue.operators() if one.state is Op.BUSY]
        if what == "in the line":
            play.take(f"t{number}")
        elif what == "over" and talks:
            play.do(events.SessionEnded(chance.choice(talks), "customer"))
        elif what == "left" and play.line():
            play.do(events.TicketLeft(chance.choice(play.line()), "tired"))
        elif "outside" in what:
            priority = "special_need" if "need" in what else "walk_in"
            play.do(events.DoorTicketTaken(f"t{number}", "consultation", priority, "ru", "north", f"k{number}"))
        for one in play.queue.operators():
            if one.state is Op.OFFERED and one.ticket_id:
                play.accept(one.ticket_id, one.id)
        for _ in range(chance.randrange(6)):
            play.wait(chance.choice((3, 15)))
            expected = near(play)
            play.wait(2)  # the moment is found to the second
            assert not expected & near(play)


@BOTH
def test_a_live_conversation_beside_others_outlives_the_grace_as_one_alone_does(edition: int) -> None:
    play = Play(edition=edition, channels={"video": 60, "phone": 40, "chat": 20}, grace_s=45)
    play.desk("olga", channels=ALL)
    play.take("seen")
    play.accept("seen", "olga")
    play.take("writes", channel="chat")
    play.accept("writes", "olga")
    play.do(events.OperatorConnectionLost("olga"))
    play.wait(3600)
    assert play.ticket("writes") is T.WAITING
    if edition == 1:
        assert (play.ticket("seen"), play.operator("olga")) == (T.WAITING, Op.OFFLINE)
        return
    assert (play.ticket("seen"), play.operator("olga")) == (T.CONNECTED, Op.GRACE)
    assert offers(play.do(events.OperatorConnectionBack("olga"))) == [("writes", "olga")]
    play.do(events.OfferRefused("writes", "olga", "no"))
    play.do(events.OperatorConnectionLost("olga"))
    play.wait(3600)
    play.do(events.SessionEnded("seen", "customer"))
    assert play.operator("olga") is Op.GRACE  # a grace of its own
    play.wait(44)
    assert play.operator("olga") is Op.GRACE
    play.wait(1)
    assert (play.operator("olga"), play.ticket("seen")) == (Op.OFFLINE, T.CLOSED)


@BOTH
def test_a_reservation_that_is_made_longer_is_told_again(edition: int) -> None:
    play = Play(edition=edition, reserve_universals=1, reserve_s=60)
    play.desk("specialist", "consultation")
    play.take("t0")
    play.accept("t0", "specialist")
    play.desk("universal")
    held = [one.until for one in play.take("t1") if isinstance(one, effects.HeldForSpecialist)]
    longer = Settings(edition=edition, reserve_universals=1, reserve_s=900).to_toml()
    held += [one.until for one in play.do(events.SettingsChanged(longer)) if isinstance(one, effects.HeldForSpecialist)]
    assert [(one - MORNING).total_seconds() for one in held] == ([60, 900] if edition == 2 else [60])
    assert offers(play.wait(899)) == []
    assert offers(play.wait(1)) == [("t1", "universal")]


# Of both editions: no log could have it otherwise.


def test_weights_that_change_while_a_desk_rings_leave_nobody_with_more_than_they_can_take() -> None:
    play = Play(channels={"video": 60, "chat": 20, "phone": 100})
    play.desk("olga", channels=ALL)
    for ticket in ("c1", "c2"):
        play.take(ticket, channel="chat")
        play.accept(ticket, "olga")
    play.take("seen")
    play.do(events.SettingsChanged(Settings(channels={"video": 100, "chat": 30, "phone": 100}).to_toml()))
    play.accept("seen", "olga")
    assert (play.queue.operator("olga").load, play.queue.operator("olga").shared["seen"]) == (100, 60)


@pytest.mark.parametrize("of", ["booked", "called and not there"])
def test_other_letters_leave_as_many_further_calls_as_before(of: str) -> None:
    play = Play(services={"consultation": "A", "payment": "B"}, recall_tickets=2, wrapup_s=0)
    play.desk("olga")
    for number in range(10):
        play.take(f"t{number}")
        play.serve_at_once(f"t{number}", "olga")
    if of == "booked":
        play.do(events.TicketBooked("late", "payment", "booked", "ru", "north", text(play.now)))
        play.wait(1801)
    else:
        play.take("late", "payment")
        play.accept("late", "olga")
        play.do(events.CustomerMissing("late"))
    play.do(events.SettingsChanged(Settings(services={"consultation": "B", "payment": "A"}, wrapup_s=0).to_toml()))
    play.take("p0", "payment")
    play.serve_at_once("p0", "olga")
    if of == "booked":
        assert offers(play.do(events.BookedCheckedIn("late", "kiosk"))) == [("late", "olga")]
        return
    assert play.ticket("late") is T.RECALLABLE
    play.take("p1", "payment")
    play.serve_at_once("p1", "olga")
    assert play.ticket("late") is T.NO_SHOW
