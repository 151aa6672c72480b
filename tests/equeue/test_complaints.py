"""What people complain about in other queues (features.md 4, 2A, 2C), each as a story that ends well here.

The feed that is never out of date is proved in ``tests/signaling/test_streams.py`` and ``test_connection.py``.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from equeue import effects, errors, events
from equeue.operator_states import OperatorState as Op
from equeue.ticket_states import TicketState as T
from tests.equeue.playbook import Play, offers, withdrawn
from tests.equeue.test_outlook import busy_play


def call_back(play: Play, ticket: str, case: str) -> None:
    """A request of somebody elsewhere."""
    play.do(events.CallBackAsked(ticket, "consultation", "walk_in", "ru", "north", case))


def test_the_same_event_twice_changes_nothing_the_second_time() -> None:
    """asterisk #1736: counters double under load."""
    play = Play()
    play.take("t1")
    before = play.queue.picture()
    with pytest.raises(errors.TicketExists):
        play.take("t1")
    assert play.queue.picture() == before


def test_a_tier_of_operators_on_a_break_counts_as_nobody() -> None:
    """freeswitch, read in its code: it counts agents on a break as available for its no-wait rule."""
    play = Play()
    play.do(events.OperatorSignedIn("olga"))
    play.take("t1")
    assert play.queue.wait_band("t1") is None
    assert play.queue.operators_on_duty() == 0


def test_one_early_hang_up_leaves_the_other_offers_alone() -> None:
    """asterisk #1557: one early hang-up drops all ringing."""
    play = Play()
    for name in ("olga", "anna", "vera"):
        play.desk(name)
    for name in ("t1", "t2", "t3"):
        play.take(name)
    play.do(events.TicketLeft("t2", "gone"))
    assert [play.ticket(name) for name in ("t1", "t2", "t3")] == [T.OFFERED, T.ABANDONED, T.OFFERED]


def test_an_older_ticket_is_never_skipped_for_newer_ones_when_somebody_comes_free() -> None:
    """chatwoot #10376: unassigned conversations skipped while newer ones are assigned."""
    play = Play(wrapup_s=0)
    for number in range(20):
        play.take(f"t{number}")
        play.wait(1)
    play.desk("olga")
    order = []
    while (current := play.queue.operator("olga").ticket_id) is not None:
        order.append(current)
        play.serve_at_once(current, "olga")
    assert order == [f"t{number}" for number in range(20)]


def test_the_position_in_the_line_counts_down() -> None:
    """re:Post on the position in queue: Amazon Connect cannot tell it in its flows."""
    play = Play()
    play.desk("olga")
    play.take("t0")
    for number in range(1, 4):
        play.take(f"t{number}")
    assert [play.queue.ahead_of(f"t{number}") for number in range(4)] == [0, 0, 1, 2]
    play.do(events.TicketLeft("t1", "gone"))
    assert [play.queue.ahead_of(f"t{number}") for number in (2, 3)] == [0, 1]


def test_one_ring_and_serving_it_closes_all_the_rest() -> None:
    """Genesys FAQ: the call-back keeps ringing though the client is already served."""
    play = Play(merge_requests=True)
    call_back(play, "site", "c1")
    call_back(play, "phone", "c1")
    play.take("kiosk", case_id="c1")
    play.desk("olga")
    assert offers(play.desk("anna")) == []
    play.accept("kiosk", "olga")
    answer = play.do(events.SessionEnded("kiosk", "customer"))
    for name in ("site", "phone"):
        assert effects.TicketChanged(name, "", T.CLOSED, None, "kiosk") in answer
    assert play.line() == []


def test_a_break_asked_for_during_an_offer_waits_for_it_and_brings_no_second_offer() -> None:
    """signalwire/freeswitch PR #800: a status change during an offer made a fast invite and cancel loop."""
    play = Play()
    play.desk("olga")
    play.take("t1")
    play.take("t2")
    answer = play.do(events.StatusChosen("olga", "break", "lunch"))
    assert offers(answer) == withdrawn(answer) == []
    assert play.operator("olga") is Op.OFFERED
    assert play.queue.operator("olga").next_status == "break"
    answer = play.wait(20)
    assert withdrawn(answer) == [("t1", "olga", "missed")]
    assert offers(answer) == []
    assert play.operator("olga") is Op.BREAK
    assert play.queue.operator("olga").reason == "lunch"
    assert play.line() == ["t1", "t2"]


