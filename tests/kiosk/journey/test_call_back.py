"""Going home to be called by phone: the number, the place that is kept, and every way it can go wrong."""

from __future__ import annotations

import pytest

from kiosk.journey import Settings, phones
from kiosk.journey import events as e
from kiosk.journey.effects import AskServer, EndVisit
from signaling.protocol import journey as i
from signaling.protocol.commands import TicketLeave
from signaling.protocol.journey import Step
from signaling.protocol.queueing import CallBackWish
from signaling.protocol.values import TicketState
from tests.kiosk.journey.people import Visitor, session, ticket


def typing(digits: str = "9123456789", settings: Settings | None = None) -> Visitor:
    """Somebody in the line who has typed a phone number."""
    return Visitor(settings).touch(i.Touch()).in_line().touch(i.CallMeBack()).type(digits)


def asked(visitor: Visitor) -> Visitor:
    """Handed in; the answer is waited for."""
    visitor.touch(i.Confirm())
    assert isinstance(visitor.last[0], AskServer)
    return visitor


@pytest.mark.parametrize(
    ("country", "typed", "whole"),
    [
        ("RU", "9123456789", "+79123456789"),
        ("RU", "89123456789", "+79123456789"),
        ("RU", "79123456789", "+79123456789"),
        ("RU", "8912345678", None),
        ("RU", "8442123456", "+78442123456"),
        ("RU", "84951234567", "+74951234567"),
        ("RU", "912345678", None),
        ("RU", "91234567890", None),
        ("LV", "26123456", "+37126123456"),
        ("LV", "37126123456", "+37126123456"),
        ("LV", "2612345", None),
        ("LV", "16123456", None),
    ],
)
def test_a_number_is_understood_as_people_of_the_country_type_it(
    country: phones.Country, typed: str, whole: str | None
) -> None:
    assert phones.dialled(country, typed) == whole


def test_the_number_being_typed_shows_what_is_still_missing() -> None:
    assert phones.in_groups("+7", "8912").split() == ["+7", "912", "___", "__", "__"]
    assert phones.in_groups("+371", "26123456", blanks=False).split() == ["+371", "26", "123", "456"]


def test_the_number_is_handed_in_and_the_place_goes_with_it() -> None:
    visitor = asked(typing())
    command = visitor.asked.command
    assert isinstance(command, CallBackWish)
    assert command.phone == "+79123456789"
    visitor.feel(e.CallBackKept(visitor.asked.number))
    assert visitor.step is Step.CALL_BACK_DONE
    assert visitor.view.call_back is not None
    assert visitor.view.call_back.masked.split() == ["•••", "67", "89"]
    assert [each.value for each in visitor.view.references] == ["A-027"]
    assert visitor.view.ticket is None
    visitor.touch(i.Finish(), i.Finish())
    assert any(isinstance(effect, EndVisit) for effect in visitor.last)
    assert not any(isinstance(getattr(effect, "command", None), TicketLeave) for effect in visitor.all)


def test_who_walks_away_from_the_confirmation_is_called_all_the_same() -> None:
    visitor = asked(typing())
    visitor.feel(e.CallBackKept(visitor.asked.number)).wait(120)
    assert visitor.journey.ended
    assert not any(isinstance(getattr(effect, "command", None), TicketLeave) for effect in visitor.all)


def test_a_number_that_cannot_be_is_said_and_stays_to_be_corrected() -> None:
    visitor = typing("91234").touch(i.Confirm())
    assert (visitor.step, visitor.phrase) == (Step.CALL_BACK, "call_back.number")
    visitor.type("56789")
    assert visitor.phrase == ""
    asked(visitor)


def test_back_keeps_the_place_and_asks_nothing() -> None:
    visitor = typing().touch(i.Back())
    assert (visitor.step, visitor.journey.in_line) == (Step.WAITING, True)
    assert not isinstance(visitor.asked.command, CallBackWish)


def test_who_is_called_while_typing_talks() -> None:
    visitor = asked(typing())
    ticket_id = visitor.journey.ticket_id
    assert ticket_id is not None
    visitor.feel(e.SessionStarted(session(ticket_id)))
    visitor.feel(e.Refused(visitor.asked.number, "protocol.illegal_move"))
    assert (visitor.step, visitor.phrase, visitor.journey.typed_phone) == (Step.CALL, "", "")


def test_who_is_called_just_now_cannot_go_home() -> None:
    visitor = Visitor().touch(i.Touch()).in_line()
    assert visitor.journey.ticket_id is not None
    visitor.feel(e.TicketChanged(ticket(visitor.journey.ticket_id, TicketState.OFFERED))).touch(i.CallMeBack())
    assert visitor.step is Step.WAITING


def test_when_nobody_answered_the_place_is_still_here_and_it_can_be_tried_again() -> None:
    visitor = asked(typing())
    visitor.feel(e.Refused(visitor.asked.number, "link.down"))
    assert (visitor.step, visitor.phrase) == (Step.CALL_BACK, "error.link.down")
    assert visitor.journey.ticket is not None
    visitor.feel(e.Caught(tickets=(visitor.journey.ticket,)))
    asked(visitor).feel(e.CallBackKept(visitor.asked.number))
    assert visitor.step is Step.CALL_BACK_DONE


@pytest.mark.parametrize("how", ["caught", "asked again"])
def test_a_place_gone_after_a_break_is_not_called_closed_when_it_may_be_a_call_back(how: str) -> None:
    visitor = asked(typing())
    visitor.feel(e.Refused(visitor.asked.number, "link.down"))
    if how == "caught":
        visitor.feel(e.Caught())
    else:
        asked(visitor).feel(e.Refused(visitor.asked.number, "ticket.unknown"))
    assert (visitor.step, visitor.phrase, visitor.journey.in_line) == (Step.MENU, "call_back.unsure", False)
