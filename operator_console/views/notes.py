"""View: the note, saved as it is typed, and what became of the conversation."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from operator_console.desk import Act, Desk, permitted
from operator_console.desk_state import Note
from operator_console.happenings import RESULTS, FirstContactSet, NoteTyped, ResultChosen
from operator_console.person_steps import NOTE_LENGTH
from operator_console.phrases import Phrases
from operator_console.views.look import Look
from operator_console.views.parts import Button, column, label, put, restyle, row


class NotePanel(QFrame):
    """Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setObjectName("notes")
        self._title, self._saved = label("strong"), label("note", name="note.saved")
        self._text = QPlainTextEdit()
        self._text.setObjectName("note.text")
        self._text.setTabChangesFocus(True)
        self._text.setMinimumHeight(look.px(72))
        self._result, self._first = label("quiet"), label("quiet")
        self._results = {one: Button(look, f"result.{one}") for one in RESULTS}
        self._yes, self._no = Button(look, "first_contact.yes"), Button(look, "first_contact.no")
        self._session, self._titles = "", ("", "")
        self.setLayout(
            column(
                row(self._title, None, self._saved),
                self._text,
                row(self._result, None, *self._results.values(), gap=6),
                row(self._first, None, self._yes, self._no, gap=6),
                gap=8,
                margins=(14, 10, 14, 12),
            )
        )
        self._text.textChanged.connect(self._typed)
        for one, button in self._results.items():
            button.clicked.connect(lambda _=False, result=one: self.acted.emit(ResultChosen(result)))
        self._yes.clicked.connect(lambda: self.acted.emit(FirstContactSet(True)))
        self._no.clicked.connect(lambda: self.acted.emit(FirstContactSet(False)))

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """The note of this conversation; the person's cursor is never moved by what they typed themselves."""
        current = desk.conversation
        if current is None:
            self._session = ""
            self._put_text("")
            return
        fresh = current.session.session_id != self._session
        self._session = current.session.session_id
        if fresh or current.note.text != self._text.toPlainText():
            self._put_text(current.note.text)
        say, may = phrases.say, permitted(desk)
        put(self._title, say("note.title"))
        self._text.setPlaceholderText(say("note.placeholder"))
        self._text.setAccessibleName(say("note.title"))
        self._text.setReadOnly(Act.NOTE not in may)
        put(self._saved, saved_words(current.note, desk, phrases))
        nowhere = not (current.note.safe or desk.online or desk.disk_writes)
        restyle(self._saved, "tone", "danger" if nowhere else "")
        self._titles = (say("result.title"), say("result.title_short"))
        put(self._first, say("result.first"))
        for one, button in self._results.items():
            kind = "chosen" if current.result == one else "plain"
            button.tell(say(f"result.{one}"), enabled=Act.RESULT in may, kind=kind)
        self._yes.tell(
            say("result.yes"), enabled=Act.RESULT in may, kind="chosen" if current.first_contact else "plain"
        )
        self._no.tell(say("result.no"), enabled=Act.RESULT in may, kind="plain" if current.first_contact else "chosen")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """It has another width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """On a small screen the keys are told in the list of keys alone."""
        whole, short = self._titles
        buttons = sum(one.sizeHint().width() + 6 for one in self._results.values())
        room = self.width() - 28 - buttons - 12
        put(self._result, whole if self._result.fontMetrics().horizontalAdvance(whole) <= room else short)

    def focus_text(self) -> None:
        """To the note: the hands of an operator in a call are there."""
        self._text.setFocus()

    def press_result(self, figure: int) -> None:
        """Ctrl+1 to Ctrl+4."""
        self._results[RESULTS[figure - 1]].click()

    def _put_text(self, text: str) -> None:
        if text == self._text.toPlainText():
            return
        self._text.blockSignals(True)
        self._text.setPlainText(text)
        self._text.moveCursor(self._text.textCursor().MoveOperation.End)
        self._text.blockSignals(False)

    def _typed(self) -> None:
        text = self._text.toPlainText()
        if len(text) > NOTE_LENGTH:
            self._put_text(text[:NOTE_LENGTH])
            text = text[:NOTE_LENGTH]
        self.acted.emit(NoteTyped(text))


def saved_words(note: Note, desk: Desk, phrases: Phrases) -> str:
    """Where the note is: on the server since when, on its way, on this computer, or nowhere but on the screen."""
    if note.safe:
        if note.saved_at is not None and note.text:
            return phrases.say("note.saved", time=phrases.seconds_of_day(note.saved_at))
        return phrases.say("note.empty")
    if desk.online:
        return phrases.say("note.saving")
    return phrases.say("note.local" if desk.disk_writes else "note.nowhere")
