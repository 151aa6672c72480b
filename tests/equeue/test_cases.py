"""One person, one case, one place in the line, told as short stories."""

import pytest

from equeue import effects, events
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import Play, offers


def call_back(play: Play, ticket: str, case: str) -> None:
    """A request without a kiosk."""
    play.take(ticket, priority="repeat_callback", case_id=case, kiosk_id="")


def test_a_repeated_request_merges_into_one_place_with_the_earliest_arrival_and_a_boost() -> None:
    play = Play(merge_requests=True, merge_boost_s=120)
    play.take("before everybody")
    play.wait(100)
    play.take("first", case_id="c1")
    play.wait(300)
    play.take("somebody")
    play.take("second", case_id="c1")
    assert play.ticket("first") is T.MERGED
    assert play.line() == ["second", "before everybody", "somebody"]


def test_the_boost_is_bounded() -> None:
    play = Play(merge_requests=True, merge_boost_s=120, merge_boost_cap_s=200)
    play.take("first")
    play.wait(201)
    for number in range(10):
        play.take(f"c{number}", case_id="c1")
    assert play.line() == ["first", "c9"]


def test_the_place_where_the_person_stands_leads_even_if_a_call_back_comes_later() -> None:
    play = Play(merge_requests=True)
    play.take("kiosk", case_id="c1")
    play.wait(10)
    call_back(play, "phone", "c1")
    assert play.line() == ["kiosk"]
    assert play.ticket("phone") is T.MERGED
    assert play.queue.ticket("kiosk").priority == "repeat_callback"


def test_a_request_during_an_offer_or_a_talk_merges_into_it() -> None:
    play = Play(merge_requests=True)
    play.desk("olga")
    play.desk("anna")
    play.take("first", case_id="c1")
    assert offers(play.take("second", case_id="c1")) == []
    play.accept("first", play.queue.ticket("first").operator_id or "")
    assert offers(play.take("third", case_id="c1")) == []
    play.do(events.SessionEnded("first", "customer"))
    assert [play.ticket(one) for one in ("second", "third")] == [T.CLOSED, T.CLOSED]
    assert len(offers(play.take("a new matter", case_id="c1"))) == 1


def test_somebody_who_walks_away_from_the_kiosk_is_called_back_at_the_same_place() -> None:
    play = Play(merge_requests=True)
    call_back(play, "phone", "c1")
    play.wait(10)
    play.take("other", priority="repeat_callback")
    play.take("kiosk", case_id="c1")
    play.do(events.TicketLeft("kiosk", "gone"))
    assert play.ticket("phone") is T.WAITING
    assert play.line() == ["phone", "other"]
    play.do(events.TicketReturned("kiosk"))
    assert play.line() == ["kiosk", "other"]


def test_a_merged_request_that_is_given_up_leaves_the_others_alone() -> None:
    play = Play(merge_requests=True)
    call_back(play, "phone", "c1")
    play.take("kiosk", case_id="c1")
    play.do(events.TicketLeft("phone", "no longer needed"))
    assert play.line() == ["kiosk"]
    play.do(events.TicketLeft("kiosk", "gone"))
    assert play.line() == []


def test_somebody_sent_for_papers_who_asks_again_stands_in_the_line_once() -> None:
    play = Play(merge_requests=True, park_limit_s=60)
    play.take("first", case_id="c1")
    play.do(events.TicketParked("first"))
    play.take("again", case_id="c1")
    play.wait(100)
    assert play.line() == ["again"]
    assert play.ticket("first") is T.MERGED


def test_where_the_settings_do_not_say_so_nothing_merges() -> None:
    play = Play(wrapup_s=0)
    play.take("t1", case_id="c1")
    play.take("t2", case_id="c1")
    assert play.line() == ["t1", "t2"]
    play.desk("olga")
    play.serve_at_once("t1", "olga")
    assert play.ticket("t2") is T.OFFERED


def test_people_without_a_case_never_merge() -> None:
    play = Play(merge_requests=True)
    play.take("t1")
    play.take("t2")
    assert play.line() == ["t1", "t2"]


def test_a_place_a_supervisor_gave_is_kept_when_requests_merge() -> None:
    play = Play(merge_requests=True, merge_boost_s=60)
    play.take("first")
    play.wait(500)
    play.take("kiosk", case_id="c1")
    play.do(events.TicketMovedAhead("kiosk", 600, "boss", "fainted"))
    call_back(play, "phone", "c1")
    assert play.line() == ["kiosk", "first"]


