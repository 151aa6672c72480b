"""What happens to customers, told as short stories."""

import pytest

from equeue import errors, events
from equeue.operator_states import OperatorState as Op
from equeue.ticket_states import TicketState as T
from equeue.why import Reason, why
from tests.equeue.days import Day
from tests.equeue.playbook import Play, offers, withdrawn


def test_customers_of_one_class_are_called_in_the_order_they_came_from_whatever_town() -> None:
    play = Play()
    for name, centre in (("t1", "north"), ("t2", "south"), ("t3", "north")):
        play.take(name, centre=centre)
        play.wait(1)
    assert play.line() == ["t1", "t2", "t3"]
    assert offers(play.desk("olga")) == [("t1", "olga")]
    assert offers(play.serve("t1", "olga")) == [("t2", "olga")]


def test_declared_special_need_gathers_priority_three_times_as_fast() -> None:
    play = Play()
    play.take("walked in")
    play.wait(100)
    play.take("needs more", priority="special_need")
    play.wait(49)
    assert play.line() == ["walked in", "needs more"]
    play.wait(2)
    assert play.line() == ["needs more", "walked in"]


def test_a_supervisor_can_speed_up_a_centre_for_those_already_waiting() -> None:
    play = Play()
    play.take("first", centre="north")
    play.wait(60)
    play.take("second", centre="south")
    play.wait(60)
    assert play.line() == ["first", "second"]
    play.do(events.CentreFactorChanged("south", 300, "boss", "flooded office"))
    assert play.line() == ["second", "first"]


def test_a_supervisor_can_move_one_customer_ahead_and_everybody_is_told_why() -> None:
    day = Day(1)
    day.take("first")
    day.wait(60)
    day.take("faint")
    for ticket, seconds in (("faint", 0), ("nobody", 60)):
        with pytest.raises((errors.IllegalMove, errors.UnknownTicket)):
            day.do(events.TicketMovedAhead(ticket, seconds, "boss", "fainted"))
    day.do(events.TicketMovedAhead("faint", 61, "boss", "fainted"))
    assert day.line() == ["faint", "first"]
    day.desk("olga")
    (called,) = why(day.entries, day.settings, "first")
    assert called.reason is Reason.MOVED


def test_settings_changed_in_the_day_hold_for_those_already_waiting() -> None:
    play = Play()
    play.take("first")
    play.wait(60)
    play.take("second", priority="booked")
    play.wait(60)
    assert play.line() == ["first", "second"]
    play.do(events.SettingsChanged("[slopes]\nwalk_in = 1\nbooked = 5"))
    assert play.line() == ["second", "first"]
    before = play.queue.picture()
    with pytest.raises(errors.SettingsError):
        play.do(events.SettingsChanged("offer_s = 0"))
    assert play.queue.picture() == before


def test_a_ticket_goes_only_to_somebody_with_its_skill_language_and_supplier() -> None:
    play = Play()
    play.desk("heat", "heat", languages=("ru",))
    play.desk("latvian", "consultation", languages=("lv",))
    play.desk("other supplier", "consultation", suppliers=("gas",))
    assert offers(play.take("t1", supplier="power")) == []
    assert offers(play.desk("right", "consultation", languages=("ru", "lv"), suppliers=("power",))) == [("t1", "right")]


def test_somebody_who_left_and_is_back_within_the_window_has_the_old_place() -> None:
    play = Play(return_window_s=300)
    play.take("t1")
    play.wait(1)
    play.take("t2")
    play.do(events.TicketLeft("t1", "walked off"))
    assert play.line() == ["t2"]
    play.wait(300)
    play.do(events.TicketReturned("t1"))
    assert play.line() == ["t1", "t2"]


def test_somebody_who_left_for_longer_takes_a_new_ticket() -> None:
    play = Play(return_window_s=300)
    play.take("t1")
    play.do(events.TicketLeft("t1", "walked off"))
    play.wait(301)
    with pytest.raises(errors.ReturnTooLate):
        play.do(events.TicketReturned("t1"))


