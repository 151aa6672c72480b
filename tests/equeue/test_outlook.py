"""What waiting customers are told."""

import pytest

from equeue import events
from equeue.waits import wait_band
from tests.equeue.playbook import Play


def busy_play() -> Play:
    """Two operators in talks, three customers waiting."""
    play = Play()
    for name in ("olga", "anna"):
        play.desk(name)
        play.take(f"with {name}")
        play.accept(f"with {name}", name)
    for number in range(3):
        play.take(f"t{number}")
        play.wait(1)
    return play


def test_the_band_follows_the_number_ahead_and_the_operators_who_fit() -> None:
    play = busy_play()
    for number in range(3):
        assert play.queue.wait_band(f"t{number}") == pytest.approx(wait_band(number, 2, 300))


def test_a_band_shrinks_when_somebody_ahead_leaves_and_gives_no_reason() -> None:
    """re:Post: the estimate is not made anew for a contact already waiting."""
    play = busy_play()
    first = play.queue.wait_band("t2")
    play.do(events.TicketLeft("t0", "gone"))
    second = play.queue.wait_band("t2")
    assert first is not None
    assert second is not None
    assert second < first
    assert play.queue.wait_rise_reason("t2") is None


def test_somebody_more_urgent_is_a_reason() -> None:
    play = busy_play()
    play.wait(60)
    play.queue.wait_band("t2", play.now)
    play.take("urgent", priority="special_need")
    play.wait(60)
    play.queue.wait_band("t2", play.now)
    assert play.queue.wait_rise_reason("t2") == "more_urgent_ahead"


@pytest.mark.parametrize(("talk_s", "reason"), [(320, None), (900, "longer_talks")])
def test_longer_talks_are_a_reason_but_a_little_longer_is_not_told(talk_s: int, reason: str | None) -> None:
    play = Play(handling_prior_weight=1, wrapup_s=0, refuse_backoff_s=3600)
    play.desk("olga")
    for name in ("t0", "t1"):
        play.take(name)
        play.do(events.OfferRefused(name, "olga", "cannot"))
    play.take("short")
    play.accept("short", "olga")
    first = play.queue.wait_band("t1", play.now)
    play.wait(talk_s)
    play.do(events.SessionEnded("short", "customer"))
    second = play.queue.wait_band("t1", play.now)
    assert play.queue.wait_rise_reason("t1") == reason
    assert (second == first) == (reason is None)


def test_customers_for_other_specialists_are_not_ahead_and_half_as_much_with_half_their_operators() -> None:
    play = Play()
    for name, skills in (("heat", ("heat",)), ("both", ("heat", "power")), ("gas", ("gas",))):
        play.desk(name, *skills)
        play.take(f"with {name}", service=skills[0])
        play.accept(f"with {name}", name)
    play.take("h1", service="heat")
    play.take("h2", service="heat")
    play.take("g1", service="gas")
    play.take("p1", service="power")
    assert [play.queue.ahead_of(one) for one in ("h2", "g1", "p1")] == [1, 0, 2]
    # Of the two with heat ahead of p1, "both" will take one.
    assert play.queue.wait_band("p1") == pytest.approx(wait_band(1, 1, 300))


def test_nobody_at_work_is_said_and_not_computed() -> None:
    play = Play()
    play.take("t1")
    assert play.queue.wait_band("t1") is None
    assert play.queue.wait_rise_reason("t1") == "nobody_at_work"


def test_somebody_who_is_offered_waits_no_more() -> None:
    play = Play()
    play.desk("olga")
    play.take("t1")
    assert play.queue.wait_band("t1") == (0, 0)


def test_after_an_offer_that_came_to_nothing_nobody_is_told_more_than_before_it() -> None:
    play = Play(handling_prior_weight=20, wrapup_s=0, refuse_backoff_s=3600)
    for name in ("olga", "anna"):
        play.desk(name)
        play.take(f"with {name}")
        play.accept(f"with {name}", name)
    play.take("t1")
    before = play.queue.wait_band("t1")
    play.wait(400)
    play.do(events.SessionEnded("with olga", "operator"))  # a little longer than usual: no reason to be told more
    assert play.queue.wait_band("t1") == (0, 0)
    play.do(events.OfferRefused("t1", "olga", "cannot"))
    assert play.queue.wait_band("t1") == before
    assert play.queue.wait_rise_reason("t1") == "offer_ended"  # for it was said that somebody had been found
    assert play.queue.wait_band("t1") == before
    assert play.queue.wait_rise_reason("t1") == "offer_ended"


