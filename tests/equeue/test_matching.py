"""Skills with levels, requirements that relax, universals held back, told as short stories."""

from datetime import timedelta

import pytest

from equeue import effects, errors, events
from equeue.why import Reason, why
from tests.equeue.days import Day
from tests.equeue.playbook import Play, offers

STEPS = {"heat": ((0, 5), (60, 2), (180, 0))}


def test_a_requirement_relaxes_in_steps_until_anybody_will_do() -> None:
    play = Play(skill_steps=STEPS)
    play.desk("knows little", "heat:1")
    play.desk("knows some", "heat:2")
    play.desk("knows nothing", "power")
    assert offers(play.take("t1", "heat")) == []
    assert offers(play.wait(59)) == []
    assert offers(play.wait(1)) == [("t1", "knows some")]
    play.do(events.OfferRefused("t1", "knows some", "cannot"))
    play.do(events.StatusChosen("knows some", "break"))
    assert offers(play.wait(119)) == []
    assert offers(play.wait(1)) == [("t1", "knows little")]


def test_a_bare_skill_is_full_knowledge() -> None:
    play = Play(skill_steps=STEPS)
    play.desk("expert", "heat")
    assert offers(play.take("t1", "heat")) == [("t1", "expert")]


def test_what_relaxed_while_offered_is_relaxed_when_it_comes_back() -> None:
    play = Play(skill_steps=STEPS, offer_s=90)
    play.desk("expert", "heat:7")
    play.desk("knows some", "heat:2")
    play.take("t1", "heat")
    assert offers(play.wait(90)) == [("t1", "knows some")]


def test_a_level_that_is_no_level_is_refused() -> None:
    for skill in ("heat:", "heat:0", "heat:10", ":3", "heat:x"):
        with pytest.raises(errors.UnknownSkillLevel):
            Play().do(events.OperatorSignedIn("olga", (skill,)))


def test_the_last_universal_is_kept_free_while_a_specialist_is_expected() -> None:
    play = Play(reserve_universals=1, reserve_s=60)
    play.desk("specialist", "heat")
    play.desk("universal", "*")
    play.take("t1", "heat")
    play.accept("t1", "specialist")
    answer = play.take("t2", "heat")
    assert offers(answer) == []
    until = play.now + timedelta(seconds=60)
    assert effects.HeldForSpecialist("t2", "kiosk of t2", until) in answer
    assert offers(play.take("t3", "power")) == [("t3", "universal")]


def test_a_reservation_ends_after_its_time() -> None:
    play = Play(reserve_universals=1, reserve_s=60)
    play.desk("specialist", "heat")
    play.desk("universal", "*")
    play.take("t1", "heat")
    play.accept("t1", "specialist")
    play.take("t2", "heat")
    assert offers(play.wait(59)) == []
    assert offers(play.wait(1)) == [("t2", "universal")]


def test_a_reservation_ends_when_the_last_specialist_goes() -> None:
    play = Play(reserve_universals=1, reserve_s=60, wrapup_s=0)
    play.desk("specialist", "heat")
    play.desk("universal", "*")
    play.take("t1", "heat")
    play.accept("t1", "specialist")
    play.take("t2", "heat")
    play.do(events.StatusChosen("specialist", "break"))
    assert offers(play.do(events.SessionEnded("t1", "customer"))) == [("t2", "universal")]


def test_more_universals_than_are_reserved_serve_everybody_and_specialists_go_first() -> None:
    play = Play(reserve_universals=1, reserve_s=60)
    play.desk("first universal", "*")
    play.wait(5)
    play.desk("second universal", "*")
    play.desk("specialist", "heat")
    assert offers(play.take("t1", "heat")) == [("t1", "specialist")]
    assert offers(play.take("t2", "heat")) == [("t2", "first universal")]
    assert offers(play.take("t3", "heat")) == []
    assert offers(play.desk("third universal", "*")) == [("t3", "second universal")]


def test_without_a_reserve_a_universal_is_as_good_as_a_specialist() -> None:
    play = Play()
    play.desk("universal", "*")
    play.wait(1)
    play.desk("specialist", "heat")
    assert offers(play.take("t1", "heat")) == [("t1", "universal")]


def test_why_tells_of_a_reserved_operator() -> None:
    day = Day(1, reserve_universals=1, reserve_s=60)
    day.desk("specialist", "heat")
    day.desk("universal", "*")
    day.take("t1", "heat")
    day.accept("t1", "specialist")
    day.take("mine", "heat")
    day.take("other", "power")
    (called,) = why(day.entries, day.settings, "mine")
    assert called.reason is Reason.RESERVED


