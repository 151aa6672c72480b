"""The line at a supervisor's desk: who may change it, that a reason is needed, and what is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from operator_console import happenings as h
from operator_console import queue_acts as a
from operator_console.desk import Desk, permitted, step
from operator_console.errors import ActNotPermitted
from operator_console.gallery import application, make_window, show
from operator_console.gallery_states import NOW, states
from operator_console.phrases import Phrases
from operator_console.views.line_finder import state_words
from operator_console.views.look import Look
from operator_console.views.window import Window
from signaling.protocol import queueing as q
from signaling.protocol import waiting_line as w
from signaling.protocol.errors import ErrorCode
from signaling.protocol.replies import Done
from signaling.protocol.values import Role


def sent(desk: Desk, happening: h.Happening) -> list[object]:
    """Commands that follow."""
    return [one.command for one in step(desk, happening, NOW)[1] if isinstance(one, h.Send)]


def test_a_move_is_asked_once_and_said_to_be_recorded() -> None:
    desk = states()["floor_move"]
    move = a.MovedAhead(10, "health")
    command = q.TicketMove(ticket_id="q-2", seconds=600, reason="health")
    assert sent(desk, move) == [command]
    asked, _ = step(desk, move, NOW)
    with pytest.raises(ActNotPermitted):
        step(asked, move, NOW)
    done, _ = step(asked, h.Replied(command, Done()), NOW)
    assert done.notice is not None
    assert (done.notice.phrase, dict(done.notice.values)) == ("queue.moved", {"number": "Д-031", "minutes": "10"})
    assert done.supervision.ticket_id == ""
    refused, _ = step(asked, h.Refused(command, ErrorCode.TICKET_UNKNOWN), NOW)
    assert refused.notice is not None
    assert refused.supervision.ticket_id == "q-2"
    assert h.Act.MOVE in permitted(refused)


def test_who_does_not_wait_is_not_moved_and_the_same_weight_is_not_sent() -> None:
    assert sent(states()["floor_move_called"], a.MovedAhead(10, "health")) == []
    weigh = states()["floor_weigh"]
    assert sent(weigh, a.WeighedCentre(150, "crowd")) == []
    (command,) = sent(weigh, a.WeighedCentre(200, "outage"))
    assert isinstance(command, q.CentreWeigh)
    assert (command.percent, command.reason) == (200, "outage")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR])
def test_only_a_supervisor_changes_the_line(role: Role) -> None:
    desk = replace(states()["floor_move"], role=role)
    for act in (a.MovedAhead(10, "health"), a.WeighedCentre(200, "crowd")):
        with pytest.raises(ActNotPermitted):
            step(desk, act, NOW)


def test_without_the_link_nothing_is_changed() -> None:
    assert not {h.Act.MOVE, h.Act.WEIGH} & permitted(replace(states()["floor_move"], online=False))


class Seat:
    """A window on the queue, and what was done at it."""

    def __init__(self) -> None:
        application()
        self.window: Window = make_window((1366, 768), Look())
        self.acts: list[object] = []
        self.window.acted.connect(self.acts.append)

    def show(self, name: str, desk: Desk | None = None) -> None:
        """One state of the gallery, or that desk."""
        show(self.window, name, desk or states()[name], Phrases("en"))
        application().processEvents()

    def button(self, name: str) -> QAbstractButton:
        """A button by its name."""
        return next(one for one in self.window.findChildren(QAbstractButton) if one.objectName() == name)

    def press(self, *names: str) -> None:
        """Click them, one after another."""
        for name in names:
            QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)


@pytest.fixture
def seat() -> Iterator[Seat]:
    """One seat, put away afterwards."""
    made = Seat()
    yield made
    made.window.hide()


def test_a_row_is_chosen_and_moved_only_with_an_amount_and_a_reason(seat: Seat) -> None:
    seat.show("floor_queue")
    seat.press("queue.line.2")
    assert seat.acts == [a.ChoseInLine("q-2")]
    seat.show("floor_move")
    seat.press("queue.move.go", "queue.move.amount.20", "queue.move.go")
    assert seat.acts[1:] == []
    seat.press("queue.move.reason.danger", "queue.move.go")
    assert seat.acts[1:] == [a.MovedAhead(20, "danger")]


def test_what_was_chosen_for_one_is_not_kept_for_another(seat: Seat) -> None:
    seat.show("floor_move")
    seat.press("queue.move.amount.20", "queue.move.reason.danger")
    other = states()["floor_move"]
    seat.show("floor_move", replace(other, supervision=replace(other.supervision, ticket_id="q-3")))
    assert not seat.button("queue.move.go").isEnabled()


def test_a_centre_is_weighed_by_keyboard_and_its_present_weight_cannot_be_chosen(seat: Seat) -> None:
    seat.show("floor_queue")
    QTest.keyClick(seat.button("queue.centres.0"), Qt.Key.Key_Return)
    assert seat.acts == [a.ChoseCentre(states()["floor_weigh"].supervision.centre)]
    seat.show("floor_weigh")
    assert not seat.button("queue.weigh.amount.150").isEnabled()
    seat.press("queue.weigh.amount.75", "queue.weigh.reason.event", "queue.weigh.go")
    assert seat.acts[1:] == [a.WeighedCentre(75, "event")]


def test_who_may_only_look_is_told_so(seat: Seat) -> None:
    desk = states()["floor_move"]
    seat.show("floor_move", replace(desk, role=Role.ADMINISTRATOR))
    assert not seat.button("queue.move.amount.20").isEnabled()


def test_the_line_is_followed_by_differences_and_its_length_is_the_true_one() -> None:
    desk = states()["line_many"]
    gone, new = desk.line[0], desk.line[0].model_copy(update={"ticket_id": "new", "number": "П-900"})
    put = (w.PlacedRow(place=len(desk.line) - 1, row=new),)
    told = w.LineChanged(gone=(gone.ticket_id,), put=put, counts=w.LineCounts(total=5612))
    desk, _ = step(desk, h.ServerSaid(told), NOW)
    assert (desk.line[-1].number, len(desk.line), desk.counts.total) == ("П-900", w.LINE_SHOWN, 5612)
    desk, _ = step(desk, h.ServerSaid(w.whole_line((new,), w.LineCounts(total=1))), NOW)
    assert desk.line == (new,)


def test_a_number_is_looked_for_once_and_the_answer_is_put_away_with_it() -> None:
    desk = replace(states()["line_many"], online=True)
    find = a.LookedInLine(" п-3027 ")
    assert sent(desk, find) == [w.LineFind(number="п-3027")]
    asked, _ = step(desk, find, NOW)
    assert h.Act.FIND not in permitted(asked)
    rows = states()["line_found"].sought.rows
    late, _ = step(asked, h.Replied(w.LineFind(number="1"), w.LineFound(rows=rows)), NOW)
    assert late.sought.rows == ()
    found, _ = step(asked, h.Replied(w.LineFind(number="п-3027"), w.LineFound(rows=rows[:1])), NOW)
    assert (found.sought.rows, found.sought.at, found.supervision.ticket_id) == (rows[:1], NOW, rows[0].row.ticket_id)
    nobody, _ = step(asked, h.Refused(w.LineFind(number="п-3027"), ErrorCode.TICKET_UNKNOWN), NOW)
    assert (nobody.sought.rows, nobody.sought.at, nobody.notice) == ((), NOW, desk.notice)
    away, effects = step(found, a.LookedInLine(""), NOW)
    assert (away.sought, effects) == (type(away.sought)(), ())


def test_who_is_too_far_down_to_be_told_of_is_found_and_moved_ahead(seat: Seat) -> None:
    seat.show("floor_found")
    (field,) = [one for one in seat.window.floor.findChildren(QLineEdit) if one.objectName() == "queue.find.number"]
    QTest.keyClicks(field, "031")
    QTest.keyClick(field, Qt.Key.Key_Return)
    seat.press("queue.find.1")
    field.clear()
    assert seat.acts == [a.LookedInLine("031"), a.ChoseInLine("q-2"), a.LookedInLine("")]
    far = states()["floor_found"]
    (command,) = sent(far, a.MovedAhead(10, "health"))
    assert command == q.TicketMove(ticket_id="q-far", seconds=600, reason="health")


@pytest.mark.parametrize("language", ["en", "ru", "lv"])
def test_whom_nobody_can_take_is_said_to_be_that(language: str) -> None:
    floor = states()["floor_queue"].floor
    assert floor is not None
    said = {state_words(one, NOW, Phrases(language)) for one in floor.queue if one.nobody}
    assert said == {{"en": "nobody here can take it", "ru": "некому принять", "lv": "nav, kas pieņem"}[language]}


def test_a_call_of_another_day_is_told_with_its_day() -> None:
    desk = states()["floor_queue"]
    assert desk.floor is not None
    row = next(one for one in desk.floor.queue if one.state == "callback")
    assert row.due_at is not None
    tomorrow = row.model_copy(update={"due_at": row.due_at + timedelta(days=1)})
    english = Phrases("en", UTC)
    assert state_words(row, desk.now, english) == "call back: 08:32"
    assert state_words(tomorrow, desk.now, english) == "call back: 21 Nov 2026 08:32"
