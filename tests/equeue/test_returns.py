"""People who come with a number they have, told as short stories."""

import pytest

from equeue import effects, errors, events
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import Play, offers


def parked(play: Play) -> None:
    """Somebody of the kiosk ``kiosk of t1`` was sent for papers; a second one came later and waits."""
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.TicketParked("t1"))
    play.wait(60)
    play.do(events.StatusChosen("olga", "break"))
    play.take("t2")


def test_who_fetched_papers_comes_back_at_another_kiosk_of_another_place_before_those_who_came_later() -> None:
    play = Play(wrapup_s=0)
    parked(play)
    told = play.do(events.TicketReturned("t1", "booth", "south"))
    assert effects.TicketChanged("t1", "booth", T.WAITING, None, None) in told
    assert play.line() == ["t1", "t2"]
    ((offer,),) = [[one for one in play.desk("anna") if isinstance(one, effects.OfferMade)]]
    assert (offer.ticket_id, offer.kiosk_id) == ("t1", "booth")


def test_where_a_number_holds_at_its_own_place_alone_another_place_refuses_it() -> None:
    play = Play(return_anywhere=False)
    parked(play)
    with pytest.raises(errors.ReturnElsewhere):
        play.do(events.TicketReturned("t1", "booth", "south"))
    play.do(events.TicketReturned("t1", "booth", "north"))
    assert play.queue.ticket("t1").kiosk_id == "booth"


def test_who_waits_walks_over_to_another_kiosk_and_the_place_and_even_the_ring_go_along() -> None:
    play = Play()
    for name in ("t1", "t2"):
        play.take(name)
    play.do(events.TicketReturned("t1", "booth"))
    assert play.line() == ["t1", "t2"]
    assert offers(play.desk("olga")) == [("t1", "olga")]
    assert offers(play.do(events.TicketReturned("t1", "cabin"))) == []
    play.accept("t1", "olga")
    connected = [one for one in play.told if isinstance(one, effects.Connected)]
    assert [one.kiosk_id for one in connected] == ["cabin"]


def test_a_step_to_where_the_person_is_already_is_no_step() -> None:
    play = Play()
    play.take("t1")
    for kiosk in ("", "kiosk of t1"):
        with pytest.raises(errors.IllegalMove):
            play.do(events.TicketReturned("t1", kiosk))


def test_who_was_to_be_called_by_phone_and_comes_to_a_kiosk_is_called_there_at_the_old_place() -> None:
    play = Play()
    play.take("t1")
    later = "2026-11-02T12:00:00+00:00"
    play.do(events.CallBackWished("t1", later))
    play.wait(60)
    play.take("t2")
    with pytest.raises(errors.IllegalMove):
        play.do(events.TicketReturned("t1"))
    play.do(events.TicketReturned("t1", "booth"))
    assert play.line() == ["t1", "t2"]
    assert offers(play.desk("olga")) == [("t1", "olga")]
    assert play.queue.ticket("t1").channel == "video"


def test_who_is_being_called_by_phone_is_not_moved_away_from_it() -> None:
    play = Play()
    play.do(events.CallBackAsked("t1", "consultation", "walk_in", "ru", "north"))
    play.desk("olga", channels=("phone",))
    assert play.ticket("t1") is T.OFFERED
    with pytest.raises(errors.IllegalMove):
        play.do(events.TicketReturned("t1", "booth"))


def test_who_was_called_and_not_there_comes_within_a_few_calls_at_any_kiosk() -> None:
    play = Play(recall_tickets=2, wrapup_s=0)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.CustomerMissing("t1"))
    play.take("t2")
    play.serve_at_once("t2", "olga")
    assert offers(play.do(events.TicketReturned("t1", "booth"))) == [("t1", "olga")]
