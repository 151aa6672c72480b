"""View: payments: what waits for a decision, one payment with its life, and what may be done about it; differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QStackedWidget, QWidget

from ground.ids import new_id
from operator_console import payment_acts as pa
from operator_console.desk import Desk
from operator_console.payment_steps import settles
from operator_console.phrases import Phrases
from operator_console.views.differences import DifferenceView, difference_icon, difference_line
from operator_console.views.floor import Table
from operator_console.views.look import Look
from operator_console.views.parts import Button, Reason, Row, card, column, label, put, row
from operator_console.views.scroll import scrolled
from signaling.protocol.purchasing import DifferenceCard, PurchaseCard
from signaling.protocol.values import FiscalDocument, Sum

_HEADS = ("supplier", "account", "sum", "fee", "state")
_SHARES = (5, 3, 3, 2, 4)
_MOST_LIFE = 12
_TONES = {"posted": "success", "refunded": "success", "refused": "danger", "held": "warning", "": "warning"}
#: What is said of the whole payment; never unpaid while its outcome is open.
_SAID = {
    "approved": "paid",
    "posted": "paid",
    "fiscalised": "paid",
    "declined": "unpaid",
    "not_charged": "unpaid",
    "not_sent": "unpaid",
    "reversed": "returned",
    "refunded": "returned",
    "mismatch": "returning",
    "reversing": "returning",
    "reversal_parked": "returning",
}


class PaymentsView(QWidget):
    """Signals: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("page")
        self._look = look
        self._reference = QLineEdit()
        self._reference.setObjectName("payments.reference")
        self._reference.setMaxLength(20)
        self._find = Button(look, "payments.find", kind="primary")
        self._visit = Button(look, "payments.visit", icon="user")
        names = ("found", "task", "difference", "resolved")
        self._lists = {name: _Rows(look, f"payments.{name}") for name in names}
        self._card, self._difference = _Card(look), DifferenceView(look)
        self._card.acted.connect(self.acted)
        self._difference.acted.connect(self.acted)
        self._right = QStackedWidget()
        self._right.addWidget(self._card)
        self._right.addWidget(self._difference)
        inside = QWidget()
        inside.setLayout(column(*self._lists.values(), None, gap=14, margins=(0, 0, 8, 0)))
        left = card("payments.list")
        left.setLayout(
            column(row(self._reference, self._find), self._visit, scrolled(inside), gap=10, margins=(16, 14, 8, 14))
        )
        left.setFixedWidth(look.px(430))
        self.setLayout(row(left, self._right, gap=10))
        self._find.clicked.connect(self._look_for)
        self._reference.returnPressed.connect(self._look_for)
        self._visit.clicked.connect(lambda: self.acted.emit(pa.LookedForPurchase()))

    def focus_reference(self) -> None:
        """To the field for the number on a slip."""
        self._reference.setFocus()

    def _look_for(self) -> None:
        if self._reference.text().strip():
            self.acted.emit(pa.LookedForPurchase(self._reference.text()))

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """The lists, and the payment in view."""
        say, told = phrases.say, desk.payments
        asking = "purchase.find" in desk.awaited or not desk.online
        self._reference.setPlaceholderText(say("payments.placeholder"))
        self._reference.setAccessibleName(say("payments.placeholder"))
        self._find.tell(say("payments.find"), enabled=not asking)
        self._visit.tell(say("payments.visit"), enabled=not asking and desk.conversation is not None)
        self._show_lists(desk, phrases)
        shown = told.difference_card
        self._right.setCurrentWidget(self._difference if shown else self._card)
        if shown is not None:
            self._difference.show_card(shown, desk, phrases)
        else:
            self._card.show_card(told.card, desk, phrases)

    def _show_lists(self, desk: Desk, phrases: Phrases) -> None:
        told, say = desk.payments, phrases.say
        no_found = say("payments.found_none") if told.looked and not told.found else ""
        self._lists["found"].tell(
            say("payments.found") if told.looked else "", no_found, self._purchases(told.found, desk, phrases)
        )
        no_tasks = "" if told.tasks else say("payments.tasks_none")
        self._lists["task"].tell(say("payments.tasks"), no_tasks, self._purchases(told.tasks, desk, phrases))
        open_ones = [one for one in told.differences if one.state != "resolved"]
        done = [one for one in told.differences if one.state == "resolved"]
        theirs = settles(desk)
        self._lists["difference"].tell(
            say("differences.title") if theirs else "",
            say("differences.none") if theirs and not open_ones else "",
            self._differences(open_ones, desk, phrases),
        )
        self._lists["resolved"].tell(
            say("differences.done") if done else "", "", self._differences(done, desk, phrases)
        )

    def _purchases(self, cards: tuple[PurchaseCard, ...], desk: Desk, phrases: Phrases) -> list[_Row]:
        chosen = "" if desk.payments.difference_card else desk.payments.chosen
        return [
            _Row(
                f"{one.reference} · {phrases.money(one.amount)}",
                "",
                one.purchase_id == chosen,
                partial(self.acted.emit, pa.ChosePurchase(one.purchase_id)),
                note=phrases.known(f"payments.why.{one.why}", one.place),
            )
            for one in cards
        ]

    def _differences(self, cards: list[DifferenceCard], desk: Desk, phrases: Phrases) -> list[_Row]:
        return [
            _Row(
                difference_line(one, phrases),
                phrases.known(f"differences.advice.{one.advice}", ""),
                one.difference_id == desk.payments.difference,
                partial(self.acted.emit, pa.ChoseDifference(one.difference_id)),
                difference_icon(one),
            )
            for one in cards
        ]


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a list: its words, what it says when pointed at, what pressing it does, what stands under it."""

    text: str
    tip: str
    chosen: bool
    press: Callable[[], None]
    icon: str = ""
    note: str = ""


class _Rows(QWidget):
    """A heading with buttons under it, as many as there is something to choose."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look, self._name = look, name
        self._title, self._none = label("heading"), label("quiet", wrap=True)
        self._buttons: list[Row] = []
        self._column = column(self._title, self._none, gap=6)
        self.setLayout(self._column)
        self._pressed: list[Callable[[], None]] = []

    def tell(self, title: str, none: str, rows: list[_Row]) -> None:
        """All of it anew; buttons are kept, so nothing flickers and the key's focus stays."""
        put(self._title, f"{title} · {len(rows)}" if title and rows else title)
        put(self._none, none)
        self.setVisible(bool(title or none or rows))
        while len(self._buttons) < len(rows):
            self._add()
        self._pressed = [one.press for one in rows]
        for button, one in zip(self._buttons, rows, strict=False):
            button.tell(one.text, kind="chosen" if one.chosen else "row", icon=one.icon)
            button.setToolTip(one.tip)
            button.annotate(one.note)
        for place, button in enumerate(self._buttons):
            button.setVisible(place < len(rows))

    def _add(self) -> None:
        place = len(self._buttons)
        button = Row(self._look, f"{self._name}.{place}")
        button.let_cut()
        button.clicked.connect(lambda: self._pressed[place]())
        self._buttons.append(button)
        self._column.addWidget(button)


