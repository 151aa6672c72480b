"""Passed on to one colleague by name: they are waited for, others after them, and the place by arrival stays."""

from __future__ import annotations

import pytest

from equeue import effects, events
from equeue.errors import IllegalMove, UnknownOperator
from equeue.proof import Chain, first_head, verify
from equeue.settings import Settings
from equeue.ticket_states import TicketState
from equeue.why import Reason, why
from tests.equeue.playbook import Play, offers

T = TicketState


def passed_on(play: Play) -> tuple[str, str]:
    """Anna passes t1 on to Olga, who talks with ``other``; Ivan is free. Who of the two desks is which."""
    for name in ("anna", "olga"):
        play.desk(name)
    play.take("t1")
    play.take("other")
    first, second = sorted(offers(play.told), key=lambda pair: pair[0] != "t1")
    play.accept(*first)
    play.accept(*second)
    play.desk("ivan", "somebody elses matter")
    play.do(events.TicketTransferred("t1", operator_id=second[1]))
    return first[1], second[1]


def test_the_named_one_is_offered_it_first_though_others_are_free_and_it_is_not_their_matter() -> None:
    play = Play(wrapup_s=0, named_s=180)
    _, olga = passed_on(play)
    play.desk("free")
    assert play.ticket("t1") is T.WAITING
    kept = [one for one in play.told if isinstance(one, effects.KeptForPerson)]
    assert [(one.ticket_id, one.operator_id) for one in kept] == [("t1", olga)]
    told = play.do(events.SessionEnded("other", "customer"))
    assert offers(told) == [("t1", olga)]
    play.accept("t1", olga)
    assert not play.queue.ticket("t1").person


def test_after_its_time_whoever_serves_it_has_it_at_its_old_place() -> None:
    play = Play(wrapup_s=0, named_s=180, transfer_exclusion_s=0)
    anna, _ = passed_on(play)
    play.wait(100)
    assert play.line() == ["t1"]
    told = play.wait(80)
    assert [one.reason for one in told if isinstance(one, effects.PersonNotWaitedFor)] == ["waited"]
    assert ("t1", anna) in offers(told)


@pytest.mark.parametrize("how", ["break", "home", "lost", "refused", "missed"])
def test_when_the_named_one_cannot_the_ticket_goes_on_in_the_line(how: str) -> None:
    play = Play(wrapup_s=0, named_s=3600, grace_s=45, offer_s=20)
    _, olga = passed_on(play)
    play.desk("free")
    play.do(events.SessionEnded("other", "customer")) if how in ("refused", "missed") else None
    match how:
        case "break":
            play.do(events.StatusChosen(olga, "break", "lunch"))
            told = play.do(events.SessionEnded("other", "customer"))
        case "home":
            play.do(events.NextStatusChosen(olga, "offline"))
            told = play.do(events.SessionEnded("other", "customer"))
        case "lost":
            play.do(events.OperatorConnectionLost(olga))
            play.do(events.SessionEnded("other", "customer"))
            told = play.wait(60)
        case "refused":
            told = play.do(events.OfferRefused("t1", olga, "busy"))
        case _:
            told = play.wait(25)
    (released,) = [one for one in told if isinstance(one, effects.PersonNotWaitedFor)]
    assert released.reason == {"refused": "refused", "missed": "missed"}.get(how, "gone")
    assert ("t1", "free") in offers(told)


def test_nobody_is_named_who_is_not_there_or_cannot() -> None:
    play = Play()
    play.desk("anna")
    play.take("t1")
    play.accept("t1", "anna")
    play.desk("foreign", suppliers=("water",))
    play.do(events.OperatorSignedIn("resting", ("*",)))
    with pytest.raises(UnknownOperator):
        play.do(events.TicketTransferred("t1", operator_id="nobody"))
    for name in ("anna", "resting"):
        with pytest.raises(IllegalMove):
            play.do(events.TicketTransferred("t1", operator_id=name))
    with pytest.raises(IllegalMove):
        play.do(events.TicketTransferred("t1", supplier="heat", operator_id="foreign"))
    assert play.ticket("t1") is T.CONNECTED


def test_a_customer_may_be_passed_back_by_name_to_whom_they_came_from() -> None:
    play = Play(wrapup_s=0, transfer_exclusion_s=900)
    anna, olga = passed_on(play)
    play.do(events.SessionEnded("other", "customer"))
    play.accept("t1", olga)
    assert offers(play.do(events.TicketTransferred("t1", operator_id=anna))) == [("t1", anna)]


def test_why_says_that_the_person_was_waited_for_and_the_proof_holds() -> None:
    settings = Settings(wrapup_s=0, named_s=180)
    play = Play(wrapup_s=0, named_s=180)
    passed_on(play)
    play.desk("free")
    play.take("later")
    play.wait(200)
    chain = Chain(first_head(settings))
    again = Play(wrapup_s=0, named_s=180)
    entries = []
    for at, event in play.log:
        again.now = at
        entries.append(chain.add(event, at, again.do(event)))
    assert verify(entries, settings).holds
    reasons = {one.number: one.reason for one in why(entries, settings, "t1")}
    assert reasons[play.queue.ticket("later").number] is Reason.NAMED


def test_a_ticket_that_ended_while_somebody_was_waited_for_is_forgotten_in_peace() -> None:
    play = Play(wrapup_s=0, named_s=180, keep_ended_s=60)
    _, olga = passed_on(play)
    play.do(events.TicketLeft("t1", "customer"))
    told = play.wait(600)
    assert not [one for one in told if isinstance(one, effects.PersonNotWaitedFor)]
    play.do(events.SessionEnded("other", "customer"))
    play.do(events.StatusChosen(olga, "break", "lunch"))
