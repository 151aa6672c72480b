"""Why others were called before."""

from dataclasses import replace

import pytest

from equeue import events
from equeue.ticket_states import TicketState
from equeue.why import Reason, why
from tests.equeue.days import Day


def reasons(day: Day, ticket: str) -> list[tuple[str, Reason]]:
    """(number, reason) of everybody called before a ticket."""
    return [(one.number, one.reason) for one in why(day.entries, day.settings, ticket)]


def test_everybody_called_before_has_a_reason() -> None:
    day = Day(1, wrapup_s=0, refuse_backoff_s=600)
    day.take("early")
    day.take("for power", service="payment")
    day.wait(300)
    day.take("mine")
    day.wait(1)
    day.take("in need", priority="special_need")
    day.take("late")
    day.wait(149)
    day.desk("olga", "consultation")
    day.desk("cashier", "payment")
    day.serve_at_once("early", "olga")
    day.serve_at_once("in need", "olga")
    day.do(events.OfferRefused("mine", "olga", "cannot"))
    day.desk("anna")
    day.accept("mine", "anna")
    day.do(events.SessionEnded("mine", "customer"))
    assert reasons(day, "mine") == [
        ("A-001", Reason.CAME_EARLIER),
        ("B-001", Reason.OTHER_OPERATOR),
        ("A-003", Reason.PUBLISHED_RULE),
        ("A-004", Reason.KEPT_FROM),
    ]


def test_a_centre_that_a_supervisor_lets_go_faster_is_named_as_the_reason() -> None:
    day = Day(1)
    day.take("mine")
    day.wait(60)
    day.take("other", centre="south")
    day.take("in need", centre="south", priority="special_need")
    day.do(events.CentreFactorChanged("south", 300, "boss", "outage"))
    day.wait(300)
    day.desk("olga")
    day.serve("in need", "olga")
    assert reasons(day, "mine") == [("A-003", Reason.PUBLISHED_RULE), ("A-002", Reason.CENTRE)]


def test_who_was_away_is_told_so() -> None:
    day = Day(1)
    day.take("mine")
    day.do(events.TicketParked("mine"))
    day.take("other")
    day.desk("olga")
    assert reasons(day, "mine") == [("A-002", Reason.WAS_AWAY)]


def test_a_sentence_never_tells_what_another_declared() -> None:
    for priority in ("booked", "repeat_callback", "special_need"):
        day = Day(1)
        day.take("mine")
        day.wait(1)
        day.take("other", priority=priority)
        day.wait(60)
        day.desk("olga")
        (called,) = why(day.entries, day.settings, "mine")
        assert called.sentence == "A-002 was called before by a published rule of priority."


@pytest.mark.parametrize("seed", range(6))
def test_on_days_made_up_by_chance_every_call_has_a_rule(seed: int) -> None:
    more = {"skill_steps": {"heat": ((0, 5), (60, 0))}, "reserve_universals": 1} if seed % 2 else {}
    day, explained = Day(seed, wrapup_s=20, misses_allowed=2, **more).run(250), 0
    for ticket in [one.id for one in day.queue._floor.tickets.values()][::5]:
        for called in why(day.entries, day.settings, ticket):
            assert called.reason is not Reason.UNEXPLAINED
            explained += 1
    assert explained > 20
    assert any(one.state is TicketState.CLOSED for one in day.queue._floor.tickets.values())


@pytest.mark.parametrize("seed", range(3))
def test_who_reads_the_sentences_cannot_tell_a_special_need_from_a_booking(seed: int) -> None:
    """The same day twice, once with every special need made a booking of the same weight: not a word differs."""
    slopes = {"walk_in": 1.0, "booked": 3.0, "repeat_callback": 3.0, "special_need": 3.0}
    day = Day(seed, wrapup_s=20, misses_allowed=2, slopes=slopes).run(80)
    other = Day(seed, wrapup_s=20, misses_allowed=2, slopes=slopes)
    for moment, event in day.log:
        other.now = moment
        if isinstance(event, events.TicketTaken) and event.priority == "special_need":
            event = replace(event, priority="booked")
        other.do(event)
    told = 0
    for ticket in [event.ticket_id for _, event in day.log if isinstance(event, events.TicketTaken)][::2]:
        sentences = [one.sentence for one in why(day.entries, day.settings, ticket)]
        assert sentences == [one.sentence for one in why(other.entries, other.settings, ticket)]
        for word in ("special", "need", "disab", "booked", "call-back"):
            assert not any(word in one for one in sentences)
        told += len(sentences)
    assert told > 20


def test_who_waited_outside_or_for_an_agreed_time_is_told_so() -> None:
    day = Day(1)
    day.do(events.DoorTicketTaken("at the door", "consultation", "walk_in", "ru", "north", "kiosk"))
    day.do(
        events.CallBackAsked("later", "consultation", "walk_in", "ru", "north", not_before="2026-11-02T12:00:00+00:00")
    )
    day.take("other")
    day.desk("olga")
    assert reasons(day, "at the door") == [(day.queue.ticket("other").number, Reason.OUTSIDE)]
    assert reasons(day, "later") == [(day.queue.ticket("other").number, Reason.NOT_YET_DUE)]


def test_who_went_and_never_came_back_is_explained_though_the_queue_has_forgotten_them() -> None:
    day = Day(1)
    day.take("before")
    day.take("mine")
    day.desk("olga")
    day.serve("before", "olga")
    day.do(events.TicketLeft("mine", "tired"))
    day.wait(day.settings.keep_ended_s + day.settings.return_window_s + 60)
    day.take("next day")
    assert reasons(day, "mine") == [("A-001", Reason.CAME_EARLIER)]


def test_a_chat_beside_another_one_left_no_room_for_who_came_to_be_seen() -> None:
    day = Day(1)
    day.do(events.OperatorSignedIn("olga", channels=("video", "chat")))
    day.do(events.StatusChosen("olga", "available"))
    day.take("first chat", channel="chat")
    day.accept("first chat", "olga")
    day.take("mine")
    day.take("second chat", channel="chat")
    day.accept("second chat", "olga")
    day.take("third chat", channel="chat")
    assert {reason for _, reason in reasons(day, "mine")} == {Reason.NO_ROOM}


def test_a_supervisors_move_is_told_though_the_person_asked_again_since() -> None:
    day = Day(1, merge_requests=True)
    day.take("mine")
    day.wait(100)
    day.take("friend", case_id="c1")
    day.do(events.TicketMovedAhead("friend", 3600, "boss", "ill"))
    day.take("again", case_id="c1")
    day.desk("olga")
    assert [reason for _, reason in reasons(day, "mine")] == [Reason.MOVED]
