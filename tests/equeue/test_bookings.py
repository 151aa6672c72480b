"""Booked visits, told as short stories."""

from datetime import timedelta

import pytest

from equeue import effects, errors, events
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import MORNING, Play, offers


def book(play: Play, ticket: str, minutes: int, **more: str) -> list[effects.Effect]:
    """Book a visit for so many minutes after the beginning of the story."""
    slot = (MORNING + timedelta(minutes=minutes)).isoformat()
    given = {"priority": "booked", "case_id": None} | more
    return play.do(
        events.TicketBooked(ticket, "consultation", given["priority"], "ru", "north", slot, given["case_id"])
    )


def test_somebody_who_comes_early_waits_until_shortly_before_the_slot() -> None:
    play = Play(booking_early_s=600)
    play.desk("olga")
    book(play, "b1", minutes=60)
    answer = play.do(events.BookedCheckedIn("b1", "kiosk-7"))
    assert effects.TicketNumbered("b1", "kiosk-7", "A-001") in answer
    assert play.ticket("b1") is T.CHECKED_IN
    assert offers(play.wait(50 * 60 - 1)) == []
    assert offers(play.wait(1)) == [("b1", "olga")]


def test_on_time_priority_gathers_faster_than_for_those_who_walked_in() -> None:
    play = Play()
    book(play, "b1", minutes=30)
    play.wait(29 * 60)
    play.take("t1")
    play.wait(60)
    play.do(events.BookedCheckedIn("b1", "kiosk-7"))
    play.wait(119)
    assert play.line() == ["t1", "b1"]
    play.wait(2)
    assert play.line() == ["b1", "t1"]


def test_somebody_late_loses_the_boost_and_not_the_arrival() -> None:
    play = Play(booking_late_s=600)
    book(play, "b1", minutes=30)
    play.wait(41 * 60)
    play.do(events.BookedCheckedIn("b1", "kiosk-7"))
    arrived = play.now
    play.wait(1)
    play.take("t1")
    play.wait(3600)
    assert play.line() == ["b1", "t1"]
    assert play.queue.ticket("b1").priority == "walk_in"
    assert play.queue.ticket("b1").arrived == arrived


def test_somebody_who_never_checks_in_is_a_no_show() -> None:
    play = Play(booking_no_show_s=1800)
    book(play, "b1", minutes=30)
    play.wait(60 * 60 - 1)
    assert play.ticket("b1") is T.BOOKED
    play.wait(1)
    assert play.ticket("b1") is T.NO_SHOW


def test_somebody_who_comes_after_everybody_has_given_up_is_let_in_while_few_were_called_since() -> None:
    play = Play(booking_no_show_s=1800, recall_tickets=2)
    for name in ("b1", "b2"):
        book(play, name, minutes=30)
    play.wait(60 * 60)
    play.desk("olga")
    play.take("t1")
    play.serve("t1", "olga")
    play.do(events.BookedCheckedIn("b1", "kiosk-7"))
    assert offers(play.told)[-1] == ("b1", "olga")
    assert play.queue.ticket("b1").priority == "walk_in"
    play.serve("b1", "olga")
    with pytest.raises(errors.ReturnTooLate):
        play.do(events.BookedCheckedIn("b2", "kiosk-7"))


def test_after_an_hour_nobody_booked_is_let_in_however_few_were_called() -> None:
    play = Play(booking_no_show_s=1800, recall_limit_s=600)
    book(play, "b1", minutes=30)
    play.wait(60 * 60 + 601)
    with pytest.raises(errors.ReturnTooLate):
        play.do(events.BookedCheckedIn("b1", "kiosk-7"))


def test_nobody_checks_in_days_before() -> None:
    play = Play(booking_open_s=3600)
    book(play, "b1", minutes=120)
    with pytest.raises(errors.CheckInEarly):
        play.do(events.BookedCheckedIn("b1", "kiosk-7"))
    play.wait(60 * 60)
    play.do(events.BookedCheckedIn("b1", "kiosk-7"))
    assert play.ticket("b1") is T.CHECKED_IN


def test_who_leaves_the_kiosk_before_the_slot_is_near_keeps_booking_and_number() -> None:
    play = Play(booking_early_s=600)
    play.desk("olga")
    book(play, "b1", minutes=60)
    play.do(events.BookedCheckedIn("b1", "kiosk-7"))
    number = play.queue.ticket("b1").number
    play.do(events.BookedWentAway("b1"))
    assert (play.ticket("b1"), play.queue.ticket("b1").kiosk_id) == (T.BOOKED, "")
    assert offers(play.wait(55 * 60)) == []
    assert offers(play.do(events.BookedCheckedIn("b1", "kiosk-8"))) == [("b1", "olga")]
    assert (play.queue.ticket("b1").number, play.queue.ticket("b1").kiosk_id) == (number, "kiosk-8")


