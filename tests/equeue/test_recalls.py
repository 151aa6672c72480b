"""Called and not there, told as short stories."""

from equeue import events
from equeue.operator_states import OperatorState as Op
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import Play, offers


def missed_customer(**settings: int) -> Play:
    """The customer t0 was called and is not there; the operator has written it up."""
    play = Play(wrapup_s=0, **settings)
    play.desk("olga")
    for number in range(6):
        play.take(f"t{number}")
    play.accept("t0", "olga")
    play.do(events.CustomerMissing("t0"))
    return play


def test_the_operator_goes_on_and_the_place_is_kept_for_some_further_calls() -> None:
    play = missed_customer(recall_tickets=2)
    assert play.ticket("t0") is T.RECALLABLE
    assert play.operator("olga") is Op.OFFERED
    play.serve_at_once("t1", "olga")
    play.do(events.TicketReturned("t0"))
    assert play.line()[0] == "t0"


def test_after_so_many_calls_of_the_letter_it_is_a_no_show() -> None:
    play = missed_customer(recall_tickets=2)
    play.take("other letter", "payment")
    play.desk("cashier", "payment")
    play.serve_at_once("other letter", "cashier")
    play.serve_at_once("t1", "olga")
    assert play.ticket("t0") is T.RECALLABLE
    play.accept("t2", "olga")
    assert play.ticket("t0") is T.NO_SHOW


def test_on_a_quiet_day_the_place_is_kept_no_longer_than_the_limit() -> None:
    play = missed_customer(recall_limit_s=600)
    play.wait(600)
    assert play.ticket("t0") is T.NO_SHOW


def test_somebody_who_was_recalled_and_is_missing_again_has_the_calls_anew() -> None:
    play = missed_customer(recall_tickets=2)
    play.serve_at_once("t1", "olga")
    play.do(events.TicketReturned("t0"))
    play.serve_at_once("t2", "olga")
    play.accept("t0", "olga")
    assert offers(play.do(events.CustomerMissing("t0"))) == [("t3", "olga")]
    play.serve_at_once("t3", "olga")
    assert play.ticket("t0") is T.RECALLABLE


def test_who_did_not_come_in_time_is_not_remembered_as_somebody_who_may_come() -> None:
    play = missed_customer(recall_limit_s=600)
    assert play.queue.picture()["recallable"] == [["A", ["t0"]]]
    play.wait(600)
    assert play.ticket("t0") is T.NO_SHOW
    assert play.queue.picture()["recallable"] == []


def test_who_came_back_or_was_forgotten_gives_way_to_the_next_one_who_is_not_there() -> None:
    play = Play(keep_ended_s=60, door_grace_s=30, recall_limit_s=600)
    play.desk("olga", "one")
    play.desk("anna", "two")
    for name, service in (("came back", "one"), ("left", "two")):
        play.do(events.DoorTicketTaken(name, service, "walk_in", "ru", "north", "k1"))
        play.wait(30)
        assert play.ticket(name) is T.RECALLABLE
    assert play.queue.picture()["recallable"] == [["T", ["came back", "left"]]]
    play.do(events.DoorEntered("came back", "k1"))
    play.do(events.TicketLeft("left", "gone"))
    play.wait(60)
    play.do(events.DoorTicketTaken("next", "two", "walk_in", "ru", "north", "k2"))
    play.wait(30)
    assert (play.ticket("came back"), play.ticket("next")) == (T.WAITING, T.RECALLABLE)
    assert play.queue.picture()["recallable"] == [["T", ["next"]]]


def test_who_comes_back_to_the_door_and_is_not_there_again_is_waited_for_once() -> None:
    play = Play(door_grace_s=30, return_window_s=300)
    play.desk("olga")
    for name, kiosk in (("d0", "k0"), ("d1", "k1")):
        play.do(events.DoorTicketTaken(name, "consultation", "walk_in", "ru", "north", kiosk))
        play.wait(30)
    play.do(events.TicketLeft("d0", "gone"))
    play.do(events.TicketReturned("d0"))
    play.wait(30)
    assert play.ticket("d0") is T.RECALLABLE
    assert play.queue.picture()["recallable"] == [["A", ["d0", "d1"]]]