def test_when_nobody_is_found_at_the_kiosk_the_call_back_stands_up() -> None:
    play = Play(merge_requests=True, recall_limit_s=60, wrapup_s=0)
    play.desk("olga")
    play.take("kiosk", case_id="c1")
    play.accept("kiosk", "olga")
    call_back(play, "phone", "c1")
    play.do(events.CustomerMissing("kiosk"))
    assert play.ticket("phone") is T.MERGED
    assert offers(play.wait(60)) == [("phone", "olga")]


def phoned(play: Play, ticket: str, case: str) -> list[effects.Effect]:
    """Somebody asks to be called."""
    return play.do(events.CallBackAsked(ticket, "consultation", "walk_in", "ru", "north", case))


def caller(play: Play) -> None:
    play.do(events.OperatorSignedIn("olga", channels=("video", "phone")))
    play.do(events.StatusChosen("olga", "available"))


@pytest.mark.parametrize("ends", ["unanswered", "refused", "missed"])
def test_who_stands_at_a_kiosk_does_not_wait_beneath_a_call_that_came_to_nothing(ends: str) -> None:
    play = Play(merge_requests=True, wrapup_s=0, refuse_backoff_s=5, miss_backoff_s=5, misses_allowed=9)
    caller(play)
    phoned(play, "phone", "c1")
    if ends == "unanswered":
        play.accept("phone", "olga")
    play.take("kiosk", case_id="c1")
    if ends == "unanswered":
        told = play.do(events.CallBackUnanswered("phone"))
    else:
        if ends == "refused":
            play.do(events.OfferRefused("phone", "olga", "not now"))
        told = play.wait(6 if ends == "refused" else 26)
    assert offers(told) == [("kiosk", "olga")]
    play.accept("kiosk", "olga")
    play.do(events.SessionEnded("kiosk", "operator"))
    assert (play.ticket("kiosk"), play.ticket("phone")) == (T.CLOSED, T.CLOSED)


@pytest.mark.parametrize("gone", [events.TicketParked("kiosk"), events.CustomerMissing("kiosk")])
def test_who_went_home_from_the_line_and_asks_to_be_called_is_called(gone: events.Event) -> None:
    play = Play(merge_requests=True, wrapup_s=0)
    caller(play)
    play.take("kiosk", case_id="c1")
    play.accept("kiosk", "olga")
    play.do(gone)
    assert offers(phoned(play, "phone", "c1")) == [("phone", "olga")]


def test_who_was_away_when_another_request_took_over_is_away_still_when_that_is_given_up() -> None:
    play = Play(merge_requests=True, wrapup_s=0)
    play.desk("olga")
    play.take("papers", case_id="c1")
    play.accept("papers", "olga")
    play.do(events.TicketParked("papers"))
    play.do(events.StatusChosen("olga", "break"))
    play.take("again", case_id="c1")
    play.do(events.TicketLeft("again", "gone"))
    assert play.ticket("papers") is T.PARKED
    assert offers(play.do(events.StatusChosen("olga", "available"))) == []
    assert offers(play.do(events.TicketReturned("papers"))) == [("papers", "olga")]
    assert play.ticket("again") is T.ABANDONED


def test_somebody_called_in_and_late_leads_their_own_case_on() -> None:
    play = Play(merge_requests=True)
    play.desk("olga")
    play.take("t1", case_id="c1")
    play.accept("t1", "olga")
    play.do(events.CustomerMissing("t1"))
    play.do(events.WrapUpFinished("olga", "done"))
    play.do(events.DoorEntered("t1", "k1", "c1"))
    assert play.ticket("t1") in (T.WAITING, T.OFFERED)


def test_whom_a_person_was_passed_on_to_and_who_refused_them_goes_with_the_person() -> None:
    play = Play(merge_requests=True, wrapup_s=0, transfer_exclusion_s=600)
    for operator in ("first", "olga"):
        play.desk(operator)
    play.take("t1", case_id="c1")
    play.accept("t1", "first")
    play.take("busy")
    play.accept("busy", "olga")
    play.do(events.TicketTransferred("t1", operator_id="olga"))
    told = play.take("t2", case_id="c1")
    assert (play.ticket("t1"), play.queue.ticket("t2").person, offers(told)) == (T.MERGED, "olga", [])
    assert [one.operator_id for one in told if isinstance(one, effects.KeptForPerson)] == ["olga"]
    assert offers(play.do(events.SessionEnded("busy", "operator"))) == [("t2", "olga")]