def test_whoever_asks_second_is_told_the_reason_too_until_the_wait_is_shorter() -> None:
    play = busy_play()
    play.queue.wait_band("t2", play.now)
    play.take("urgent", priority="special_need")
    play.wait(60)
    for _ in range(2):
        play.queue.wait_band("t2", play.now)
        assert play.queue.wait_rise_reason("t2") == "more_urgent_ahead"
    play.do(events.TicketLeft("urgent", "gone"))
    play.queue.wait_band("t2", play.now)
    assert play.queue.wait_rise_reason("t2") is None


def test_a_wait_told_for_the_first_time_after_an_offer_has_a_reason() -> None:
    play = Play(refuse_backoff_s=3600)
    play.desk("olga")
    play.take("t1")
    assert play.queue.wait_band("t1") == (0, 0)
    assert play.queue.wait_rise_reason("t1") is None
    play.do(events.OfferRefused("t1", "olga", "cannot"))
    assert play.queue.wait_band("t1") == pytest.approx(wait_band(0, 1, 300))
    assert play.queue.wait_rise_reason("t1") == "offer_ended"


def one_person_twice() -> Play:
    """Everybody is in a talk; somebody was told a wait for one request and has now another one, which leads."""
    play = Play(merge_requests=True)
    for name, skill in (("p0", "payment"), ("p1", "payment"), ("h0", "heat")):
        play.desk(name, skill)
        play.take(f"with {name}", skill)
        play.accept(f"with {name}", name)
    play.take("t1", "payment", case_id="one person")
    assert play.queue.wait_band("t1") == pytest.approx(wait_band(0, 2, 300))
    play.wait(5)
    play.take("t2", "heat", case_id="one person")
    assert play.queue.standing_for("t1").id == "t2"
    return play


@pytest.mark.parametrize("asked", ["t1", "t2"])
def test_one_person_is_told_more_by_another_request_only_with_a_reason(asked: str) -> None:
    play = one_person_twice()
    assert play.queue.wait_band(asked) == pytest.approx(wait_band(0, 1, 300))
    assert [play.queue.wait_rise_reason(one) for one in ("t1", "t2")] == ["fewer_operators"] * 2


def test_a_request_that_stands_up_compares_with_what_the_person_was_told_by_the_other_one() -> None:
    play = Play(merge_requests=True)
    for name in ("p0", "p1"):
        play.desk(name, "payment")
        play.take(f"with {name}", "payment")
        play.accept(f"with {name}", name)
    play.desk("h0", "heat", channels=("phone",))
    play.take("kiosk", "payment", case_id="one person")
    play.do(events.CallBackAsked("call", "heat", "walk_in", "ru", "north", "one person"))
    assert play.queue.standing_for("call").id == "kiosk"
    assert play.queue.wait_band("call") == pytest.approx(wait_band(0, 2, 300))
    play.do(events.TicketLeft("kiosk", "at home by now"))
    play.do(events.OfferRefused("call", "h0", "cannot"))
    assert play.queue.wait_band("call") == pytest.approx(wait_band(0, 1, 300))
    assert play.queue.wait_rise_reason("call") == "fewer_operators"


def test_whom_the_queue_has_forgotten_nothing_is_remembered_of() -> None:
    play = Play(keep_ended_s=10)
    for number in range(1100):
        play.take(f"t{number}")
        play.queue.wait_band(f"t{number}")  # nobody at work
        play.do(events.TicketLeft(f"t{number}", "gone"))
    assert play.queue.wait_rise_reason("t0") == "nobody_at_work"
    play.wait(10)
    assert play.queue.wait_rise_reason("t0") is None
    play.take("last")
    play.queue.wait_band("last")
    outlook = play.queue._outlook
    assert (set(outlook._told), set(outlook._reasons), outlook._rang) == (set(), {"last"}, set())
