"""Keys and fields of the window: what a person presses, and what that may mean."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from operator_console import happenings as h
from operator_console import queue_acts
from operator_console.desk import Desk
from operator_console.desk_state import Note
from operator_console.gallery import application, make_window
from operator_console.gallery_states import states
from operator_console.phrases import Phrases
from operator_console.probe import describe
from operator_console.views.look import Look
from operator_console.views.parts import Row
from operator_console.views.qt_words import speak
from operator_console.views.window import HANDS_STILL, Window
from signaling.protocol.values import Role

PHRASES = Phrases("ru")


class Seat:
    """A window and what was done at it."""

    def __init__(self) -> None:
        self.app: QApplication = application()
        self.window: Window = make_window((1366, 768), Look())
        self.acts: list[object] = []
        self.window.acted.connect(self.acts.append)
        self.window.activateWindow()

    def show(self, desk: Desk) -> None:
        """Put a desk on the window."""
        self.window.show_desk(desk, PHRASES)
        self.app.processEvents()

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A real key event to whatever has the focus."""
        QTest.keyClick(self.app.focusWidget() or self.window, key, held)
        self.app.processEvents()


@pytest.fixture
def seat() -> Iterator[Seat]:
    """One seat, put away afterwards."""
    made = Seat()
    yield made
    made.window.hide()


def test_enter_takes_the_offer_and_means_nothing_else_elsewhere(seat: Seat) -> None:
    seat.show(states()["idle"])
    seat.press(Qt.Key.Key_Return)
    assert seat.acts == []
    seat.show(states()["offer"])
    seat.press(Qt.Key.Key_Return)
    assert seat.acts == [h.Accepted()]


def test_escape_asks_why_and_a_figure_answers(seat: Seat) -> None:
    seat.show(states()["offer"])
    seat.press(Qt.Key.Key_1)
    assert seat.acts == []
    seat.press(Qt.Key.Key_Escape)
    seat.press(Qt.Key.Key_2)
    assert seat.acts == [h.RefusedOffer("language")]


def test_in_a_call_letters_and_enter_go_to_the_note_and_function_keys_do_not(seat: Seat) -> None:
    seat.show(states()["call_unknown"])
    for key in (Qt.Key.Key_A, Qt.Key.Key_Return, Qt.Key.Key_1):
        seat.press(key)
    assert seat.acts[-1] == h.NoteTyped("a\n1")
    seat.press(Qt.Key.Key_F4)
    assert seat.acts[-1] == h.SwitchedSound()
    seat.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert seat.acts[-1] == h.ResultChosen("call_back")


def test_a_key_of_a_dead_button_does_nothing(seat: Seat) -> None:
    seat.show(states()["wrap_up_hurry"])
    for key in (Qt.Key.Key_F12, Qt.Key.Key_F9, Qt.Key.Key_F4, Qt.Key.Key_F1, Qt.Key.Key_F7):
        seat.press(key)
    assert seat.acts == []
    seat.press(Qt.Key.Key_F8)
    assert seat.acts == [h.WrapUpExtended()]


def test_the_menu_takes_a_break_by_its_figure_and_closes(seat: Seat) -> None:
    seat.show(states()["idle"])
    seat.press(Qt.Key.Key_F2)
    assert seat.window.menu.isVisible()
    seat.press(Qt.Key.Key_1)
    assert seat.acts == [h.TookBreak("lunch")]
    assert not seat.window.menu.isVisible()


def test_a_tick_does_not_move_the_cursor_of_who_is_typing(seat: Seat) -> None:
    desk = states()["call"]
    seat.show(desk)
    text = seat.window.findChild(QPlainTextEdit, "note.text")
    assert text is not None
    cursor = text.textCursor()
    cursor.setPosition(3)
    text.setTextCursor(cursor)
    seat.show(desk)
    assert text.textCursor().position() == 3


def test_the_next_customers_note_does_not_begin_with_the_last_ones(seat: Seat) -> None:
    desk = states()["call"]
    assert desk.conversation is not None
    seat.show(desk)
    other = desk.conversation.session.model_copy(update={"session_id": "s-2"})
    seat.show(replace(desk, conversation=replace(desk.conversation, session=other, note=Note())))
    text = seat.window.findChild(QPlainTextEdit, "note.text")
    assert text is not None
    assert text.toPlainText() == ""
    assert seat.acts == []


def test_the_probe_tells_no_password(seat: Seat) -> None:
    seat.window.show_sign_in(PHRASES)
    field = seat.window.findChild(QLineEdit, "sign_in.password")
    assert field is not None
    field.setText("correct horse")
    seat.app.processEvents()
    told = describe(seat.window, None, "ru")
    assert told["state"]["scene"] == "sign_in"
    assert "correct horse" not in str(told)
    assert {"sign_in.name", "sign_in.password", "sign_in.go"} <= {item["name"] for item in told["items"]}


def test_when_the_call_is_over_no_picture_of_the_customer_stays(seat: Seat) -> None:
    from operator_console.gallery import picture

    seat.show(states()["call"])
    seat.window.call.video.show_image("remote", picture(320, 180, ""))
    seat.app.processEvents()
    with_picture = seat.window.call.video.grab().toImage()
    seat.show(states()["wrap_up"])
    seat.show(states()["call"])
    without = seat.window.call.video.grab().toImage()
    middle = without.rect().center()
    assert with_picture.pixelColor(middle) != without.pixelColor(middle)
    assert without.pixelColor(middle.x(), middle.y() + 90) == seat.window.look.colour("video")


