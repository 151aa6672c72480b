"""Room beside conversations, kept for somebody who needs more of it than a desk has left; told as short stories."""

from __future__ import annotations

import heapq
import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equeue import effects, events
from equeue.effects import Effect
from equeue.proof import verify
from equeue.ticket_states import TicketState as T
from equeue.why import Reason, why
from tests.equeue.days import Day
from tests.equeue.playbook import MORNING, Play, offers

ALL = ("video", "phone", "chat")


def house(**more: object) -> Day:
    """Keeps room for half an hour, for whoever has waited for two minutes."""
    return Day(1, **{"room_s": 1800, "room_after_s": 120, "wrapup_s": 0, "misses_allowed": 100} | more)


def desk(play: Play, operator: str, *chats: str, channels: tuple[str, ...] = ALL) -> list[Effect]:
    """An operator who writes with these."""
    play.desk(operator, channels=channels)
    for ticket in chats:
        write(play, ticket)
        play.accept(ticket, operator)
    return []


def write(play: Play, ticket: str) -> list[Effect]:
    """Somebody begins to write."""
    return play.take(ticket, channel="chat", kiosk_id="")


def seconds(play: Play) -> float:
    """Since the morning."""
    return (play.now - MORNING).total_seconds()


def kept(answer: list[Effect]) -> list[tuple[str, str, float]]:
    """(ticket, operator, for how many seconds) of all room that is kept from now on."""
    return [
        (one.ticket_id, one.operator_id, (one.until - MORNING).total_seconds())
        for one in answer
        if isinstance(one, effects.RoomKept)
    ]


def test_chats_never_pass_somebody_at_a_kiosk_for_ever() -> None:
    play = house()
    desk(play, "olga", "c1", "c2", "c3")
    play.take("seen")
    play.wait(120)
    assert offers(write(play, "c4")) == []
    answer = play.do(events.SessionEnded("c1", "customer"))
    assert (offers(answer), kept(answer)) == ([], [("seen", "olga", 120 + 1800)])
    play.do(events.SessionEnded("c2", "customer"))
    assert offers(play.do(events.SessionEnded("c3", "customer"))) == [("seen", "olga")]
    play.accept("seen", "olga")
    assert offers(play.do(events.SessionEnded("seen", "customer"))) == [("c4", "olga")]


def test_nobody_is_kept_room_for_before_they_have_waited_or_where_no_room_is_set() -> None:
    for settings_of, seconds in ({}, 119), ({"room_s": 0}, 4000):
        play = house(**settings_of)
        desk(play, "olga", "c1", "c2", "c3")
        play.take("seen")
        play.wait(seconds)
        write(play, "c4")
        assert offers(play.do(events.SessionEnded("c1", "customer"))) == [("c4", "olga")]


def test_room_is_kept_where_the_least_has_to_end_and_other_desks_go_on() -> None:
    play = house()
    desk(play, "anna", "c1", "c2")
    play.do(events.ChannelsChosen("anna", ("video",)))
    desk(play, "olga", "c3")
    play.do(events.ChannelsChosen("anna", ALL))
    play.take("seen")
    play.wait(200)
    answer = write(play, "c4")
    assert (kept(answer), offers(answer)) == ([("seen", "olga", 2000)], [("c4", "anna")])
    play.accept("c4", "anna")
    assert offers(write(play, "c5")) == []
    assert offers(play.do(events.SessionEnded("c3", "customer"))) == [("seen", "olga")]


def test_whoever_is_served_by_a_desk_that_only_talks_waits_for_it() -> None:
    play = house()
    play.desk("anna")
    play.take("t1")
    play.accept("t1", "anna")
    desk(play, "olga", "c1")
    play.take("seen")
    play.wait(200)
    assert offers(write(play, "c2")) == [("c2", "olga")]
    play.accept("c2", "olga")
    assert offers(play.do(events.SessionEnded("t1", "customer"))) == [("seen", "anna")]


@pytest.mark.parametrize("why_not", ["a break is next", "its talk has no end"])
def test_a_desk_that_will_not_take_them_is_not_waited_for(why_not: str) -> None:
    play = house()
    play.desk("anna")
    play.take("t1")
    play.accept("t1", "anna")
    play.take("seen")
    if why_not == "a break is next":
        play.do(events.NextStatusChosen("anna", "break", "lunch"))
    desk(play, "olga", channels=("chat",))
    play.wait(200)
    write(play, "c1")
    play.accept("c1", "olga")
    play.do(events.ChannelsChosen("olga", ALL))
    if why_not == "its talk has no end":
        play.wait(1600)
    answer = write(play, "c2")
    assert offers(answer) == []
    assert [one[:2] for one in kept(answer)] == [("seen", "olga")]