def test_a_next_status_survives_a_miss_and_a_refusal() -> None:
    """amazon-connect-streams #344, #613: a queued "offline" was ignored after a miss."""
    for answer in (None, events.OfferRefused("t1", "olga", "no")):
        play = Play()
        play.desk("olga")
        play.take("t1")
        play.do(events.NextStatusChosen("olga", "break", "lunch"))
        play.do(answer) if answer else play.wait(20)
        assert play.operator("olga") is Op.BREAK


def test_an_operator_in_a_session_keeps_it_however_long_the_link_is_away() -> None:
    """OpenSIPS #3123 the other way round: a lost link must not end a talk that goes on."""
    play = Play(grace_s=45)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.OperatorConnectionLost("olga"))
    play.wait(3600)
    assert play.ticket("t1") is T.CONNECTED
    assert play.operator("olga") is Op.GRACE
    play.do(events.OperatorConnectionBack("olga"))
    assert play.operator("olga") is Op.BUSY


def test_once_the_session_of_somebody_away_ends_wrap_up_and_grace_run_as_for_everybody() -> None:
    """OpenSIPS #3123, FusionPBX PR #6405: an agent stayed locked in a call that was over."""
    play = Play(grace_s=45, wrapup_s=60)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.OperatorConnectionLost("olga"))
    play.wait(100)
    play.do(events.SessionEnded("t1", "customer"))
    assert play.queue.operator("olga").deadline == play.now + timedelta(seconds=45)
    play.do(events.OperatorConnectionBack("olga"))
    assert play.operator("olga") is Op.WRAPUP
    play.do(events.OperatorConnectionLost("olga"))
    play.wait(45)
    assert play.operator("olga") is Op.OFFLINE
    assert play.ticket("t1") is T.CLOSED


def test_a_band_grows_only_with_a_stated_reason() -> None:
    """asterisk, read in its code: the announced hold grows once the average has passed."""
    play = busy_play()
    first = play.queue.wait_band("t2")
    play.wait(200)
    assert play.queue.wait_band("t2", play.now) == first
    play.do(events.OperatorConnectionLost("anna"))
    assert play.queue.wait_band("t2", play.now) == first
    play.do(events.SessionEnded("with anna", "customer"))
    play.wait(60)
    grown = play.queue.wait_band("t2", play.now)
    assert first is not None
    assert grown is not None
    assert grown > first
    assert play.queue.wait_rise_reason("t2") == "fewer_operators"


def test_a_refused_ticket_goes_to_the_next_and_not_back_to_the_refuser_before_the_backoff_is_over() -> None:
    """amazon-connect-streams #292: the same call rings again after a reject."""
    play = Play(refuse_backoff_s=60)
    play.desk("olga")
    play.take("t1")
    answer = play.do(events.OfferRefused("t1", "olga", "cannot"))
    assert withdrawn(answer) == [("t1", "olga", "refused")]
    assert offers(answer) == []
    until = play.now + timedelta(seconds=60)
    assert effects.PairExcluded("t1", "olga", until, "refused") in answer
    assert offers(play.wait(59)) == []
    assert offers(play.take("t2")) == [("t2", "olga")]
    play.serve("t2", "olga")
    assert offers(play.wait(1)) == [("t1", "olga")]


def test_only_the_operator_who_was_offered_the_ticket_can_answer() -> None:
    """zammad #854: without a lock two agents take one ticket, and the best ones are picked out."""
    play = Play()
    play.desk("olga")
    play.desk("anna")
    play.take("t1")
    for answer in (events.OfferAccepted("t1", "olga"), events.OfferRefused("t1", "olga", "no")):
        with pytest.raises(errors.OfferGone):
            play.do(answer)
    with pytest.raises(errors.UnknownOperator):
        play.accept("t1", "nobody")
    with pytest.raises(errors.UnknownTicket):
        play.accept("nothing", "anna")
    play.accept("t1", "anna")
    with pytest.raises(errors.OfferGone):
        play.accept("t1", "anna")


def test_nobody_starves_behind_a_stream_of_higher_classes() -> None:
    """Amazon Connect's strict priority starves; accumulated priority does not."""
    play = Play(wrapup_s=0)
    play.desk("olga")
    play.take("busy with", priority="special_need")
    play.accept("busy with", "olga")
    play.take("walked in")
    play.wait(100)
    served, current = 0, "busy with"
    while current != "walked in":
        play.take(f"special {served}", priority="special_need")
        play.wait(10)
        ((current, _),) = offers(play.do(events.SessionEnded(current, "operator")))
        play.accept(current, "olga")
        served += 1
        assert served < 50


