"""Talking to a person: line, call, stars, and an operator's help by permission."""

from dataclasses import replace

import pytest

from kiosk.journey import NotPermitted, resumed, view
from kiosk.journey import events as e
from kiosk.journey.effects import JoinMedia, LeaveMedia, MuteMedia, ShowPage
from signaling.protocol import journey as i
from signaling.protocol.commands import AccountFind, RatingGive, SessionEnd, SessionMedia, TicketLeave, TicketTake
from signaling.protocol.journey import Step
from signaling.protocol.values import PageShape, TicketState
from tests.kiosk.journey.people import NOW, Visitor, account, purchase, session, ticket


def _begun() -> Visitor:
    return Visitor().touch(i.Touch())


def _own_ticket(visitor: Visitor) -> str:
    assert visitor.journey.ticket_id is not None
    return visitor.journey.ticket_id


def test_a_topic_brings_a_number_and_the_wait() -> None:
    visitor = _begun().in_line()
    assert isinstance(visitor.asked.command, TicketTake)
    assert visitor.step is Step.WAITING
    assert visitor.view.ticket is not None
    assert visitor.view.ticket.number == "A-027"
    assert [(each.kind, each.value, each.proof) for each in visitor.view.references] == [
        ("ticket", "A-027", "3f2a91bc04de")
    ]


def test_offline_no_ticket_is_promised() -> None:
    visitor = _begun().feel(e.WorldChanged(False, False))
    visitor.touch(i.OpenService(service="talk"), i.Talk(topic="other"))
    assert (visitor.step, visitor.phrase) == (Step.TOPIC, "error.link.down")


def test_a_ticket_whose_answer_was_lost_is_given_back_so_that_nobody_is_called_in_vain() -> None:
    visitor = _begun().touch(i.OpenService(service="talk"), i.Talk(topic="other"))
    command = visitor.asked.command
    assert isinstance(command, TicketTake)
    visitor.feel(e.Refused(visitor.asked.number, "link.down"))
    assert visitor.told == [TicketLeave(ticket_id=command.ticket_id, reason="link_down")]


def test_a_ticket_that_comes_after_the_person_went_back_is_given_back() -> None:
    visitor = _begun().touch(i.OpenService(service="talk"), i.Talk(topic="other"), i.Back())
    command = visitor.asked.command
    assert isinstance(command, TicketTake)
    visitor.feel(e.TicketTaken(visitor.asked.number, ticket(command.ticket_id)))
    assert visitor.told == [TicketLeave(ticket_id=command.ticket_id)]
    assert visitor.step is Step.MENU


def test_the_place_is_kept_while_readings_are_handed_in_and_the_call_comes_up_by_itself() -> None:
    visitor = _begun().in_line().touch(i.OpenService(service="readings")).identified()
    assert visitor.step is Step.READING
    visitor.type("301").feel(e.SessionStarted(session(_own_ticket(visitor))))
    assert visitor.step is Step.CALL
    assert any(isinstance(effect, JoinMedia) for effect in visitor.last)
    visitor.touch(i.OpenService(service="readings"))
    assert visitor.view.reading is not None
    assert visitor.view.reading.typed == "301"
    assert visitor.view.call is not None


def test_leaving_the_line_is_asked_once() -> None:
    visitor = _begun().in_line().touch(i.LeaveLine())
    assert (visitor.step, visitor.phrase) == (Step.WAITING, "waiting.leave_question")
    assert visitor.touch(i.LeaveLine()).step is Step.MENU
    assert len(visitor.told) == 1


def test_any_other_touch_withdraws_the_question() -> None:
    visitor = _begun().in_line().touch(i.LeaveLine(), i.Back(), i.OpenService(service="talk"))
    assert (visitor.step, visitor.phrase) == (Step.WAITING, "")
    assert visitor.touch(i.LeaveLine()).step is Step.WAITING


def test_the_link_may_go_while_waiting_the_place_is_kept_and_it_is_said() -> None:
    visitor = _begun().in_line().feel(e.WorldChanged(False, False))
    assert (visitor.step, visitor.phrase) == (Step.WAITING, "waiting.offline")
    visitor.feel(e.WorldChanged(True, True)).feel(e.Caught(tickets=(ticket(_own_ticket(visitor)),)))
    assert (visitor.step, visitor.phrase) == (Step.WAITING, "")