def test_when_the_time_is_over_others_come_for_as_long_and_then_room_is_kept_again() -> None:
    play = house(room_s=600)
    desk(play, "olga", "endless", "c1")
    play.take("seen")
    play.wait(200)
    assert offers(write(play, "c2")) == []
    assert offers(play.wait(599)) == []
    assert offers(play.wait(1)) == [("c2", "olga")]
    play.accept("c2", "olga")
    play.do(events.SessionEnded("c1", "customer"))
    assert offers(write(play, "c3")) == [("c3", "olga")]
    play.accept("c3", "olga")
    play.wait(600)
    play.do(events.SessionEnded("c2", "customer"))
    answer = write(play, "c4")
    assert (offers(answer), [one[:2] for one in kept(answer)]) == ([], [("seen", "olga")])


@pytest.mark.parametrize("goes", ["left", "parked", "elsewhere", "home"])
def test_room_is_given_back_when_it_is_not_needed_any_more(goes: str) -> None:
    play = house()
    desk(play, "olga", "c1")
    play.take("seen")
    play.wait(200)
    assert offers(write(play, "c2")) == []
    going = {
        "left": lambda: play.do(events.TicketLeft("seen", "gone")),
        "parked": lambda: play.do(events.TicketParked("seen")),
        "home": lambda: play.do(events.CallBackWished("seen", (play.now + timedelta(hours=1)).isoformat())),
        "elsewhere": lambda: play.desk("anna"),
    }
    answer = going[goes]()
    assert offers(answer) == ([("seen", "anna")] if goes == "elsewhere" else []) + [("c2", "olga")]
    assert play.queue.operator("olga").room_for == ""


def test_room_goes_to_another_desk_when_this_one_will_have_a_break() -> None:
    play = house()
    desk(play, "olga", "c1")
    desk(play, "anna", channels=("chat",))
    write(play, "c2")
    play.do(events.OfferRefused("c2", "olga", "no"))
    play.accept("c2", "anna")
    play.take("seen")
    play.do(events.ChannelsChosen("anna", ALL))
    play.wait(200)
    assert kept(write(play, "c3"))[0][:2] == ("seen", "anna")
    first = play.queue.ticket("c3").operator_id or ""
    assert first == "olga"
    play.accept("c3", "olga")
    play.do(events.StatusChosen("anna", "break", "lunch"))
    answer = write(play, "c4")
    assert (offers(answer), [one[:2] for one in kept(answer)]) == ([], [("seen", "olga")])
    assert play.queue.operator("anna").room_for == ""


def test_who_stands_before_them_still_comes_and_the_proof_and_why_know_it() -> None:
    day = house()
    desk(day, "olga", "older", "c1", "c2")
    day.do(events.TicketParked("older"))
    day.take("seen")
    day.wait(200)
    assert offers(write(day, "mine")) == []
    assert offers(day.do(events.TicketReturned("older"))) == [("older", "olga")]
    day.accept("older", "olga")
    for ticket in ("older", "c1", "c2"):
        answer = day.do(events.SessionEnded(ticket, "customer"))
    assert offers(answer) == [("seen", "olga")]
    reasons = [(one.number, one.reason) for one in why(day.entries, day.settings, "mine")]
    assert reasons == [("A-001", Reason.CAME_EARLIER), ("A-004", Reason.CAME_EARLIER)]
    assert verify(day.entries, day.settings).holds


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(0, 10_000), st.sampled_from((60, 100, 150)))
def test_whatever_chats_come_nobody_who_has_waited_is_passed_while_no_desk_will_take_them(
    desks: int, seed: int, gap: int
) -> None:
    """And so somebody at a kiosk waits for what goes on at one desk, and for no more."""
    play, chance, talks = house(), random.Random(seed), list[tuple[float, str]]()

    def happens(event: events.Event) -> None:
        waits = play.ticket("seen") is T.WAITING if play.queue.knows("seen") else False
        due = waits and (play.now - play.queue.ticket("seen").arrived).total_seconds() >= 120
        nowhere = all(one.shared for one in play.queue.operators())
        for ticket, operator in offers(play.do(event)):
            later = ticket != "seen" and int(ticket) > 20
            if due and nowhere and later and play.ticket("seen") is T.WAITING:
                assert play.queue.ticket("seen").room_at not in ("", operator)
            heapq.heappush(talks, (seconds(play) + chance.uniform(60, 600), ticket))
            happens(events.OfferAccepted(ticket, operator))

    for one in range(desks):
        play.desk(f"o{one}", channels=ALL)
    number = 0
    while number <= 20 or play.ticket("seen") is T.WAITING:
        number += 1
        happens(events.TicketTaken(f"{number}", "consultation", "walk_in", "ru", "north", "", channel="chat"))
        if number == 20:
            happens(events.TicketTaken("seen", "consultation", "walk_in", "ru", "north", "kiosk"))
        then = seconds(play) + chance.expovariate(1 / gap)
        while talks and talks[0][0] <= then:
            end, ticket = heapq.heappop(talks)
            play.wait(max(0, end - seconds(play)))
            happens(events.SessionEnded(ticket, "customer"))
        play.wait(max(0, then - seconds(play)))
    assert seconds(play) < 24 * 3600
