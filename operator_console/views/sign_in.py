"""View: name, password, and what went wrong in words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from operator_console.phrases import Phrases
from operator_console.views.look import Look
from operator_console.views.parts import Button, IconLabel, card, column, label, put, restyle, row

LANGUAGE_NAMES = {"ru": "Русский", "lv": "Latviešu", "en": "English"}


class SignInView(QWidget):
    """Asks who sits here. Signals: ``asked(name, password)``, ``language_chosen(language)``."""

    asked = Signal(str, str)
    language_chosen = Signal(str)

    def __init__(self, look: Look, host: str, name: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self._look, self._host = look, host
        self._mark = IconLabel(look, "video", "brand", 40)
        self._title = label("title", name="sign_in.title")
        self._name_label, self._password_label = label("label"), label("label")
        self._name = QLineEdit(name)
        self._name.setObjectName("sign_in.name")
        self._password = QLineEdit()
        self._password.setObjectName("sign_in.password")
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._go = Button(look, "sign_in.go", kind="primary", key="Enter", big=True)
        self._problem = label(wrap=True, name="sign_in.problem")
        self._problem_box = QFrame()
        self._problem_icon = IconLabel(look, "triangle-alert", "danger", 20)
        self._server = label("note", name="sign_in.server")
        self._languages = {one: Button(look, f"sign_in.language.{one}") for one in LANGUAGE_NAMES}
        self._busy = False
        self._lay_out()
        self._go.clicked.connect(self._ask)
        self._name.returnPressed.connect(self._ask)
        self._password.returnPressed.connect(self._ask)
        for one, button in self._languages.items():
            button.clicked.connect(lambda _=False, chosen=one: self.language_chosen.emit(chosen))

    def _lay_out(self) -> None:
        told = row(self._problem_icon, self._problem, gap=10, margins=(12, 10, 12, 10))
        told.setAlignment(self._problem_icon, Qt.AlignmentFlag.AlignTop)
        self._problem_box.setLayout(told)
        sheet = card("sign_in.card")
        sheet.setFixedWidth(self._look.px(460))
        sheet.setLayout(
            column(
                self._mark, self._title, self._problem_box, self._name_label, self._name, self._password_label,
                self._password, self._go, self._server, gap=12, margins=(36, 32, 36, 28),
            )
        )  # fmt: skip
        languages = row(None, *self._languages.values(), None, gap=8)
        self.setLayout(column(None, row(None, sheet, None), languages, None, gap=20))

    def show_state(self, phrases: Phrases, *, busy: bool, problem: str, tone: str = "danger") -> None:
        """``problem``: a sentence to show, or nothing."""
        say = phrases.say
        put(self._title, say("sign_in.title"))
        put(self._name_label, say("sign_in.name"))
        put(self._password_label, say("sign_in.password"))
        put(self._server, say("sign_in.server", host=self._host))
        self._name.setAccessibleName(say("sign_in.name"))
        self._password.setAccessibleName(say("sign_in.password"))
        self._go.tell(say("sign_in.busy" if busy else "sign_in.go"), enabled=not busy)
        self._busy = busy
        for field in (self._name, self._password):
            field.setEnabled(not busy)
        put(self._problem, problem)
        restyle(self._problem, "tone", tone)
        restyle(self._problem_box, "tile", "danger" if tone == "danger" else "brand")
        self._problem_icon.tell(*(("triangle-alert", "danger") if tone == "danger" else ("info", "brand")), 20)
        self._problem_box.setVisible(bool(problem))
        for one, button in self._languages.items():
            button.tell(LANGUAGE_NAMES[one], kind="chosen" if one == phrases.language else "plain")

    def begin(self) -> None:
        """An empty password, and the cursor where typing begins."""
        self._password.clear()
        (self._password if self._name.text() else self._name).setFocus()

    def _ask(self) -> None:
        if not self._busy:
            self.asked.emit(self._name.text().strip(), self._password.text())