def test_a_place_the_server_closed_is_said() -> None:
    visitor = _begun().in_line()
    visitor.feel(e.TicketChanged(ticket(_own_ticket(visitor), TicketState.CLOSED)))
    assert (visitor.step, visitor.phrase) == (Step.MENU, "waiting.closed")


def test_waiting_has_no_time_limit() -> None:
    assert not _begun().in_line().wait(100_000).journey.ended


def test_somebody_elses_session_is_hung_up() -> None:
    visitor = _begun().feel(e.SessionStarted(session("not-ours", "s-9")))
    assert visitor.told == [SessionEnd(session_id="s-9")]
    assert visitor.step is Step.MENU


def test_the_server_hears_how_our_media_are() -> None:
    visitor = _begun().in_call().feel(e.MediaChanged("s-1", "live"))
    assert visitor.told == [SessionMedia(session_id="s-1", state="live")]
    assert visitor.view.call is not None
    assert visitor.view.call.media == "live"


def test_the_operator_sees_what_of_the_kiosk_does_not_work() -> None:
    visitor = _begun().in_call().feel(e.DevicesChanged(("microphone",)))
    assert visitor.view.call is not None
    assert visitor.view.call.missing == ("microphone",)
    visitor.feel(e.DevicesChanged(()))
    assert visitor.view.call is not None
    assert visitor.view.call.missing == ()


def test_muting_is_shown_and_done() -> None:
    visitor = _begun().in_call().touch(i.Mute(microphone_on=False))
    assert MuteMedia(False) in visitor.last
    assert visitor.view.call is not None
    assert not visitor.view.call.microphone_on


def test_the_customer_hangs_up_rates_and_sees_the_references() -> None:
    visitor = _begun().in_call().touch(i.EndCall())
    assert visitor.step is Step.RATING
    assert visitor.told == [SessionEnd(session_id="s-1")]
    assert LeaveMedia("s-1") in visitor.last
    visitor.touch(i.Rate(stars=5))
    assert visitor.told == [RatingGive(session_id="s-1", stars=5)]
    assert visitor.step is Step.GOODBYE


def test_the_idle_clock_begins_when_the_call_ends() -> None:
    visitor = _begun().in_call().wait(1000)
    visitor.feel(e.SessionEnded("s-1", "operator"))
    assert visitor.view.idle_warning_s is None
    assert not visitor.wait(60).journey.ended
    assert visitor.wait(31).journey.ended


def test_a_call_that_broke_goes_back_into_the_line_by_itself() -> None:
    visitor = _begun().in_call()
    ticket_id = _own_ticket(visitor)
    visitor.feel(e.SessionEnded("s-1", "server"))
    assert (visitor.step, visitor.phrase) == (Step.RATING, "call.lost")
    visitor.feel(e.TicketChanged(ticket(ticket_id)))
    assert (visitor.step, visitor.phrase) == (Step.WAITING, "waiting.again")


def test_a_session_the_server_no_longer_knows_is_over() -> None:
    visitor = _begun().in_call().feel(e.Caught())
    assert visitor.step is Step.RATING


def test_after_the_call_the_other_side_may_restart_its_media() -> None:
    visitor = _begun().in_call()
    again = session(_own_ticket(visitor)).model_copy(update={"offerer": True})
    assert JoinMedia(again) in visitor.feel(e.SessionRestarted(again)).last


def test_a_page_that_the_operator_shows_is_in_view_and_elsewhere_the_way_to_it_is_said() -> None:
    visitor = _begun().in_call()
    page = PageShape(width=764, height=1080)
    visitor.feel(e.PageShown("another", page))
    assert visitor.view.call is not None
    assert visitor.view.call.page is None
    visitor.feel(e.PageShown("s-1", page))
    assert (visitor.view.call.page, visitor.phrase) == (page, "")
    assert ShowPage(page) in visitor.last, "and it is wanted large enough to be read"
    visitor.touch(i.OpenService(service="readings"))
    visitor.feel(e.PageShown("s-1", page))
    assert visitor.phrase == "call.page_shown"
    visitor.feel(e.Caught(session=session(_own_ticket(visitor)))).touch(i.OpenService(service="talk"))
    assert (visitor.view.call.page, visitor.step) == (None, Step.CALL)  # the server knows better
    assert [each.page for each in visitor.all if isinstance(each, ShowPage)] == [page, page, None]