def test_two_who_come_free_in_one_moment_do_not_let_a_later_customer_pass() -> None:
    """A paused server wakes up: wrap-up of one and the offer of another are both over."""
    play = Play(offer_s=20, wrapup_s=20, misses_allowed=3)
    play.desk("olga", "consultation")
    play.desk("anna", "consultation")
    play.take("t1")
    anna_or_olga = play.queue.ticket("t1").operator_id or ""
    other = {"olga": "anna", "anna": "olga"}[anna_or_olga]
    play.accept("t1", anna_or_olga)
    play.do(events.SessionEnded("t1", "customer"))
    play.take("t2")
    assert play.queue.ticket("t2").operator_id == other
    play.now += timedelta(seconds=1)
    play.take("t3")
    play.now += timedelta(seconds=100)
    answer = play.do(events.TimePassed())
    assert offers(answer) == [("t2", anna_or_olga), ("t3", other)]


def test_one_universal_more_frees_the_one_who_speaks_the_language() -> None:
    play = Play(reserve_universals=1, reserve_s=60, wrapup_s=0)
    play.desk("russian universal", "*", languages=("ru",))
    play.take("t0", "power")
    play.accept("t0", "russian universal")
    play.desk("specialist", "heat", languages=("lv",))
    play.desk("latvian universal", "*", languages=("lv",))
    play.take("t1", "heat", language="lv")
    play.accept("t1", "specialist")
    assert offers(play.take("t2", "heat", language="lv")) == []
    assert offers(play.do(events.SessionEnded("t0", "customer"))) == [("t2", "latvian universal")]


def test_of_two_tickets_that_come_back_in_one_moment_the_more_urgent_is_offered_first() -> None:
    play = Play(offer_s=20, misses_allowed=1)
    play.desk("olga")
    play.desk("anna")
    play.take("walked in")
    play.take("in need", priority="special_need")
    play.wait(1)
    play.desk("vera")
    assert offers(play.wait(19)) == [("in need", "vera")]
    assert play.line() == ["walked in"]


def test_an_operator_who_signs_in_with_other_skills_serves_by_those() -> None:
    play = Play()
    play.desk("olga", "heat")
    assert offers(play.take("t1", "power")) == []
    play.do(events.OperatorSignedOut("olga"))
    assert offers(play.desk("olga", "power")) == [("t1", "olga")]


def test_a_universal_who_writes_with_somebody_is_not_idle_and_held_back_from_nobody() -> None:
    play = Play(channels={"video": 100, "chat": 40}, reserve_universals=1, reserve_s=600)
    for operator, skill in (("all", "*"), ("some", "consultation")):
        play.do(events.OperatorSignedIn(operator, (skill,), channels=("video", "chat")))
    play.do(events.StatusChosen("all", "available"))
    for ticket in ("c1", "c2"):
        play.take(ticket, channel="chat")
        play.accept(ticket, "all")
    play.do(events.StatusChosen("some", "available"))
    play.take("seen")
    play.accept("seen", "some")
    assert offers(play.take("c3", channel="chat")) == []
    assert offers(play.do(events.SessionEnded("c1", "customer"))) == [("c3", "all")]


@pytest.mark.parametrize("goes", ["refused", "transferred"])
def test_nobody_is_held_for_a_specialist_they_are_kept_from(goes: str) -> None:
    play = Play(reserve_universals=1, reserve_s=3600, wrapup_s=0, transfer_exclusion_s=900, refuse_backoff_s=900)
    play.desk("specialist", "consultation", "heat")
    play.desk("universal")
    play.take("t1")
    if goes == "refused":
        told = play.do(events.OfferRefused("t1", "specialist", "no"))
    else:
        play.accept("t1", "specialist")
        told = play.do(events.TicketTransferred("t1", "heat"))
    assert offers(told) == [("t1", "universal")]


def test_a_requirement_relaxes_from_when_the_ticket_waits_for_it() -> None:
    play = Play(skill_steps={"heat": ((0, 5), (180, 0))}, transfer_exclusion_s=0)
    play.desk("cashier", "payment")
    play.take("t1", "payment")
    play.accept("t1", "cashier")
    play.desk("other cashier", "payment")
    play.wait(300)
    play.desk("heater", "heat")
    assert offers(play.do(events.TicketTransferred("t1", "heat"))) == [("t1", "heater")]
    play = Play(skill_steps={"heat": ((0, 5), (180, 0))})
    play.take("t1", "heat")
    play.do(events.TicketParked("t1"))
    play.wait(600)
    play.desk("cashier", "payment")
    play.wait(1)
    play.desk("heater", "heat")
    assert offers(play.do(events.TicketReturned("t1"))) == [("t1", "heater")]
