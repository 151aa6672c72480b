"""View: the customer's screen as it is now, what they did before, and the way to help them fill it in."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QWidget

from operator_console.desk import Act, Desk, permitted
from operator_console.desk_state import Timeline, proposed_field
from operator_console.happenings import OpenedStep, ProposedValue
from operator_console.phrases import Phrases
from operator_console.views.look import Look
from operator_console.views.parts import Button, column, label, put, restyle, row
from signaling.protocol.journey import JourneyView, Step

#: How many lines of the visit are shown: always, and at most where there is room for them.
_LEAST_LINES, _MOST_LINES = 6, 16


class Mirror(QFrame):
    """Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("mirror")
        self._look = look
        self._told: Timeline = ()
        self._most = _LEAST_LINES
        self._asked: tuple[str, str | None] = ("", None)
        self._title, self._before = label("label"), label("label")
        self._screen = QFrame()
        self._screen.setObjectName("mirror.screen")
        self._screen.setProperty("tile", "brand")
        self._step, self._typed = label("strong", wrap=True, name="mirror.step"), label("title", name="mirror.typed")
        self._facts, self._notice = label("note", wrap=True), label(wrap=True, name="mirror.notice")
        self._screen.setLayout(
            column(row(self._step, None, self._typed), self._facts, self._notice, gap=4, margins=(12, 9, 12, 10))
        )
        self._permission = label("note", wrap=True, name="mirror.permission")
        self._field = QLineEdit()
        self._field.setObjectName("propose.value")
        self._field.setMaxLength(20)
        self._field_name = label("label")
        self._propose = Button(look, "propose.go", kind="primary", key="Enter")
        self._propose_box, self._open_box = QWidget(), QWidget()
        self._propose_box.setLayout(row(self._field_name, self._field, self._propose, gap=8))
        self._open_label = label("quiet")
        self._opens = {one: Button(look, f"open.{one}") for one in ("readings", "payment")}
        self._open_box.setLayout(row(self._open_label, *self._opens.values(), None, gap=6))
        self._timeline = QGridLayout()
        self._timeline.setHorizontalSpacing(14)
        self._timeline.setVerticalSpacing(4)
        self._timeline.setColumnStretch(1, 1)
        self._nothing = label("quiet")
        self._cells = [(label("note"), label(wrap=True, name=f"timeline.{place}")) for place in range(_MOST_LINES)]
        for place, (time, text) in enumerate(self._cells):
            self._timeline.addWidget(time, place, 0, Qt.AlignmentFlag.AlignTop)
            self._timeline.addWidget(text, place, 1)
        self.setLayout(
            column(
                self._title, self._screen, self._permission, self._propose_box, self._open_box, self._before,
                self._nothing, self._timeline, gap=6,
            )
        )  # fmt: skip
        self._propose.clicked.connect(self._go)
        self._field.returnPressed.connect(self._go)
        self._opens["readings"].clicked.connect(lambda: self.acted.emit(OpenedStep("readings")))
        self._opens["payment"].clicked.connect(lambda: self.acted.emit(OpenedStep("payment")))

    def focus_field(self) -> None:
        """F7 with permission: to the field."""
        self._field.setFocus()

    def _go(self) -> None:
        if self._propose.isEnabled() and self._field.text().strip():
            self.acted.emit(ProposedValue(self._field.text()))
            self._field.clear()

    def show_desk(self, desk: Desk, journey: JourneyView | None, timeline: Timeline, phrases: Phrases) -> None:
        """The customer's step, our permission, and the past few minutes."""
        over = desk.conversation is not None and desk.conversation.ended is not None
        put(self._title, "" if over else phrases.say("mirror.title"))
        put(self._before, phrases.say("mirror.before"))
        self._screen.setVisible(journey is not None and not over)
        if journey is not None:
            self._show_screen(journey, phrases)
        self._show_help(desk, journey, phrases)
        self._told = timeline
        self._show_lines(phrases)

    def use_room(self, spare: int, phrases: Phrases) -> None:
        """``spare``: pixels that are free below everything (below zero: missing). More lines are shown where more
        fit; one line's height is kept in hand, so that the list does not go back and forth."""
        line = self.fontMetrics().height() + self._timeline.verticalSpacing()
        longer = self._most < min(len(self._told), _MOST_LINES) and spare >= 2 * line
        shorter = self._most > _LEAST_LINES and spare < 0
        if longer or shorter:
            change = (spare - line) // line if longer else -(-spare // line + 1)
            self._most = max(_LEAST_LINES, min(_MOST_LINES, self._most + change))
            self._show_lines(phrases)

    def _show_lines(self, phrases: Phrases) -> None:
        lines = self._told[-self._most :]
        put(self._nothing, "" if lines else phrases.say("mirror.nothing"))
        for place, (time, text) in enumerate(self._cells):
            line = lines[place] if place < len(lines) else None
            put(time, _time(line[0], phrases) if line else "")
            put(text, phrases.happened(line[1], line[2]) if line else "")

    def _show_screen(self, journey: JourneyView, phrases: Phrases) -> None:
        amount = phrases.money(journey.payment.amount) if journey.payment else "—"
        number = journey.ticket.number if journey.ticket else "—"
        zone = journey.reading.zone if journey.reading else ""
        put(self._step, phrases.step(journey.step.value, zone=zone, amount=amount, number=number))
        put(self._typed, _typed(journey))
        put(self._facts, " · ".join(_facts(journey, phrases)))
        notice = journey.notice
        put(self._notice, phrases.kiosk_notice(notice.phrase, notice.values) if notice else "")
        restyle(self._notice, "tone", "warning" if notice and notice.tone in ("warning", "danger") else "")

    def _show_help(self, desk: Desk, journey: JourneyView | None, phrases: Phrases) -> None:
        say, may = phrases.say, permitted(desk)
        in_call = desk.conversation is not None and desk.conversation.ended is None and journey is not None
        permission = journey.permission if journey else "none"
        proposal = journey.proposal if journey else None
        words = say(f"mirror.permission.{permission}") if in_call else ""
        if proposal is not None and in_call:
            words = say("mirror.proposed", value=proposal.value)
        put(self._permission, words)
        restyle(self._permission, "tone", {"granted": "success", "asked": "warning"}.get(permission, ""))
        field = proposed_field(journey)
        asked = (desk.conversation.session.session_id if desk.conversation else "", field)
        if asked != self._asked:  # another field or another customer: what was typed is not meant for it
            self._asked = asked
            self._field.clear()
        granted = in_call and permission == "granted"
        self._propose_box.setVisible(granted and field is not None and proposal is None)
        self._open_box.setVisible(granted)
        if field is not None:
            zone = field.removeprefix("reading.")
            name = say("mirror.propose.account") if field == "account" else say("mirror.propose.reading", zone=zone)
            put(self._field_name, name)
            self._field.setAccessibleName(name)
        self._field.setEnabled(Act.PROPOSE in may)
        self._propose.tell(say("mirror.propose.go"), enabled=Act.PROPOSE in may)
        put(self._open_label, say("mirror.open"))
        for one, button in self._opens.items():
            button.tell(say(f"service.{one}"), enabled=Act.OPEN_STEP in may)


def _typed(journey: JourneyView) -> str:
    if journey.step is Step.READING and journey.reading is not None:
        typed = journey.reading.typed
        return typed + "_" * max(0, journey.reading.digits - len(typed))
    if journey.step is Step.IDENTIFY:
        return journey.typed_account + "_"
    return ""


def _facts(journey: JourneyView, phrases: Phrases) -> list[str]:
    reading = journey.reading
    if journey.step is not Step.READING or reading is None:
        return []
    facts = []
    unit = phrases.known(f"unit.{reading.unit}", reading.unit)
    if reading.last_value is not None:
        facts.append(phrases.say("mirror.last", value=phrases.words.number(reading.last_value)))
    if reading.usual_low is not None and reading.usual_high is not None:
        facts.append(phrases.say("mirror.usual", low=reading.usual_low, high=reading.usual_high, unit=unit))
    if reading.times_usual is not None and reading.times_usual >= 2:
        facts.append(phrases.say("mirror.times", times=round(reading.times_usual)))
    return facts


def _time(iso: str, phrases: Phrases) -> str:
    try:
        return phrases.seconds_of_day(datetime.fromisoformat(iso))
    except ValueError:
        return ""