class _Card(QFrame):
    """One payment. Signals: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._title, self._sum, self._where = label("title"), label("strong", wrap=True), label("quiet", wrap=True)
        self._said, self._why, self._refund = label("", wrap=True), label("strong", wrap=True), label("", wrap=True)
        self._away, self._documents = label("quiet", wrap=True), label("", wrap=True, name="payments.documents")
        self._documents.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)  # to look it up elsewhere
        self._lines = Table("payments.lines", len(_HEADS), _SHARES)
        self._life_title, self._life = label("heading"), [label("note", wrap=True) for _ in range(_MOST_LIFE)]
        self._reason = Reason("payments.reason")
        names = (
            "refund",
            "agree",
            "deny",
            "post_again",
            "by_hand",
            "charged",
            "not_charged",
            "document_again",
            "document_by_hand",
        )
        kinds = {"refund": "danger", "agree": "primary"}
        self._acts = {one: Button(look, f"payments.{one}", kind=kinds.get(one, "plain")) for one in names}
        self._one = [Button(look, f"payments.refund.{place}") for place in range(6)]
        for button in self._one:
            button.let_cut()
        self._shown: PurchaseCard | None = None
        life = QWidget()
        life.setLayout(column(self._life_title, *self._life, None, gap=4))
        self._scroll = scroll = scrolled(life, words_alone=True)
        body = column(
            self._title, self._sum, self._where, self._said, self._why, self._refund, self._away, self._documents,
            self._lines, scroll,
            self._reason, row(*self._one, None, gap=6), row(*self._acts.values(), None, gap=6),
            gap=8, margins=(18, 14, 18, 14),
        )  # fmt: skip
        body.setStretch(8, 3)
        body.setStretch(9, 2)
        self.setLayout(body)
        self._reason.textChanged.connect(self._again)
        self._desk: Desk | None = None
        self._phrases: Phrases | None = None
        do = {
            "refund": lambda: self._ask(self._returnable()),
            "agree": lambda: self.acted.emit(pa.DecidedRefund(True)),
            "deny": lambda: self.acted.emit(pa.DecidedRefund(False)),
            "post_again": lambda: self.acted.emit(pa.SettledLine("post_again", self._reason.text())),
            "by_hand": lambda: self.acted.emit(pa.SettledLine("by_hand", self._reason.text())),
            "document_again": lambda: self.acted.emit(pa.SettledDocument("again", self._reason.text())),
            "document_by_hand": lambda: self.acted.emit(pa.SettledDocument("by_hand", self._reason.text())),
            "charged": lambda: self.acted.emit(pa.ClarifiedPurchase(True, self._reason.text())),
            "not_charged": lambda: self.acted.emit(pa.ClarifiedPurchase(False, self._reason.text())),
        }
        for name, act in do.items():
            self._acts[name].clicked.connect(act)
        for place, button in enumerate(self._one):
            button.clicked.connect(partial(self._ask_one, place))

    def _ask_one(self, place: int, _checked: bool = False) -> None:
        self._ask(self._returnable()[place : place + 1])

    def _ask(self, lines: tuple[int, ...]) -> None:
        self.acted.emit(pa.AskedRefund(new_id(), lines, self._reason.text()))

    def _returnable(self) -> tuple[int, ...]:
        lines = self._shown.lines if self._shown else ()
        return tuple(one.number for one in lines if one.state in ("posted", "refused", "held"))

    def _again(self) -> None:
        if self._desk is not None and self._phrases is not None:
            self.show_card(self._shown, self._desk, self._phrases)

    def show_card(self, shown: PurchaseCard | None, desk: Desk, phrases: Phrases) -> None:
        """Everything of one payment; without one, how to come to one."""
        if (shown.purchase_id if shown else "") != (self._shown.purchase_id if self._shown else ""):
            self._reason.clear()
        self._shown, self._desk, self._phrases = shown, desk, phrases
        say = phrases.say
        for part in (self._lines, self._reason):
            part.setVisible(shown is not None)
        put(self._title, shown.reference if shown else say("payments.choose"))
        put(self._sum, self._sum_words(shown, phrases) if shown else "")
        put(self._where, self._place_words(shown, phrases) if shown else "")
        put(self._said, say(f"payments.state.{_SAID.get(shown.state, 'open')}") if shown else "")
        put(self._why, phrases.known(f"payments.why.{shown.why}", shown.why) if shown and shown.why else "")
        put(self._refund, _refund_words(shown, phrases) if shown else "")
        waits = shown is not None and any(one.state in ("ordered", "running") for one in shown.refunds)
        put(self._away, say("payments.away") if shown and waits and not shown.kiosk_here else "")
        put(self._documents, "\n".join(_document_words(one, phrases) for one in shown.documents) if shown else "")
        self._show_lines(shown, phrases)
        self._show_acts(shown, desk, phrases)

    def _sum_words(self, shown: PurchaseCard, phrases: Phrases) -> str:
        total, fee = phrases.money(shown.amount), phrases.money(shown.fee)
        words = phrases.say("payments.sum", sum=total, fee=fee) if shown.fee.minor else total
        return f"{words} · {phrases.card(shown.card)}" if shown.card else words

    def _place_words(self, shown: PurchaseCard, phrases: Phrases) -> str:
        at = phrases.date_and_time(shown.begun_at)
        return phrases.say("payments.where", kiosk=shown.kiosk_name, place=shown.place, time=at)

    def _show_lines(self, shown: PurchaseCard | None, phrases: Phrases) -> None:
        lines = [
            [
                (one.supplier_name, ""),
                (one.account_masked, ""),
                (phrases.money(one.amount), ""),
                (phrases.money(one.fee), ""),
                (phrases.known(f"payments.line.{one.state}", one.state), _TONES.get(one.state, "")),
            ]
            for one in (shown.lines if shown else ())
        ]
        self._lines.tell(
            phrases.say("payments.lines"), "", [phrases.say(f"payments.head.{one}") for one in _HEADS], lines
        )
        told = [one for one in (shown.life if shown else ()) if phrases.known(f"payments.event.{one[1]}", "")]
        put(self._life_title, phrases.say("payments.life") if told else "")
        self._scroll.setAccessibleName(phrases.say("payments.life"))
        for place, target in enumerate(self._life):
            one = told[-_MOST_LIFE:][place] if place < len(told[-_MOST_LIFE:]) else None
            words = f"{phrases.seconds_of_day(one[0])}  {phrases.say(f'payments.event.{one[1]}')}" if one else ""
            put(target, words)

    def _show_acts(self, shown: PurchaseCard | None, desk: Desk, phrases: Phrases) -> None:
        say, may = phrases.say, set(shown.acts) if shown else set()
        awaited = {"refund.ask", "refund.decide", "line.settle", "document.settle", "purchase.clarify"} & desk.awaited
        free = desk.online and not awaited
        reasoned = free and self._reason.written
        self._reason.tell(say("payments.reason"))
        self._reason.setVisible(bool(may - {"decide"}))
        returnable = [one for one in (shown.lines if shown else ()) if one.number in self._returnable()]
        whole = Sum(
            minor=sum(one.amount.minor + one.fee.minor for one in returnable),
            currency=shown.amount.currency if shown else "RUB",
        )
        texts = {
            "refund": ("refund", say("payments.refund", sum=phrases.money(whole)), reasoned),
            "agree": ("decide", say("payments.agree"), free),
            "deny": ("decide", say("payments.deny"), free),
            "post_again": ("post_again", say("payments.post_again"), reasoned),
            "by_hand": ("by_hand", say("payments.by_hand"), reasoned),
            "document_again": ("document", say("payments.document_again"), reasoned),
            "document_by_hand": ("document", say("payments.document_by_hand"), reasoned),
            "charged": ("clarify", say("payments.charged"), reasoned),
            "not_charged": ("clarify", say("payments.not_charged"), reasoned),
        }
        for name, (need, text, alive) in texts.items():
            self._acts[name].setVisible(need in may)
            self._acts[name].tell(text, enabled=alive)
        for place, button in enumerate(self._one):
            several = "refund" in may and len(returnable) > 1 and place < len(returnable)
            button.setVisible(several)
            if several:
                button.tell(say("payments.refund_line", supplier=returnable[place].supplier_name), enabled=reasoned)


def _document_words(one: FiscalDocument, phrases: Phrases) -> str:
    at = phrases.register_time(one.at)
    return phrases.say(f"payments.receipt.{one.kind}", number=one.number, at=at, storage=one.storage, sign=one.sign)


def _refund_words(shown: PurchaseCard, phrases: Phrases) -> str:
    if not shown.refunds:
        return ""
    last = shown.refunds[-1]
    total = phrases.money(last.amount)
    if last.state == "asked" and last.mine:
        return phrases.say("payments.refund_mine", sum=total)
    if last.state == "asked":
        return phrases.say("payments.refund_asked", name=last.asked_by, sum=total, reason=last.reason)
    if not last.asked_by and last.reason == "paid_elsewhere" and last.state != "failed":
        return phrases.say("payments.refund_rule", sum=total)
    state = phrases.known(f"payments.refund.{last.state}", last.state)
    return phrases.say("payments.refund_state", sum=total, state=state)