def test_a_moved_visit_is_expected_at_its_new_time_alone() -> None:
    play = Play(booking_no_show_s=1800)
    book(play, "b1", minutes=30)
    play.do(events.BookingMoved("b1", (MORNING + timedelta(minutes=300)).isoformat()))
    play.wait(70 * 60)
    assert play.ticket("b1") is T.BOOKED
    play.wait(260 * 60)
    assert play.ticket("b1") is T.NO_SHOW
    with pytest.raises(errors.IllegalMove):
        play.do(events.BookingMoved("b1", (MORNING + timedelta(minutes=900)).isoformat()))
    play = Play()
    book(play, "b1", minutes=30)
    before = play.queue.picture()
    with pytest.raises(errors.BadSlot):
        play.do(events.BookingMoved("b1", "2026-11-01T10:00:00+00:00"))
    assert play.queue.picture() == before


def test_where_a_booking_holds_at_its_own_place_alone_another_place_refuses_it() -> None:
    play = Play(return_anywhere=False)
    book(play, "b1", minutes=30)
    with pytest.raises(errors.ReturnElsewhere):
        play.do(events.BookedCheckedIn("b1", "kiosk-7", "south"))
    play.do(events.BookedCheckedIn("b1", "kiosk-7", "north"))
    assert play.ticket("b1") is T.CHECKED_IN


def test_a_booking_can_be_cancelled_and_does_not_come_back() -> None:
    play = Play()
    book(play, "b1", minutes=30)
    play.do(events.TicketLeft("b1", "cancelled"))
    assert play.ticket("b1") is T.CLOSED
    with pytest.raises(errors.IllegalMove):
        play.do(events.TicketReturned("b1"))


def test_a_booking_merges_with_the_same_person_waiting_only_once_its_slot_is_near() -> None:
    play = Play(booking_early_s=600, merge_requests=True)
    book(play, "b1", minutes=30, case_id="c1")
    play.take("t1", case_id="c1")
    play.do(events.BookedCheckedIn("b1", "kiosk-7"))
    assert play.line() == ["t1"]
    play.wait(20 * 60)
    assert play.line() == ["b1"]
    assert play.ticket("t1") is T.MERGED
    assert play.queue.ticket("b1").arrived == MORNING


def test_a_slot_that_is_over_too_far_away_or_no_moment_is_refused() -> None:
    for slot in ("tomorrow", "2026-11-02T10:00:00", "2026-11-01T10:00:00+00:00", "9999-12-31T23:59:59+00:00"):
        with pytest.raises(errors.BadSlot):
            Play().do(events.TicketBooked("b1", "consultation", "booked", "ru", "north", slot))
    play = Play()
    with pytest.raises(errors.UnknownPriority):
        book(play, "b1", minutes=30, priority="friend")
    play.take("t1")
    with pytest.raises(errors.TicketExists):
        book(play, "t1", minutes=30)


def test_no_wait_is_promised_before_the_slot() -> None:
    play = Play()
    play.desk("olga")
    book(play, "b1", minutes=30)
    assert play.queue.wait_band("b1") is None
    assert play.queue.ahead_of("b1") == 0


def test_who_is_late_loses_what_the_booking_gave_and_not_what_they_declared() -> None:
    play = Play(booking_late_s=600)
    book(play, "late", 0)
    book(play, "late and in need", 0, priority="special_need")
    play.wait(660)
    for ticket in ("late", "late and in need"):
        play.do(events.BookedCheckedIn(ticket, "k1"))
    assert play.queue.ticket("late").priority == "walk_in"
    assert play.queue.ticket("late and in need").priority == "special_need"


def test_a_visit_moved_to_another_day_gets_a_number_of_that_day() -> None:
    play = Play()
    book(play, "moved", 120)
    play.do(events.BookedCheckedIn("moved", "k1"))
    play.do(events.BookedWentAway("moved"))
    first = play.queue.ticket("moved").number
    play.do(events.BookingMoved("moved", (MORNING + timedelta(days=1)).isoformat()))
    play.wait(86_400 - 60)
    play.take("another")
    play.do(events.BookedCheckedIn("moved", "k1"))
    numbers = [play.queue.ticket(one).number for one in ("moved", "another")]
    assert len({*numbers, first}) == 3  # the first was in use when the day began
