"""View: one difference between the book, the bank and a terminal: what each side says, what to do, who has it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from operator_console import payment_acts as pa
from operator_console.desk import Desk
from operator_console.phrases import Phrases
from operator_console.views.look import Look
from operator_console.views.parts import Button, Reason, card, column, label, put, restyle, row
from signaling.protocol.purchasing import DifferenceAct, DifferenceCard
from signaling.protocol.values import Sum

_FACTS = ("kind", "day", "terminal", "rrn", "approval", "reference", "found_at", "taken", "resolved", "note")
_ACTS: tuple[DifferenceAct, ...] = ("take", "take_over", "resolve", "let_go")


def difference_line(one: DifferenceCard, phrases: Phrases) -> str:
    """One difference in a list: the day, how much, and what is wrong with it."""
    amount = one.bank or one.ours
    what = phrases.known(f"differences.short.{one.what}", one.what)
    return f"{phrases.day(one.day, year=False)} · {phrases.money(amount) if amount else '—'} · {what}"


def difference_icon(one: DifferenceCard) -> str:
    """Whether somebody has it, or it is done."""
    return {"taken": "user", "resolved": "check"}.get(one.state, "")


class DifferenceView(QFrame):
    """One of them. Signals: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._title, self._advice = label("title", wrap=True), label("strong", wrap=True)
        self._sides = {side: (label("note"), label("title")) for side in ("ours", "bank")}
        self._facts = {name: (label("quiet"), label("", wrap=True)) for name in _FACTS}
        self._purchase = Button(look, "differences.purchase", icon="credit-card")
        self._reason = Reason("differences.note")
        kinds = {"take": "primary", "resolve": "primary"}
        self._acts = {one: Button(look, f"differences.{one}", kind=kinds.get(one, "plain")) for one in _ACTS}
        self._shown: DifferenceCard | None = None
        self._desk: Desk | None = None
        self._phrases: Phrases | None = None
        body = column(
            self._title, self._advice, self._beside(), self._grid(), row(self._purchase, None), None, self._reason,
            row(*self._acts.values(), None, gap=6),
            gap=12, margins=(18, 14, 18, 14),
        )  # fmt: skip
        self.setLayout(body)
        self._reason.textChanged.connect(self._again)
        self._purchase.clicked.connect(self._look_for)
        for how, button in self._acts.items():
            button.clicked.connect(lambda _checked=False, how=how: self._settle(how))

    def _beside(self) -> QWidget:
        """Two sums side by side, as they stand against each other."""
        sheets = []
        for head, amount in self._sides.values():
            sheet = card()
            sheet.setLayout(column(head, amount, gap=2, margins=(16, 10, 16, 12)))
            sheets.append(sheet)
        both = QWidget()
        both.setLayout(row(*sheets, gap=10))
        return both

    def _grid(self) -> QWidget:
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for place, (head, text) in enumerate(self._facts.values()):
            grid.addWidget(head, place, 0)
            grid.addWidget(text, place, 1)
        return inside

    def _settle(self, how: DifferenceAct) -> None:
        self.acted.emit(pa.SettledDifference(how, self._reason.text() if how == "resolve" else ""))

    def _look_for(self) -> None:
        if self._shown is not None and self._shown.reference:
            self.acted.emit(pa.LookedForPurchase(self._shown.reference))

    def _again(self) -> None:
        if self._shown is not None and self._desk is not None and self._phrases is not None:
            self.show_card(self._shown, self._desk, self._phrases)

    def show_card(self, shown: DifferenceCard, desk: Desk, phrases: Phrases) -> None:
        """Everything of one difference."""
        if self._shown is None or shown.difference_id != self._shown.difference_id:
            self._reason.clear()
        self._shown, self._desk, self._phrases = shown, desk, phrases
        say = phrases.say
        put(self._title, phrases.known(f"differences.what.{shown.what}", shown.what))
        put(self._advice, "" if shown.state == "resolved" else phrases.known(f"differences.advice.{shown.advice}", ""))
        total = shown.what == "terminal_total"
        for side, amount in (("ours", shown.ours), ("bank", shown.bank)):
            head, text = self._sides[side]
            put(head, say("differences.terminal" if total and side == "bank" else f"differences.{side}"))
            put(text, _money(amount, phrases))
            restyle(text, "tone", "" if amount else "warning")
        facts = self._facts_of(shown, phrases)
        for name, (head, text) in self._facts.items():
            put(head, say(f"differences.fact.{name}") if facts.get(name) else "")
            put(text, facts.get(name, ""))
        self._purchase.setVisible(bool(shown.reference))
        self._purchase.tell(say("differences.purchase"), enabled=desk.online and "purchase.find" not in desk.awaited)
        self._show_acts(shown, desk, phrases)

    def _facts_of(self, shown: DifferenceCard, phrases: Phrases) -> dict[str, str]:
        told = {
            "kind": phrases.say(f"differences.kind.{shown.kind}") if shown.what != "terminal_total" else "",
            "day": phrases.day(shown.day),
            "terminal": shown.terminal,
            "rrn": shown.rrn,
            "approval": shown.approval,
            "reference": shown.reference,
            "found_at": phrases.date_and_time(shown.found_at),
            "note": shown.note,
        }
        if shown.state == "taken" and shown.taken_at is not None:
            who = phrases.say("differences.you") if shown.mine else shown.taken_by
            told["taken"] = f"{who} · {phrases.date_and_time(shown.taken_at)}"
        if shown.resolved_at is not None:
            who = shown.resolved_by or phrases.say("differences.by_itself")
            told["resolved"] = f"{who} · {phrases.date_and_time(shown.resolved_at)}"
        return told

    def _show_acts(self, shown: DifferenceCard, desk: Desk, phrases: Phrases) -> None:
        free = desk.online and "difference.settle" not in desk.awaited
        self._reason.setVisible("resolve" in shown.acts)
        self._reason.tell(phrases.say("differences.note"))
        for how, button in self._acts.items():
            button.setVisible(how in shown.acts)
            button.tell(phrases.say(f"differences.{how}"), enabled=free and (how != "resolve" or self._reason.written))


def _money(amount: Sum | None, phrases: Phrases) -> str:
    return phrases.money(amount) if amount else phrases.say("differences.nothing")