def test_what_became_of_a_call_back_has_keys_that_live_only_while_their_buttons_do(seat: Seat) -> None:
    keys = (Qt.Key.Key_7, Qt.Key.Key_8, Qt.Key.Key_9)
    for state in ("idle", "call", "call_back_answered"):
        seat.show(states()[state])
        for key in keys:
            seat.press(key, Qt.KeyboardModifier.ControlModifier)
    assert [act for act in seat.acts if not isinstance(act, h.NoteTyped)] == []
    seat.show(states()["call_back"])
    for key in keys:
        seat.press(key, Qt.KeyboardModifier.ControlModifier)
    done = [type(act) for act in seat.acts if not isinstance(act, h.NoteTyped)]
    assert done == [queue_acts.Reached, queue_acts.NobodyAnswered, queue_acts.WrongNumber]


def test_what_waits_for_a_decision_says_in_its_line_why(seat: Seat) -> None:
    seat.show(states()["payments"])
    seat.window.toggle_payments()
    rows = [one for one in seat.window.findChildren(Row) if one.objectName().startswith("payments.task.")]
    notes = [one.note for one in rows if one.isVisible()]
    assert notes == ["Поставщик не принял деньги", "Исход неизвестен, нужен ответ банка", "Возврат ждёт согласия"]


def test_who_types_when_an_offer_comes_does_not_answer_it_by_the_next_enter(seat: Seat) -> None:
    seat.show(states()["call_unknown"])
    seat.press(Qt.Key.Key_A)
    seat.acts.clear()
    offer = states()["offer"]
    seat.show(offer)
    for key in (Qt.Key.Key_B, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_1):
        seat.press(key)
    assert seat.acts == []
    seat.show(replace(offer, now=offer.now + HANDS_STILL))
    seat.press(Qt.Key.Key_Return)
    assert seat.acts == [h.Accepted()]


def test_f1_answers_also_who_was_typing(seat: Seat) -> None:
    seat.show(states()["call_unknown"])
    seat.press(Qt.Key.Key_A)
    seat.show(states()["offer"])
    seat.press(Qt.Key.Key_F1)
    assert seat.acts[-1] == h.Accepted()


@pytest.mark.parametrize(("language", "word"), [("ru", "Копировать"), ("lv", "Kopēt"), ("en", "Copy")])
def test_the_menu_of_a_field_is_in_the_language_of_the_desk(seat: Seat, language: str, word: str) -> None:
    text = seat.window.findChild(QPlainTextEdit, "note.text")
    assert text is not None
    speak(language)
    words = [one.text().replace("&", "") for one in text.createStandardContextMenu().actions()]
    speak("en")
    assert any(word in one for one in words), words


def test_a_value_typed_for_one_field_or_customer_is_not_proposed_for_the_next(seat: Seat) -> None:
    desk = states()["call"]
    current = desk.conversation
    assert current is not None
    assert current.journey is not None
    assert current.journey.reading is not None
    field = seat.window.findChild(QLineEdit, "propose.value")
    assert field is not None
    reading = current.journey.reading.model_copy(update={"zone": "T1"})
    zone = replace(current, journey=current.journey.model_copy(update={"reading": reading}))
    other = replace(current, session=current.session.model_copy(update={"session_id": "s-2"}))
    for now in (zone, other):
        seat.show(desk)
        field.setText("012790")
        seat.show(desk)
        assert field.text() == "012790"
        seat.show(replace(desk, conversation=now))
        assert field.text() == ""


@pytest.mark.parametrize("key", [Qt.Key.Key_F2, Qt.Key.Key_F11, Qt.Key.Key_F10], ids=["menu", "equipment", "payments"])
def test_what_is_typed_after_a_look_elsewhere_goes_to_the_note(seat: Seat, key: Qt.Key) -> None:
    seat.show(states()["call_unknown"])
    seat.press(key)
    assert not isinstance(seat.app.focusWidget(), QPlainTextEdit)
    seat.press(key)
    seat.press(Qt.Key.Key_A)
    assert seat.acts == [h.NoteTyped("a")]


def test_escape_from_the_menu_or_a_panel_leads_back_to_the_note(seat: Seat) -> None:
    seat.show(states()["call_unknown"])
    for key in (Qt.Key.Key_F2, Qt.Key.Key_F11):
        seat.press(key)
        seat.press(Qt.Key.Key_Escape)
        assert isinstance(seat.app.focusWidget(), QPlainTextEdit)
    seat.press(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    seat.press(Qt.Key.Key_Escape)
    assert isinstance(seat.app.focusWidget(), QPlainTextEdit)


def test_who_may_see_the_floor_or_payments_no_more_is_back_at_the_desk(seat: Seat) -> None:
    floor, payments, idle = (states()[name] for name in ("floor", "payments", "idle"))
    seat.show(floor)
    seat.press(Qt.Key.Key_F6)
    assert seat.window.scene_name == "floor"
    seat.show(idle)
    assert seat.window.scene_name == "ready"
    seat.show(payments)
    seat.press(Qt.Key.Key_F10)
    assert seat.window.scene_name == "payments"
    seat.show(replace(idle, role=Role.ADMINISTRATOR))
    assert seat.window.scene_name == "ready"
