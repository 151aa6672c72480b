"""View: the strip of news under the bar."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame

from operator_console.desk import Desk
from operator_console.happenings import NoticeRead
from operator_console.phrases import Phrases
from operator_console.views.look import Look
from operator_console.views.parts import Button, IconLabel, label, put, restyle, row


class Strip(QFrame):
    """One line of news under the bar: the link is away, or what the desk has to say. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("strip")
        self._icon = IconLabel(look, "info", "brand", 20)
        self._text = label("label", wrap=True, name="strip.text")
        self._close = Button(look, "strip.close")
        self.setLayout(row(self._icon, self._text, self._close, gap=10, margins=(16, 6, 16, 6)))
        self.layout().setStretch(1, 1)  # type: ignore[union-attr]
        self._close.clicked.connect(lambda: self.acted.emit(NoticeRead()))
        self.hide()

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """The broken link comes before other news: everything else follows from it."""
        if not desk.online and desk.ever_online:
            in_call = desk.conversation is not None and desk.conversation.ended is None
            at = phrases.time(desk.away_since or desk.now)
            self._tell(
                "away", "wifi-off", "warning", phrases.say("strip.away_in_call" if in_call else "strip.away", time=at)
            )
        elif desk.notice is not None:
            tone = desk.notice.tone
            icon, colour = {"info": ("info", "brand"), "danger": ("triangle-alert", "danger")}.get(
                tone, ("triangle-alert", "warning")
            )
            self._tell(tone, icon, colour, phrases.notice(desk.notice), close=phrases.say("notice.close"))
        else:
            self.hide()

    def _tell(self, kind: str, icon: str, colour: str, text: str, *, close: str = "") -> None:
        restyle(self, "strip", kind)
        self._icon.tell(icon, colour, 20)
        news = text != self._text.text()
        put(self._text, text)
        if news:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._text, text))
        self._close.setVisible(bool(close))
        self._close.tell(close)
        self.show()
