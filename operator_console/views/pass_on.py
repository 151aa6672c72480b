"""View: how a customer goes on without this operator: for papers, to another, not there; asked twice."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from operator_console.desk import Act, Desk, permitted
from operator_console.phrases import Phrases
from operator_console.queue_acts import SERVICES, ColleaguesAsked, FoundNobody, PassedOn, SentForPapers
from operator_console.views.look import Look
from operator_console.views.parts import Button, column, fit, label, put, row
from operator_console.views.scroll import scrolled

#: Question, the act behind it, what it needs, its icon.
_KINDS = {
    "papers": (Act.PARK, "file-text"),
    "transfer": (Act.TRANSFER, "arrow-right"),
    "absent": (Act.ABSENT, "user"),
}


class PassOn(QFrame):
    """Buttons, or the question behind one of them; ``beside`` stand at the right. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look, name: str, kinds: tuple[str, ...], beside: tuple[Button, ...] = ()) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("card", True)
        self._asking, self._session = "", ""
        self._buttons = {one: Button(look, f"{name}.{one}", icon=_KINDS[one][1]) for one in kinds}
        self._beside = beside
        self._question = label("label", wrap=True, name=f"{name}.question")
        self._yes = Button(look, f"{name}.yes", kind="primary")
        self._services = {one: Button(look, f"{name}.to.{one}") for one in SERVICES}
        self._no = Button(look, f"{name}.no")
        self._look, self._name = look, name
        self._people: list[Button] = []
        self._ids: list[str] = []
        self._whom = label("quiet", wrap=True)
        self._rows = column(gap=4)
        inside = QWidget()
        inside.setLayout(self._rows)
        self._by_name = scrolled(inside)
        self._by_name.setFixedHeight(look.px(96))
        self._plain, self._asked = QWidget(), QWidget()
        self._plain.setLayout(row(*self._buttons.values(), None, *beside, gap=6))
        answers = row(self._yes, *self._services.values(), None, self._no, gap=6)
        self._asked.setLayout(column(self._question, answers, self._whom, self._by_name, gap=6))
        self.setLayout(column(self._plain, self._asked, gap=0, margins=(8, 6, 8, 6)))
        for one, button in self._buttons.items():
            button.clicked.connect(partial(self.ask, one))
        for service, button in self._services.items():
            button.clicked.connect(partial(self._do, PassedOn(service)))
        self._yes.clicked.connect(lambda: self._do(SentForPapers() if self._asking == "papers" else FoundNobody()))
        self._no.clicked.connect(partial(self.ask, ""))
        self.ask("")

    def ask(self, kind: str, _checked: bool = False) -> None:
        """Put the question, or (empty) show the buttons."""
        self._asking = kind
        self._plain.setVisible(not kind)
        self._asked.setVisible(bool(kind))
        if kind == "transfer":
            self.acted.emit(ColleaguesAsked())
        if kind:
            put(self._question, self._question.text())
            self._choices()

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """What may be done with the customer of this conversation."""
        current, say, may = desk.conversation, phrases.say, permitted(desk)
        session = current.session.session_id if current else ""
        if session != self._session:
            self._session = session
            self.ask("")
        for one, button in self._buttons.items():
            button.tell(say(f"pass_on.{one}"), enabled=_KINDS[one][0] in may)
        asking = self._asking or next(iter(self._buttons))
        put(self._question, say(f"pass_on.{asking}_ask"))
        live = _KINDS[asking][0] in may
        self._yes.tell(say(f"pass_on.{'papers' if asking == 'transfer' else asking}_yes"), enabled=live)
        self._no.tell(say("pass_on.no"))
        for service, button in self._services.items():
            button.tell(say(f"service.{service}"), enabled=live)
        self._tell_people(desk, phrases, enabled=live)
        self._choices()
        self.fit_row()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The row has another width."""
        super().resizeEvent(event)
        self.fit_row()

    def fit_row(self) -> None:
        """On a small screen a word and its key are worth more than an icon; call it when ``beside`` has new words."""
        buttons = (*self._buttons.values(), *self._beside)
        order = [(one, "icon") for one in reversed(buttons)] + [(one, "key") for one in self._beside]
        fit(buttons, self.width() - 16 - 6 * len(buttons), tuple(order))

    def _tell_people(self, desk: Desk, phrases: Phrases, *, enabled: bool) -> None:
        people = desk.conversation.colleagues if desk.conversation else ()
        self._ids = [one.operator_id for one in people]
        put(self._whom, phrases.say("pass_on.by_name" if people else "pass_on.nobody"))
        while len(self._people) < len(people):
            place = len(self._people)
            button = Button(self._look, f"{self._name}.person.{place}", kind="row")
            button.left = True
            button.let_cut()
            button.clicked.connect(partial(self._to_person, place))
            self._people.append(button)
            self._rows.addWidget(button)
        for place, button in enumerate(self._people):
            button.setVisible(place < len(people))
            if place < len(people):
                state = phrases.say("pass_on.free" if people[place].free else "pass_on.busy")
                button.tell(f"{people[place].name} · {state}", enabled=enabled)

    def _to_person(self, place: int, _checked: bool = False) -> None:
        self._do(PassedOn(operator_id=self._ids[place]))

    def _choices(self) -> None:
        self._yes.setVisible(self._asking in ("papers", "absent"))
        for button in self._services.values():
            button.setVisible(self._asking == "transfer")
        self._whom.setVisible(self._asking == "transfer")
        self._by_name.setVisible(self._asking == "transfer" and bool(self._ids))

    def _do(self, act: object, _checked: bool = False) -> None:
        self.ask("")
        self.acted.emit(act)
