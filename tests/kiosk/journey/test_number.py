"""People who have a number: typed with its code, refused calmly, and those who go away and keep it."""

from __future__ import annotations

import pytest

from kiosk.journey import events as e
from kiosk.journey.effects import AskServer, BeginVisit, EndVisit, TellServer
from signaling.protocol import journey as i
from signaling.protocol.commands import TicketLeave
from signaling.protocol.journey import Step
from signaling.protocol.queueing import TicketPause, TicketReturn
from signaling.protocol.values import TicketState, TicketView
from tests.kiosk.journey.people import NOW, Visitor, session, ticket


def staged(stage: str, state: TicketState = TicketState.WAITING, ticket_id: str = "t-9") -> TicketView:
    """A place of which the queue says this word."""
    more = {"stage": stage, "code": "4417", "until": NOW}
    return ticket(ticket_id, state).model_copy(update=more)


def asked(digits: str = "0274417") -> Visitor:
    """Somebody has typed number and code and wants to go on."""
    return Visitor().touch(i.HaveNumber()).type(digits).touch(i.Confirm())


def left_things(visitor: Visitor) -> list[object]:
    """Places given up so far."""
    told = [each.command for each in visitor.all if isinstance(each, TellServer)]
    return [each for each in told if isinstance(each, TicketLeave)]


def test_one_touch_on_the_resting_screen_asks_for_number_and_code() -> None:
    visitor = Visitor().touch(i.HaveNumber())
    assert visitor.step is Step.HAVE_NUMBER
    assert any(isinstance(each, BeginVisit) for each in visitor.all)


@pytest.mark.parametrize(("digits", "number"), [("0274417", "027"), ("10274417", "1027")])
def test_the_last_four_digits_are_the_code_and_the_place_is_this_visits(digits: str, number: str) -> None:
    visitor = asked(digits)
    command = visitor.asked.command
    assert isinstance(command, TicketReturn)
    assert (command.number, command.code, command.visit_id) == (number, "4417", "v-1")
    visitor.feel(e.TicketTaken(visitor.asked.number, staged("waiting")))
    assert (visitor.step, visitor.view.typed_number) == (Step.WAITING, "")
    assert [(each.value, each.code) for each in visitor.view.references] == [("A-027", "4417")]
    visitor.feel(e.SessionStarted(session("t-9")))
    assert visitor.step is Step.CALL


def test_too_few_digits_are_said_and_nobody_is_asked() -> None:
    visitor = asked("027441")
    assert visitor.phrase == "number.short"
    assert not any(isinstance(each, AskServer) for each in visitor.all)


@pytest.mark.parametrize(
    ("code", "phrase"),
    [
        ("ticket.unknown", "number.wrong"),
        ("protocol.too_many", "number.paused"),
        ("ticket.late", "number.late"),
        ("ticket.elsewhere", "number.elsewhere"),
        ("booking.early", "number.early"),
        ("state.illegal", "number.talks"),
        ("link.down", "error.link.down"),
        ("server.internal", "error.server.internal"),
    ],
)
def test_a_refusal_is_said_calmly_and_what_was_typed_stands_to_be_compared(code: str, phrase: str) -> None:
    visitor = asked()
    visitor.feel(e.Refused(visitor.asked.number, code))
    assert (visitor.step, visitor.phrase, visitor.view.typed_number) == (Step.HAVE_NUMBER, phrase, "0274417")
    assert visitor.touch(i.Key(key="back")).phrase == ""


def test_who_goes_back_before_the_answer_has_the_place_all_the_same() -> None:
    visitor = asked().touch(i.Back())
    assert visitor.step is Step.MENU
    visitor.feel(e.TicketTaken(visitor.asked.number, staged("waiting")))
    assert (visitor.step, visitor.journey.in_line) == (Step.MENU, True)
    assert left_things(visitor) == []


def test_who_has_a_place_here_is_shown_it_and_types_nothing() -> None:
    visitor = Visitor().touch(i.Touch()).in_line().touch(i.Back(), i.HaveNumber())
    assert visitor.step is Step.WAITING