def test_somebody_sent_for_papers_keeps_the_place_and_the_operator_goes_on() -> None:
    play = Play(wrapup_s=0)
    play.desk("olga")
    play.take("t1")
    play.wait(1)
    play.take("t2")
    play.take("t3")
    play.accept("t1", "olga")
    assert offers(play.do(events.TicketParked("t1"))) == [("t2", "olga")]
    assert play.ticket("t1") is T.PARKED
    play.wait(10)
    play.do(events.TicketReturned("t1"))
    assert play.line()[0] == "t1"


def test_nobody_comes_back_from_fetching_papers_after_the_limit() -> None:
    play = Play(park_limit_s=1800)
    play.take("t1")
    play.do(events.TicketParked("t1"))
    play.wait(1800)
    assert play.ticket("t1") is T.ABANDONED


def test_a_transferred_customer_keeps_the_original_arrival() -> None:
    """Genesys resets the base on transfer: a known grievance."""
    play = Play()
    play.desk("olga", "consultation")
    play.take("t1")
    play.accept("t1", "olga")
    play.wait(60)
    play.take("t2", service="sealing")
    play.do(events.TicketTransferred("t1", service="sealing"))
    assert play.operator("olga") is Op.WRAPUP
    assert offers(play.desk("seals", "sealing")) == [("t1", "seals")]


def test_a_transferred_customer_does_not_come_back_to_who_passed_them_on() -> None:
    play = Play()
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.TicketTransferred("t1", service="sealing"))
    assert offers(play.do(events.WrapUpFinished("olga", "passed on"))) == []
    assert play.operator("olga") is Op.AVAILABLE


def test_leaving_in_a_session_is_an_end_of_the_session_and_refused_here() -> None:
    play = Play()
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    with pytest.raises(errors.IllegalMove):
        play.do(events.TicketLeft("t1", "gone"))


def test_a_second_ticket_of_the_same_id_and_an_unknown_class_are_refused() -> None:
    play = Play()
    play.take("t1")
    with pytest.raises(errors.TicketExists):
        play.take("t1")
    with pytest.raises(errors.UnknownPriority):
        play.take("t2", priority="friend of the boss")
    assert play.line() == ["t1"]


def test_an_ended_ticket_can_be_asked_about_for_a_day_and_then_is_gone() -> None:
    play = Play(keep_ended_s=86_400)
    play.take("t1")
    play.do(events.TicketLeft("t1", "gone"))
    play.wait(86_399)
    assert play.ticket("t1") is T.ABANDONED
    play.wait(1)
    with pytest.raises(errors.UnknownTicket):
        play.ticket("t1")


def test_a_parked_customer_who_leaves_is_gone() -> None:
    play = Play()
    play.take("t1")
    play.do(events.TicketParked("t1"))
    assert withdrawn(play.do(events.TicketLeft("t1", "gone"))) == []
    assert play.ticket("t1") is T.ABANDONED


@pytest.mark.parametrize(
    "event",
    [
        events.TicketMovedAhead("t1", 365 * 86_400 + 1, "boss", "fainted"),
        events.TicketMovedAhead("t1", 10**400, "boss", "fainted"),
        events.CentreFactorChanged("north", 10_001, "boss", "flood"),
        events.CentreFactorChanged("north", 10**400, "boss", "flood"),
        events.SettingsChanged("services = " + "[" * 3000 + "]" * 3000),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_is_beyond_measure_is_refused_before_anything_changes(event: events.Event) -> None:
    play = Play()
    play.take("t1")
    before = play.queue.picture()
    with pytest.raises(errors.QueueError):
        play.do(event)
    assert play.queue.picture() == before
    play.do(events.TicketLeft("t1", "gone"))
    assert play.line() == []


def test_the_furthest_move_and_the_fastest_and_slowest_centre_are_followed() -> None:
    play = Play()
    play.desk("olga", "heat")
    play.take("t1")
    play.do(events.TicketMovedAhead("t1", 365 * 86_400, "boss", "fainted"))
    for percent, held in ((10_000, 10_000), (1, 1), (0, 1), (-(10**400), 1)):
        play.do(events.CentreFactorChanged("north", percent, "boss", "flood"))
        assert play.queue.centre_percent("north") == held
    assert play.line() == ["t1"]
