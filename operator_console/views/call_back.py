"""View: a call-back: whom to call, large and only as long as it is needed, and what became of the call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from operator_console.desk import Act, Desk, permitted
from operator_console.happenings import EndedCall
from operator_console.phrases import Phrases, clock
from operator_console.queue_acts import NobodyAnswered, NumberAsked, Reached, WrongNumber
from operator_console.views.look import Look
from operator_console.views.parts import Button, IconLabel, column, label, put, row
from operator_console.views.pass_on import PassOn
from operator_console.views.scroll import scrolled

_CENTRE = Qt.AlignmentFlag.AlignHCenter
_LOW = 440  # pixels


class CallBackStage(QFrame):
    """The operator dials by their own telephone. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("call_back")
        self.setProperty("card", True)
        self._icon = IconLabel(look, "phone", "brand", 48)
        self._title, self._who = (
            label("heading", name="call_back.title"),
            label("title", wrap=True, name="call_back.who"),
        )
        self._number, self._topic = label("clock", name="call_back.number"), label("heading", name="call_back.topic")
        self._asked, self._tries = label("quiet", wrap=True, name="call_back.asked"), label("quiet", wrap=True)
        self._privacy = label("note", wrap=True)
        self._reached = Button(look, "call_back.reached", kind="primary", icon="check", key="Ctrl+7", big=True)
        self._nobody = Button(look, "call_back.nobody", icon="phone-off", key="Ctrl+8", big=True)
        self._wrong = Button(look, "call_back.wrong", icon="x", key="Ctrl+9", big=True)
        self._show = Button(look, "call_back.show", icon="phone", big=True)
        self._end = Button(look, "call_back.end", kind="danger", icon="phone-off", key="F12", big=True)
        self.pass_on = PassOn(look, "call_back.pass_on", ("transfer",))
        self._words: Phrases | None = None
        texts = (self._title, self._number, self._topic, self._who, self._asked, self._tries, self._privacy)
        for one in texts:
            one.setAlignment(_CENTRE)
        self._dialing, self._talking = QWidget(), QWidget()
        self._dialing.setLayout(
            column(row(None, self._reached, None), row(None, self._nobody, self._wrong, None, gap=12), gap=12)
        )
        self._talking.setLayout(row(None, self._end, None, gap=12))
        facts = column(None, self._icon, *texts, row(None, self._show, None), None, gap=10)
        facts.setAlignment(self._icon, _CENTRE)
        inside = QWidget()
        inside.setLayout(facts)
        self._scroll = scrolled(inside, words_alone=True)
        whole = column(self._scroll, self._dialing, self._talking, self.pass_on, gap=16, margins=(20, 14, 20, 14))
        self.setLayout(whole)
        self._reached.clicked.connect(lambda: self.acted.emit(Reached()))
        self._nobody.clicked.connect(lambda: self.acted.emit(NobodyAnswered()))
        self._wrong.clicked.connect(self._wrong_number)
        self._show.clicked.connect(lambda: self.acted.emit(NumberAsked()))
        self._end.clicked.connect(lambda: self.acted.emit(EndedCall()))
        self.pass_on.acted.connect(self.acted)

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """Whom to call, or that they are on the line."""
        current, say, may = desk.conversation, phrases.say, permitted(desk)
        self._words = phrases
        if current is None:
            return
        card, number = current.call_back, current.session.ticket_number
        lasts = clock(desk.now - current.session.started_at)
        title = say("call_back.title", number=number)
        self._scroll.setAccessibleName(title)
        put(self._title, say("call_back.talking", number=number, age=lasts) if current.reached else title)
        put(self._number, spaced(card.phone) if card else "")
        put(self._topic, phrases.known(f"service.{current.topic}", current.topic))
        put(self._who, (card.name or say("call_back.no_name")) if card else "")
        asked = ""
        if card is not None:
            source = phrases.known(f"call_back.source.{card.source}", say("call_back.source.other"))
            place = current.session.place
            asked = say("call_back.asked", time=phrases.moment(card.asked_at, desk.now), source=source)
            asked = f"{asked} · {place}" if place else asked
        put(self._asked, asked)
        put(self._tries, tries_words(card.tries, card.tries_most, phrases) if card and not current.reached else "")
        put(self._privacy, say("call_back.privacy") if card and card.phone else "")
        waits = "callback.show" in desk.awaited
        self._show.setVisible(card is None or not card.phone)
        self._show.tell(say("call_back.showing" if waits else "call_back.show"), enabled=Act.NUMBER in may)
        self._dialing.setVisible(not current.reached)
        self._talking.setVisible(current.reached)
        self._reached.tell(say("call_back.reached"), enabled=Act.REACHED in may)
        self._nobody.tell(say("call_back.nobody"), enabled=Act.NOT_REACHED in may)
        self._wrong.tell(say("call_back.wrong"), enabled=Act.NOT_REACHED in may)
        self._end.tell(say("control.end"), enabled=Act.END in may)
        self.pass_on.setVisible(current.reached)
        self.pass_on.show_desk(desk, phrases)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a low screen the number is worth more than a picture of a telephone."""
        super().resizeEvent(event)
        self._icon.setVisible(self.height() >= _LOW)

    @property
    def keys(self) -> dict[str, Callable[[], None]]:
        """The keys written on what became of the call; each presses its button, and only one that is seen."""
        return {one.key: partial(_press, one) for one in (self._reached, self._nobody, self._wrong)}

    def _wrong_number(self) -> None:
        if self._words is not None:
            self.acted.emit(WrongNumber(self._words.say("call_back.wrong_note")))


def _press(button: Button) -> None:
    if button.isVisible():
        button.click()


def tries_words(tries: int, most: int, phrases: Phrases) -> str:
    """Which try this is, and what follows if nobody answers."""
    if tries + 1 >= most:
        return phrases.say("call_back.last_try", n=tries + 1, most=most)
    return phrases.say("call_back.try", n=tries + 1, most=most)


def spaced(phone: str) -> str:
    """As it is dialled: ``+7 900 000 00 17``, ``+371 20 000 001``; others by threes. It stays on a line."""
    digits = phone.removeprefix("+")
    for code, groups in (("7", (3, 3, 2, 2)), ("371", (2, 3, 3))):
        if digits.startswith(code) and len(digits) == len(code) + sum(groups):
            parts, at = [code], len(code)
            for size in groups:
                parts.append(digits[at : at + size])
                at += size
            return "+" + "\u00a0".join(parts)
    first = len(digits) % 3
    parts = [digits[:first], *(digits[at : at + 3] for at in range(first, len(digits), 3))]
    return "+" + "\u00a0".join(part for part in parts if part) if digits else ""