def test_an_operator_may_ask_but_not_act_before_the_customer_agrees() -> None:
    visitor = _begun().in_call()
    with pytest.raises(NotPermitted):
        visitor.operator(i.Propose(field="account", value="7400124417"))
    visitor.operator(i.AskPermission())
    assert (visitor.view.permission, visitor.phrase) == ("asked", "help.asks_permission")
    with pytest.raises(NotPermitted):
        visitor.operator(i.OpenService(service="readings"))


def test_the_customer_sees_each_proposal_and_decides() -> None:
    visitor = _begun().in_call().operator(i.AskPermission()).touch(i.Permit(granted=True))
    visitor.operator(i.Propose(field="account", value="7400124417"))
    assert visitor.view.proposal is not None
    assert visitor.phrase == "help.proposes"
    visitor.touch(i.DecideProposal(accepted=True))
    command = visitor.asked.command
    assert isinstance(command, AccountFind)
    assert command.number == "7400124417"
    visitor.feel(e.AccountFound(visitor.asked.number, account()))
    visitor.operator(i.OpenService(service="readings"))
    assert (visitor.step, visitor.phrase) == (Step.READING, "help.opened")
    visitor.operator(i.Propose(field="reading.T2", value="12780")).touch(i.DecideProposal(accepted=True))
    assert visitor.view.reading is not None
    assert (visitor.view.reading.zone, visitor.view.reading.typed) == ("T2", "12780")


def test_a_declined_proposal_changes_nothing() -> None:
    visitor = _begun().in_call().operator(i.AskPermission()).touch(i.Permit(granted=True))
    visitor.operator(i.Propose(field="account", value="7400124417")).touch(i.DecideProposal(accepted=False))
    assert visitor.view.account is None
    assert (visitor.view.proposal, visitor.phrase) == (None, "help.not_taken")


def test_permission_can_be_taken_back_and_ends_with_the_call() -> None:
    visitor = _begun().in_call().operator(i.AskPermission()).touch(i.Permit(granted=True), i.Permit(granted=False))
    with pytest.raises(NotPermitted):
        visitor.operator(i.OpenService(service="readings"))
    visitor.touch(i.Permit(granted=True), i.EndCall())
    assert visitor.view.permission == "none"


def test_an_operator_can_never_press_the_customers_buttons() -> None:
    visitor = _begun().in_call().operator(i.AskPermission()).touch(i.Permit(granted=True))
    for wish in (i.Pay(), i.Finish(), i.Permit(granted=True), i.DecideProposal(accepted=True), i.EndCall()):
        with pytest.raises(NotPermitted):
            visitor.operator(replace_step(visitor, wish))


def replace_step(visitor: Visitor, wish: i._Intent) -> i._Intent:
    """Pay belongs to the payment's screen only: bring the person there first."""
    if isinstance(wish, i.Pay):
        visitor.journey = replace(visitor.journey, account=account(), step=Step.PAYMENT)
    return wish


def test_a_visit_whose_process_broke_goes_on_from_a_safe_step() -> None:
    visitor = _begun().touch(i.OpenService(service="readings")).identified().in_line()
    ticket_id = _own_ticket(visitor)
    again = Visitor()
    again.journey = resumed("v-1", visitor.view, again.journey.settings, NOW)
    assert again.step is Step.WAITING
    assert again.view.account == visitor.view.account
    again.feel(e.Caught(tickets=(ticket(ticket_id),), session=session(ticket_id)))
    assert again.step is Step.CALL
    assert any(isinstance(effect, JoinMedia) for effect in again.last)


def test_a_payment_outlives_the_process_that_showed_it() -> None:
    visitor = _begun().touch(i.OpenService(service="payment")).identified().touch(i.Pay())
    visitor.feel(purchase(visitor, "processing"))
    again = Visitor()
    again.journey = resumed("v-1", view(visitor.journey), again.journey.settings, NOW)
    assert again.step is Step.PAYING
    again.feel(purchase(again, "approved", final=True, reference="P-1"))
    assert again.step is Step.PAID


def test_finishing_in_a_call_hangs_up_first() -> None:
    visitor = _begun().in_call().touch(i.Finish())
    assert visitor.step is Step.RATING
    assert visitor.told == [SessionEnd(session_id="s-1")]