def test_wrap_up_after_a_transfer_lasts_its_full_time_whatever_becomes_of_the_ticket() -> None:
    """asterisk #607, #1006: a transfer reset the agent's timer, and wrap-up ended early."""
    play = Play(wrapup_s=60)
    play.desk("olga", "consultation")
    play.desk("seals", "sealing")
    play.take("t1")
    play.accept("t1", "olga")
    play.wait(100)
    play.do(events.TicketTransferred("t1", service="sealing"))
    play.accept("t1", "seals")
    play.do(events.SessionEnded("t1", "customer"))
    play.do(events.WrapUpFinished("seals", "done"))
    play.wait(59)
    assert play.operator("olga") is Op.WRAPUP
    play.wait(1)
    assert play.operator("olga") is Op.AVAILABLE


def test_going_home_asked_for_during_a_talk_survives_a_miss_and_comes_after_the_wrap_up() -> None:
    """amazon-connect-streams #613, #344: a queued "offline" was forgotten."""
    play = Play(wrapup_s=30)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.NextStatusChosen("olga", "offline"))
    play.do(events.SessionEnded("t1", "customer"))
    assert play.operator("olga") is Op.WRAPUP
    play.do(events.WrapUpFinished("olga", "done"))
    assert play.operator("olga") is Op.OFFLINE
    play.desk("olga")
    play.take("t2")
    play.do(events.NextStatusChosen("olga", "offline"))
    play.wait(20)
    assert play.operator("olga") is Op.OFFLINE
    assert play.line() == ["t2"]


def test_a_missed_offer_says_that_it_was_missed() -> None:
    """amazon-connect-streams #376: a missed callback reads "Default", and two vocabularies of status confuse."""
    play = Play()
    play.desk("olga")
    play.take("t1")
    told = play.wait(20)
    (changed,) = [one for one in told if isinstance(one, effects.OperatorChanged)]
    assert (changed.state, changed.reason) == (Op.NOT_RESPONDING, "missed")
    assert withdrawn(told) == [("t1", "olga", "missed")]


def test_two_answers_at_one_moment_connect_one_pair_and_leave_nobody_reserved() -> None:
    """freeswitch #2540: agents stuck in Reserved when two answer together."""
    play = Play(offer_s=20)
    play.desk("olga")
    play.desk("anna")
    play.take("t1")
    play.take("t2")
    pairs = dict(offers(play.told))
    play.accept("t1", pairs["t1"])
    for late in pairs.values():
        with pytest.raises(errors.OfferGone):
            play.accept("t1", late)
    play.accept("t2", pairs["t2"])
    assert {one.state for one in play.queue.operators()} == {Op.BUSY}
    play.do(events.SessionEnded("t1", "customer"))
    play.wait(3600)
    assert not [one for one in play.queue.operators() if one.state is Op.OFFERED]


def test_nobody_counts_as_answered_once_the_talk_is_over() -> None:
    """freeswitch #1973: members "Answered" hours after the call ended."""
    play = Play(wrapup_s=60, grace_s=45, merge_requests=True)
    play.desk("olga")
    play.take("kiosk", case_id="c1")
    play.accept("kiosk", "olga")
    call_back(play, "site", "c1")
    play.do(events.OperatorConnectionLost("olga"))
    play.do(events.SessionBroken("kiosk"))
    play.wait(60)
    assert play.line() == ["kiosk"]
    play.desk("anna")
    play.serve("kiosk", "anna")
    states = [play.ticket(one) for one in ("kiosk", "site")]
    assert states == [T.CLOSED, T.CLOSED]
    assert [one.ticket_id for one in play.queue.operators()] == [None, None]


def test_an_unavailable_operator_at_the_end_of_the_list_stops_nobody() -> None:
    """freeswitch #1216, PR #1221: top-down halts if the last agent of the list is unavailable."""
    play = Play()
    for name in ("anna", "olga", "vera"):
        play.desk(name)
    play.do(events.StatusChosen("vera", "break", "lunch"))
    play.do(events.StatusChosen("anna", "break", "lunch"))
    assert offers(play.take("t1")) == [("t1", "olga")]


