"""What people complain about where they come back with a number (features.md 4, 2A, 2C, 2D), each as a story."""

from __future__ import annotations

from datetime import timedelta

import pytest

from equeue import effects, errors, events
from equeue.operator_states import OperatorState as Op
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import MORNING, Play, offers, withdrawn


def test_who_comes_back_with_papers_is_not_kept_for_an_operator_who_has_gone_home() -> None:
    """chatwoot #4158, #9587, #5436, #5672: who returns is given to an agent who is offline, and waits for ever."""
    play = Play(wrapup_s=0)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.TicketParked("t1"))
    play.do(events.OperatorSignedOut("olga"))
    play.desk("anna")
    assert offers(play.do(events.TicketReturned("t1", "booth"))) == [("t1", "anna")]


def test_who_asked_to_be_called_and_came_instead_is_served_once_and_nothing_rings_afterwards() -> None:
    """Genesys FAQ: the call-back keeps ringing though the client was served already."""
    play = Play(wrapup_s=0, merge_requests=True)
    play.take("t1", case_id="c1")
    play.do(events.CallBackWished("t1", (MORNING + timedelta(hours=2)).isoformat()))
    play.do(events.TicketReturned("t1", "booth"))
    play.desk("olga", channels=("video", "phone"))
    play.serve_at_once("t1", "olga")
    assert offers(play.wait(4 * 3600)) == []
    assert play.ticket("t1") is T.CLOSED


def test_who_hung_up_and_is_back_within_the_window_stands_where_they_stood() -> None:
    """Genesys, Amazon, Twilio (2A): an abandoned caller loses the place; FreeSWITCH keeps it, and has it off."""
    play = Play(return_window_s=60)
    for name in ("t1", "t2"):
        play.take(name)
    play.do(events.TicketLeft("t1", "gone"))
    play.wait(60)
    play.do(events.TicketReturned("t1", "booth"))
    assert play.line() == ["t1", "t2"]
    play.do(events.TicketLeft("t1", "gone"))
    play.wait(61)
    with pytest.raises(errors.ReturnTooLate):
        play.do(events.TicketReturned("t1", "booth"))


def test_walking_over_to_another_kiosk_while_a_desk_rings_brings_no_second_ring() -> None:
    """signalwire/freeswitch PR #800: a change during an offer made a fast loop of invites and cancels."""
    play = Play()
    play.desk("olga")
    play.take("t1")
    for kiosk in ("booth", "cabin", "booth"):
        answer = play.do(events.TicketReturned("t1", kiosk))
        assert offers(answer) == withdrawn(answer) == []
    assert play.operator("olga") is Op.OFFERED
    assert offers(play.wait(19)) == []


def test_an_operator_who_waits_on_hold_is_in_one_state_and_a_lost_link_does_not_end_it() -> None:
    """OpenSIPS #3123, #2530, FusionPBX PR #6405: an agent locked "in call", and a second write to be free again."""
    play = Play(wrapup_s=0)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.SessionHeld("t1"))
    play.do(events.OperatorConnectionLost("olga"))
    play.wait(3600)
    assert (play.ticket("t1"), play.operator("olga")) == (T.HOLD, Op.GRACE)
    play.do(events.OperatorConnectionBack("olga"))
    assert play.operator("olga") is Op.HOLD
    play.do(events.SessionResumed("t1"))
    play.do(events.SessionEnded("t1", "customer"))
    assert play.operator("olga") is Op.AVAILABLE


def test_a_check_in_gathers_faster_from_its_slot_on_and_passes_nobody_who_has_gathered_more() -> None:
    """bcgov/queue-management (2D): check-in goes to the top of the queue, past everybody who waits since long."""
    play = Play()
    play.take("since long")
    play.do(
        events.TicketBooked("b1", "consultation", "booked", "ru", "north", (MORNING + timedelta(hours=1)).isoformat())
    )
    play.wait(3600)
    play.do(events.BookedCheckedIn("b1", "kiosk-7"))
    play.wait(600)
    assert play.line() == ["since long", "b1"]


def test_who_was_called_and_missed_it_learns_until_when_and_is_let_go_after_it() -> None:
    """freeswitch #2540, #1973: what is reserved for somebody must expire, and nobody stay "answered" for hours."""
    play = Play(recall_tickets=50, recall_limit_s=900, wrapup_s=0)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.CustomerMissing("t1"))
    assert play.queue.ticket("t1").deadline == play.now + timedelta(seconds=900)
    told = play.wait(900)
    assert effects.TicketChanged("t1", "kiosk of t1", T.NO_SHOW, None, "not_there") in told
    assert play.operator("olga") is Op.AVAILABLE
