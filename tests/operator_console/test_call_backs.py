"""People who are called back, and customers who go on without this operator."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from operator_console import happenings as h
from operator_console import queue_acts as a
from operator_console.desk import Desk, permitted
from operator_console.gallery import application, make_window, show
from operator_console.gallery_states import states
from operator_console.phrases import Phrases
from operator_console.views.call_back import spaced
from operator_console.views.look import Look
from signaling.protocol import commands as c
from signaling.protocol import events
from signaling.protocol import queueing as q
from signaling.protocol.errors import ErrorCode
from tests.operator_console.worlds import NOW, changed, offer, ready, run, session, talking

PHONE = "+37120000001"


def card(tries: int = 0) -> q.CallBackCard:
    """Whom to call, after so many calls that found nobody."""
    return q.CallBackCard(
        phone=PHONE, name="Irina", asked_at=NOW, source="site", tries=tries, tries_most=3, again_s=900
    )


def dialling(tries: int = 0) -> Desk:
    """A call-back was taken and its number is shown."""
    started = session().model_copy(update={"channel": "phone", "visit_id": None})
    desk, effects = run(ready(), h.ServerSaid(events.SessionStarted(session=started)), changed("busy"))
    show_it = q.CallBackShow(session_id="s1")
    assert [one for one in effects if isinstance(one, h.Send | h.TellMedia)] == [h.Send(show_it)]
    return run(desk, h.Replied(show_it, card(tries)))[0]


def sent(effects: list[h.Effect]) -> list[c.Command]:
    """The commands among effects."""
    return [one.command for one in effects if isinstance(one, h.Send)]


def number(desk: Desk) -> str:
    """The number this desk holds."""
    held = desk.conversation.call_back if desk.conversation else None
    return held.phone if held else ""


def test_the_number_is_held_until_they_answer_and_shown_again_only_when_asked_for() -> None:
    desk = dialling()
    assert number(desk) == PHONE
    assert {h.Act.NUMBER, h.Act.END, h.Act.SOUND, h.Act.PARK} & permitted(desk) == set()
    desk, effects = run(desk, a.Reached())
    assert (number(desk), effects) == ("", [])
    desk, effects = run(desk, a.NumberAsked())
    assert sent(effects) == [q.CallBackShow(session_id="s1")]
    desk, _ = run(desk, h.Replied(q.CallBackShow(session_id="s1"), card()))
    assert number(desk) == PHONE
    desk, effects = run(desk, h.EndedCall())
    assert number(desk) == ""
    assert sent(effects) == [c.SessionEnd(session_id="s1")]
    desk, _ = run(desk, h.Replied(q.CallBackShow(session_id="s1"), card()))
    assert number(desk) == ""


@pytest.mark.parametrize(("tries", "said"), [(0, "call_back.again"), (2, "call_back.closed")])
def test_nobody_answers_and_it_is_said_what_follows(tries: int, said: str) -> None:
    desk, effects = run(dialling(tries), a.NobodyAnswered())
    assert sent(effects) == [q.CallBackUnanswered(session_id="s1")]
    over = h.ServerSaid(events.SessionEnded(session_id="s1", reason="server"))
    desk, _ = run(desk, over, changed("available"))
    assert desk.conversation is None
    assert desk.notice is not None
    assert desk.notice.phrase == said
    for language in ("ru", "lv", "en"):
        assert "A-1" in Phrases(language).notice(desk.notice)


def test_a_wrong_number_ends_it_with_a_note_and_a_result() -> None:
    desk, effects = run(dialling(), h.NoteTyped("rang twice"), a.WrongNumber("somebody else"))
    assert c.SessionEnd(session_id="s1") in sent(effects)
    assert desk.conversation is not None
    assert desk.conversation.note.text == "rang twice\nsomebody else"
    assert (desk.conversation.result, desk.conversation.first_contact) == ("not_ours", False)


@pytest.mark.parametrize(
    ("act", "command", "how"),
    [
        (a.SentForPapers(), q.TicketPark(session_id="s1"), "parked"),
        (a.PassedOn("payment"), q.TicketTransfer(session_id="s1", service="payment"), "transferred"),
        (a.FoundNobody(), q.TicketAbsent(session_id="s1"), "absent"),
    ],
)
def test_a_customer_goes_on_without_us_once_the_server_says_so(act: h.UserAct, command: c.Command, how: str) -> None:
    desk, effects = run(talking(), act)
    assert sent(effects) == [command]
    refused, _ = run(desk, h.Refused(command, ErrorCode.ILLEGAL_MOVE))
    assert refused.conversation is not None
    assert (refused.conversation.passed, refused.conversation.ended) == ("", None)
    over = h.ServerSaid(events.SessionEnded(session_id="s1", reason="server"))
    desk, _ = run(desk, over, changed("wrap_up"))
    assert desk.conversation is not None
    assert (desk.conversation.passed, desk.conversation.ended) == (how, "server")


def test_calling_back_is_taken_up_and_left_and_other_channels_stay() -> None:
    desk, _ = run(ready(), changed("available", channels=("video", "chat")))
    assert sent(run(desk, a.ChannelsChosen(phone=True))[1]) == [q.ChannelsSet(channels=("video", "chat", "phone"))]
    assert sent(run(desk, a.ChannelsChosen(phone=False))[1]) == [q.ChannelsSet(channels=("video", "chat"))]


def test_a_number_is_written_as_it_is_dialled() -> None:
    written = [spaced(one).replace("\u00a0", " ") for one in ("+79000000017", "+37120000001", "+4930123456", "")]
    assert written == ["+7 900 000 00 17", "+371 20 000 001", "+4 930 123 456", ""]


class Seat:
    """A window, and what was done at it."""

    def __init__(self) -> None:
        application()
        self.window = make_window((1366, 768), Look())
        self.acts: list[object] = []
        self.window.acted.connect(self.acts.append)

    def show(self, name: str, desk: Desk | None = None) -> None:
        """One state of the gallery, or that desk."""
        show(self.window, name, desk or states()[name], Phrases("en"))
        application().processEvents()

    def press(self, name: str) -> None:
        """Click a button that is seen."""
        button = next(one for one in self.window.findChildren(QAbstractButton) if one.objectName() == name)
        assert button.isVisible(), name
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def texts(self) -> list[str]:
        """Everything that is read."""
        return [one.text() for one in self.window.findChildren(QLabel) if one.isVisible()]


@pytest.fixture
def seat() -> Iterator[Seat]:
    """One seat, put away afterwards."""
    made = Seat()
    yield made
    made.window.hide()


def test_the_number_is_seen_while_it_is_dialled_and_nowhere_afterwards(seat: Seat) -> None:
    seat.show("call_back")
    assert "+7\u00a0900\u00a0000\u00a000\u00a017" in seat.texts()
    for name in ("reached", "nobody", "wrong"):
        seat.press(f"call_back.{name}")
    assert seat.acts == [a.Reached(), a.NobodyAnswered(), a.WrongNumber("Wrong number: somebody else answered.")]
    seat.show("call_back_answered")
    assert not [text for text in seat.texts() if "900" in text]
    seat.press("call_back.show")
    seat.press("call_back.end")
    assert seat.acts[3:] == [a.NumberAsked(), h.EndedCall()]


def test_a_call_back_still_says_what_its_offer_was_about(seat: Seat) -> None:
    started = session().model_copy(update={"channel": "phone", "visit_id": None})
    offered, _ = run(ready(), h.ServerSaid(events.OfferMade(offer=offer())), changed("offered"))
    desk, _ = run(offered, h.ServerSaid(events.SessionStarted(session=started)), changed("busy"))
    assert desk.conversation is not None
    assert desk.conversation.topic == "readings"
    assert dialling().conversation.topic == ""  # type: ignore[union-attr]
    seat.show("call_back", desk)
    assert "Readings" in seat.texts()


def test_passing_on_is_asked_once_more_and_can_be_thought_better_of(seat: Seat) -> None:
    seat.show("call")
    seat.press("call.pass_on.papers")
    seat.press("call.pass_on.no")
    assert seat.acts == []
    seat.press("call.pass_on.absent")
    seat.press("call.pass_on.yes")
    seat.press("call.pass_on.transfer")
    seat.press("call.pass_on.to.contract")
    assert seat.acts == [a.FoundNobody(), a.ColleaguesAsked(), a.PassedOn("contract")]


def test_a_colleague_is_named_from_who_is_on_duty(seat: Seat) -> None:
    asked, command = run(talking(), a.ColleaguesAsked())[0], q.ColleaguesAsk()
    rows = (q.Colleague(operator_id="op-2", name="Olga", free=True),)
    desk, _ = run(asked, h.Replied(command, q.Colleagues(rows=rows)))
    _, effects = run(desk, a.PassedOn(operator_id="op-2"))
    assert sent(effects) == [q.TicketTransfer(session_id="s1", operator_id="op-2")]
    seat.show("call_transfer")
    seat.press("call.pass_on.person.1")
    assert seat.acts[-1] == a.PassedOn(operator_id="op-3")


def test_a_question_is_not_put_to_the_next_customer(seat: Seat) -> None:
    seat.show("call_papers")
    desk = states()["call"]
    assert desk.conversation is not None
    other = desk.conversation.session.model_copy(update={"session_id": "s-9"})
    seat.window.show_desk(replace(desk, conversation=replace(desk.conversation, session=other)), Phrases("en"))
    seat.press("call.pass_on.papers")
    assert seat.acts == []