def test_sent_for_papers_in_a_conversation_the_number_and_code_are_shown_and_leaving_gives_nothing_up() -> None:
    visitor = Visitor().touch(i.Touch()).in_call()
    ticket_id = visitor.journey.ticket_id or ""
    visitor.feel(e.SessionEnded("s-1", "operator"))
    visitor.feel(e.TicketChanged(staged("parked", TicketState.PARKED, ticket_id)))
    assert (visitor.step, visitor.phrase) == (Step.PARKED, "")
    visitor.touch(i.Finish(), i.Finish())
    assert any(isinstance(each, EndVisit) for each in visitor.all)
    assert left_things(visitor) == []


def test_who_walks_off_from_the_number_leaves_the_kiosk_to_others_and_keeps_the_place() -> None:
    visitor = Visitor().touch(i.Touch()).in_line()
    visitor.feel(e.TicketChanged(staged("parked", TicketState.PARKED, visitor.journey.ticket_id or "")))
    assert visitor.wait(120).journey.ended
    assert left_things(visitor) == []


def test_back_at_the_same_screen_one_touch_is_enough() -> None:
    visitor = Visitor().touch(i.Touch()).in_line()
    ticket_id = visitor.journey.ticket_id or ""
    visitor.feel(e.TicketChanged(staged("parked", TicketState.PARKED, ticket_id))).touch(i.Confirm())
    command = visitor.asked.command
    assert isinstance(command, TicketReturn)
    assert (command.number, command.code) == ("A-027", "4417")
    visitor.feel(e.TicketTaken(visitor.asked.number, staged("waiting", ticket_id=ticket_id)))
    assert visitor.step is Step.WAITING


def test_the_place_of_who_fetches_papers_is_given_up_only_when_asked_for_twice() -> None:
    visitor = Visitor().touch(i.Touch()).in_line()
    visitor.feel(e.TicketChanged(staged("parked", TicketState.PARKED, visitor.journey.ticket_id or "")))
    visitor.touch(i.LeaveLine())
    assert (visitor.phrase, left_things(visitor)) == ("waiting.leave_question", [])
    visitor.touch(i.LeaveLine())
    assert (visitor.step, len(left_things(visitor))) == (Step.MENU, 1)


def test_the_place_of_who_fetches_papers_is_kept_when_they_would_rather_stay() -> None:
    visitor = Visitor().touch(i.Touch()).in_line()
    visitor.feel(e.TicketChanged(staged("parked", TicketState.PARKED, visitor.journey.ticket_id or "")))
    visitor.touch(i.LeaveLine()).touch(i.OpenService(service="talk"))
    assert (visitor.step, visitor.phrase, left_things(visitor)) == (Step.PARKED, "", [])


def test_who_waits_may_go_for_a_while_and_the_screen_follows_the_server() -> None:
    visitor = Visitor().touch(i.Touch()).in_line().touch(i.Pause())
    assert [type(each) for each in visitor.told] == [TicketPause]
    assert visitor.step is Step.WAITING
    visitor.feel(e.TicketChanged(staged("parked", TicketState.PARKED, visitor.journey.ticket_id or "")))
    assert visitor.step is Step.PARKED


def test_who_was_called_and_not_seen_is_told_and_is_back_by_one_touch() -> None:
    visitor = Visitor().touch(i.Touch()).in_line()
    visitor.feel(e.TicketChanged(staged("recallable", ticket_id=visitor.journey.ticket_id or "")))
    assert visitor.phrase == "waiting.missed"
    assert isinstance(visitor.touch(i.Confirm()).asked.command, TicketReturn)
    visitor.feel(e.Refused(visitor.asked.number, "ticket.late"))
    assert visitor.phrase == "number.late"


def test_a_place_taken_along_to_another_kiosk_is_said_here() -> None:
    visitor = Visitor().touch(i.Touch()).in_line()
    visitor.feel(e.TicketChanged(staged("elsewhere", TicketState.ABANDONED, visitor.journey.ticket_id or "")))
    assert (visitor.step, visitor.phrase, visitor.journey.in_line) == (Step.MENU, "waiting.elsewhere", False)


def test_while_the_operator_is_away_for_a_moment_the_call_says_so() -> None:
    visitor = Visitor().touch(i.Touch()).in_call()
    visitor.feel(e.TicketChanged(staged("hold", TicketState.CONNECTED, visitor.journey.ticket_id or "")))
    assert visitor.view.call is not None
    assert visitor.view.call.on_hold