def test_somebody_who_joins_at_the_head_of_the_line_is_told_a_wait_and_called() -> None:
    """asterisk #1691: joining at position 1 freezes the logic of the longest waiting."""
    play = Play(booking_early_s=0, slopes={"walk_in": 1.0, "booked": 3.0})
    play.desk("olga")
    play.take("with olga")
    play.accept("with olga", "olga")
    play.take("first")
    play.wait(60)
    play.take("at the head", priority="booked")
    play.do(events.TicketMovedAhead("at the head", 600, "boss", "health"))
    assert play.line() == ["at the head", "first"]
    assert play.queue.wait_band("at the head") is not None
    play.do(events.SessionEnded("with olga", "customer"))
    answer = play.do(events.WrapUpFinished("olga", "done"))
    assert offers(answer) == [("at the head", "olga")]


def test_the_wait_of_somebody_already_waiting_is_computed_anew_at_every_event() -> None:
    """re:Post on the estimated wait: it is not recomputed for a contact that already waits."""
    play = busy_play()
    before = play.queue.wait_band("t2")
    play.do(events.TicketLeft("t1", "gone"))
    after = play.queue.wait_band("t2")
    assert before is not None
    assert after is not None
    assert after < before


def test_a_person_who_writes_is_given_to_somebody_else_when_their_operator_is_gone() -> None:
    """chatwoot #4158, #9587, #5436, #5672: a chat stays with an agent who is offline, and nobody is told."""
    play = Play(grace_s=45)
    play.do(events.OperatorSignedIn("olga", channels=("chat",)))
    play.do(events.StatusChosen("olga", "available"))
    play.take("chat", channel="chat")
    play.accept("chat", "olga")
    play.do(events.OperatorConnectionLost("olga"))
    play.do(events.OperatorSignedIn("anna", channels=("video", "chat")))
    play.do(events.StatusChosen("anna", "available"))
    assert offers(play.wait(44)) == []
    assert offers(play.wait(1)) == [("chat", "anna")]
    assert play.operator("olga") is Op.OFFLINE


def test_a_backlog_of_chats_does_not_lock_everybody_out_of_video() -> None:
    """flex template, omni-channel-capacity-management: a backlog of chats can lock an agent out of voice."""
    play = Play(channels={"video": 100, "chat": 30})
    for name in ("olga", "anna"):
        play.do(events.OperatorSignedIn(name, channels=("video", "chat")))
        play.do(events.StatusChosen(name, "available"))
    for number in range(3):
        ((ticket, operator),) = offers(play.take(f"chat {number}", channel="chat"))
        assert operator == "anna"  # the fullest first: one writes with all three
        play.accept(ticket, operator)
    assert offers(play.take("at a kiosk")) == [("at a kiosk", "olga")]


def test_closing_the_console_ends_no_timer() -> None:
    """flex template: closing the browser voids auto wrap-up, because the logic runs in the client."""
    play = Play(wrapup_s=60, grace_s=3600)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.do(events.SessionEnded("t1", "customer"))
    play.do(events.OperatorConnectionLost("olga"))
    play.wait(60)
    assert play.ticket("t1") is T.CLOSED
    play.do(events.OperatorConnectionBack("olga"))
    assert play.operator("olga") is Op.AVAILABLE


def test_one_clock_for_all_channels_and_an_answer_elsewhere_does_not_set_it_back() -> None:
    """zammad #1581, #1574, chatwoot #6889: a web reply and the clock of the SLA disagree; the forgotten stay so."""
    play = Play(merge_requests=True, merge_boost_s=0)
    call_back(play, "site", "c1")
    play.wait(500)
    play.take("somebody")
    play.wait(100)
    play.take("kiosk", case_id="c1")
    assert play.line() == ["kiosk", "somebody"]
    assert play.queue.ticket("kiosk").arrived == play.now - timedelta(seconds=600)


def test_an_operator_is_told_of_their_own_offers_alone() -> None:
    """zammad #2177, #1322: every agent gets every telephone event."""
    play = Play()
    play.desk("olga")
    play.desk("anna")
    told = play.take("t1") + play.accept("t1", "olga" if ("t1", "olga") in offers(play.told) else "anna")
    named = {one.operator_id for one in told if isinstance(one, effects.OperatorChanged | effects.OfferMade)}
    assert len(named) == 1


def test_a_transfer_does_not_send_anybody_to_the_end_of_the_line() -> None:
    """genesys (features.md 7): a transfer resets the base of the priority, a known grievance."""
    play = Play(transfer_exclusion_s=0, wrapup_s=60)
    play.desk("olga")
    play.take("t1")
    play.accept("t1", "olga")
    play.wait(300)
    play.take("came later")
    play.do(events.TicketTransferred("t1", "payment"))
    assert play.line() == ["t1", "came later"]
