"""View: the line and the service centres for a supervisor, and what is decided about one of them, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from operator_console.desk import Act, Desk, permitted
from operator_console.phrases import Phrases, clock
from operator_console.queue_acts import (
    CENTRE_REASONS,
    MOVE_MINUTES,
    MOVE_REASONS,
    WEIGHTS,
    ChoseCentre,
    ChoseInLine,
    MovedAhead,
    WeighedCentre,
)
from operator_console.queue_steps import centre_in_view, row_in_view, waiting_in_all
from operator_console.views.line_finder import LineFinder, state_words
from operator_console.views.line_list import LONG
from operator_console.views.look import Look
from operator_console.views.parts import Button, IconLabel, column, label, put, row
from operator_console.views.rows import Cell, Rows
from signaling.protocol.queueing import QueueRow

_LINE = ("order", "ticket", "place", "service", "class", "state", "waits")
_LINE_SHARES = (3, 5, 13, 8, 9, 10, 5)
_CENTRES = ("centre", "waiting", "longest", "weight")
_CENTRE_SHARES = (22, 8, 9, 14)


class Decision(QFrame):
    """One decision with its amount and its mandatory reason. Signal: ``decided(amount, reason)``."""

    decided = Signal(int, str)

    def __init__(self, look: Look, name: str, amounts: Sequence[int], reasons: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName(name)
        self._title, self._facts = label("title", wrap=True, name=f"{name}.title"), label("quiet", wrap=True)
        self._how_much, self._effect = label("label", wrap=True), label("quiet", wrap=True, name=f"{name}.effect")
        self._why, self._logged = label("label", wrap=True), label("quiet", wrap=True, name=f"{name}.logged")
        self._amounts = {one: Button(look, f"{name}.amount.{one}") for one in amounts}
        self._reasons = {one: Button(look, f"{name}.reason.{one}") for one in reasons}
        self._go = Button(look, f"{name}.go", kind="primary", icon="check", big=True)
        self._about, self.amount, self._reason = "", 0, ""
        for button in self._reasons.values():
            button.left = True
        self.setLayout(
            column(
                self._title, self._facts, self._how_much, row(*self._amounts.values(), None, gap=6), self._effect,
                self._why, column(*self._reasons.values(), gap=5),
                row(IconLabel(look, "file-text", "ink2", 18), self._logged, gap=8), self._go, gap=9,
            )
        )  # fmt: skip
        self._logged.setSizePolicy(self._facts.sizePolicy())
        for amount, button in self._amounts.items():
            button.clicked.connect(partial(self._choose_amount, amount))
        for reason, button in self._reasons.items():
            button.clicked.connect(partial(self._choose_reason, reason))
        self._go.clicked.connect(lambda: self.decided.emit(self.amount, self._reason))

    def about(self, what: str) -> None:
        """Nothing chosen for one is kept for another."""
        if what != self._about:
            self._about, self.amount, self._reason = what, 0, ""

    def tell(self, title: str, facts: str, how_much: str, effect: str, why: str, logged: str, go: str) -> None:
        """The words around the choices."""
        for target, text in (
            (self._title, title), (self._facts, facts), (self._how_much, how_much), (self._effect, effect),
            (self._why, why), (self._logged, logged),
        ):  # fmt: skip
            put(target, text)
        self._words = go

    def tell_choices(self, amounts: dict[int, str], reasons: dict[str, str], *, live: bool, now: int = 0) -> None:
        """The choices; ``now`` is the amount that would change nothing."""
        for amount, button in self._amounts.items():
            kind = "chosen" if amount == self.amount else "plain"
            button.tell(amounts[amount], enabled=live and amount != now, kind=kind)
        for reason, button in self._reasons.items():
            button.tell(reasons[reason], enabled=live, kind="chosen" if reason == self._reason else "plain")
        self._go.tell(self._words, enabled=live and bool(self.amount and self._reason) and self.amount != now)

    def _choose_amount(self, amount: int, _checked: bool = False) -> None:
        self.amount = amount
        self._look_again()

    def _choose_reason(self, reason: str, _checked: bool = False) -> None:
        self._reason = reason
        self._look_again()

    def _look_again(self) -> None:
        for amount, button in self._amounts.items():
            button.tell(button.text(), enabled=button.isEnabled(), kind="chosen" if amount == self.amount else "plain")
        for reason, button in self._reasons.items():
            button.tell(button.text(), enabled=button.isEnabled(), kind="chosen" if reason == self._reason else "plain")
        self._go.tell(self._words, enabled=bool(self.amount and self._reason))


class QueueView(QWidget):
    """The line, the centres, and beside them the one in view. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("page")
        self._look = look
        self._line = Rows(look, "queue.line", _LINE_SHARES, strong=1)
        self._centres = Rows(look, "queue.centres", _CENTRE_SHARES)
        self._move = Decision(look, "queue.move", MOVE_MINUTES, MOVE_REASONS)
        self._weigh = Decision(look, "queue.weigh", WEIGHTS, CENTRE_REASONS)
        self._hint_title, self._hint = label("heading", wrap=True), label("quiet", wrap=True, name="queue.hint")
        self._side = QFrame()
        self._side.setProperty("card", True)
        self._side.setLayout(
            column(self._hint_title, self._hint, self._move, self._weigh, None, gap=10, margins=(18, 14, 18, 14))
        )
        self._finder = LineFinder(look, "queue.find", choosing=True)
        left = column(self._finder, self._line, self._centres, gap=10)
        left.setStretch(1, 3)
        left.setStretch(2, 2)
        whole = row(gap=10)
        whole.addLayout(left, 2)
        whole.addWidget(self._side, 1)
        self.setLayout(whole)
        self._finder.acted.connect(self.acted)
        self._line.chosen.connect(lambda key: self.acted.emit(ChoseInLine(key)))
        self._centres.chosen.connect(lambda key: self.acted.emit(ChoseCentre(key)))
        self._move.decided.connect(lambda amount, reason: self.acted.emit(MovedAhead(amount, reason)))
        self._weigh.decided.connect(lambda amount, reason: self.acted.emit(WeighedCentre(amount, reason)))

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """All of it as last told, with clocks that go on."""
        self._side.setFixedWidth(max(self._look.px(480), self.width() * 36 // 100))
        self._finder.show_desk(desk, phrases)
        self._show_line(desk, phrases)
        self._show_centres(desk, phrases)
        waiter, centre = row_in_view(desk), centre_in_view(desk)
        self._move.setVisible(waiter is not None)
        self._weigh.setVisible(centre is not None)
        nothing = waiter is None and centre is None
        allowed = desk.role == "supervisor"
        put(self._hint_title, phrases.say("queue.nothing") if nothing else "")
        put(self._hint, phrases.say("queue.hint" if allowed else "queue.hint_look") if nothing else "")
        if waiter is not None:
            self._show_move(waiter, desk, phrases)
        if centre is not None:
            self._show_weigh(desk, phrases)

    def _show_line(self, desk: Desk, phrases: Phrases) -> None:
        say, queue = phrases.say, desk.floor.queue if desk.floor else ()
        lines: list[tuple[str, list[Cell]]] = []
        for place, one in enumerate(queue, start=1):
            age = desk.now - one.arrived_at
            late = "warning" if age >= LONG and one.state == "waiting" else ""
            in_line = one.state == "waiting"
            cells = [
                (str(place) if in_line else "", "ink2"),
                (one.number, ""),
                (one.place or say("queue.elsewhere"), ""),
                (phrases.known(f"service.{one.service}", one.service), ""),
                (phrases.known(f"queue.class.{one.priority}", one.priority), ""),
                (state_words(one, desk.now, phrases), "warning" if one.nobody else "brand" if one.moved else ""),
                (clock(age), late),
            ]
            lines.append((one.ticket_id, cells))
        shown, waiting = sum(one.state == "waiting" for one in queue), waiting_in_all(desk)
        title = say("queue.line", count=waiting) if waiting else say("queue.line_title")
        if waiting > shown > 0:
            title += f" · {say('line.shown', count=shown)}"
        heads = [say(f"queue.{one}") for one in _LINE]
        self._line.tell(title, say("line.empty"), heads, lines, chosen=desk.supervision.ticket_id)

    def _show_centres(self, desk: Desk, phrases: Phrases) -> None:
        say = phrases.say
        lines: list[tuple[str, list[Cell]]] = [
            (
                one.centre,
                [
                    (one.centre, ""),
                    (str(one.waiting), ""),
                    (clock(timedelta(seconds=one.longest_wait_s)) if one.waiting else "—", ""),
                    (weight_words(one.percent, phrases), "" if one.percent == 100 else "brand"),
                ],
            )
            for one in (desk.floor.centres if desk.floor else ())
        ]
        heads = [say(f"queue.{one}") for one in _CENTRES]
        self._centres.tell(say("queue.centres"), say("queue.no_centres"), heads, lines, chosen=desk.supervision.centre)

    def _show_move(self, waiter: QueueRow, desk: Desk, phrases: Phrases) -> None:
        say, move = phrases.say, self._move
        move.about(waiter.ticket_id)
        waits = clock(desk.now - waiter.arrived_at)
        facts = say(
            "queue.move_facts",
            place=waiter.place or say("queue.elsewhere"),
            kind=phrases.known(f"queue.class.{waiter.priority}", waiter.priority),
            age=waits,
        )
        came = waiter.arrived_at
        effect = say("queue.move_effect", came=phrases.time(came), counts=phrases.time(came - _minutes(move.amount)))
        waiting = waiter.state == "waiting"
        if not waiting:
            effect = say("queue.move_not_waiting", state=state_words(waiter, desk.now, phrases))
        elif not move.amount:
            effect = say("queue.move_same")
        move.tell(
            say("queue.move_title", number=waiter.number), facts, say("queue.how_much"), effect, say("queue.why"),
            say("queue.move_logged"), say("queue.move_go"),
        )  # fmt: skip
        move.tell_choices(
            {one: say("queue.minutes", n=one) for one in MOVE_MINUTES},
            {one: say(f"queue.move_reason.{one}") for one in MOVE_REASONS},
            live=waiting and Act.MOVE in permitted(desk),
        )

    def _show_weigh(self, desk: Desk, phrases: Phrases) -> None:
        say, weigh, centre = phrases.say, self._weigh, centre_in_view(desk)
        if centre is None:
            return
        weigh.about(centre.centre)
        longest = clock(timedelta(seconds=centre.longest_wait_s)) if centre.waiting else "—"
        facts = say(
            "queue.weigh_facts", count=centre.waiting, age=longest, weight=weight_words(centre.percent, phrases)
        )
        weigh.tell(
            centre.centre, facts, say("queue.weigh_how"), say("queue.weigh_effect"), say("queue.why"),
            say("queue.weigh_logged"), say("queue.weigh_go"),
        )  # fmt: skip
        weigh.tell_choices(
            {one: f"{one}\u00a0%" for one in WEIGHTS},
            {one: say(f"queue.weigh_reason.{one}") for one in CENTRE_REASONS},
            live=Act.WEIGH in permitted(desk),
            now=centre.percent,
        )


def weight_words(percent: int, phrases: Phrases) -> str:
    """``150 %``, and that it is not the usual."""
    return phrases.say("queue.weight_usual") if percent == 100 else f"{percent}\u00a0%"


def _minutes(amount: int) -> timedelta:
    return timedelta(minutes=amount)
