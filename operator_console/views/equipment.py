"""View: camera and sound of this seat: see oneself, see one's voice, hear a sound, choose; beside a running call."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from operator_console.desk import Desk
from operator_console.equipment import Equipment, Found
from operator_console.phrases import Phrases
from operator_console.views.look import Look
from operator_console.views.parts import Button, IconLabel, column, label, put, restyle, row
from operator_console.views.video import Pictures, Video

_KINDS = {"camera": "video", "microphone": "mic", "loudspeaker": "volume-2"}
_QUIETEST_DB = -60.0


class LevelBar(QWidget):
    """How loud it is, as a bar; ``tell`` takes dBFS."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._look, self._share = look, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def share(self) -> float:
        """The filled share, 0..1."""
        return self._share

    def tell(self, decibels: float) -> None:
        """Show this loudness."""
        share = max(0.0, min(1.0, 1.0 - decibels / _QUIETEST_DB))
        if abs(share - self._share) > 0.01:
            self._share = share
            self.update()

    def sizeHint(self) -> QSize:
        """A thin line."""
        return QSize(self._look.px(80), self._look.px(8))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The whole in the colour of lines, the share in green."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        half = self.height() / 2
        whole = QRectF(self.rect())
        painter.setBrush(self._look.colour("line"))
        painter.drawRoundedRect(whole, half, half)
        if self._share > 0:
            whole.setWidth(max(2 * half, whole.width() * self._share))
            painter.setBrush(self._look.colour("success"))
            painter.drawRoundedRect(whole, half, half)
        painter.end()


class Chooser(QWidget):
    """One kind of device: the chosen one, and on a press all there are. Signals: ``chosen(title)``, ``opened(on)``."""

    chosen = Signal(str)
    opened = Signal(bool)

    def __init__(self, look: Look, kind: str) -> None:
        super().__init__()
        self._look, self.kind = look, kind
        self._name, self._state = label("label"), label("label", name=f"equipment.{kind}.state")
        self._button = Button(look, f"equipment.{kind}", icon="chevron-down")
        self._button.left = True
        self._list, self._scroll = QWidget(), QScrollArea()
        self._column = column(gap=4)
        self._list.setLayout(self._column)
        self._scroll.setWidget(self._list)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its buttons take the focus
        self._scroll.hide()
        self._told: tuple[object, ...] = ()
        icon = IconLabel(look, _KINDS[kind], "ink2", 18)
        self.setLayout(column(row(icon, self._name, None, self._state, gap=8), self._button, self._scroll, gap=6))
        self._button.clicked.connect(lambda: self.open(not self.is_open))

    @property
    def is_open(self) -> bool:
        """Whether the list is seen."""
        return self._scroll.isVisibleTo(self)

    def open(self, on: bool) -> None:
        """Show or hide the list."""
        if on != self.is_open:
            self._scroll.setVisible(on)
            self._button.tell(self._button.text(), icon="chevron-up" if on else "chevron-down")
            self.opened.emit(on)

    def tell(self, chosen: str, titles: tuple[str, ...], lost: bool, phrases: Phrases) -> None:
        """What is chosen, what there is, and whether it works."""
        put(self._name, phrases.say(f"equipment.{self.kind}"))
        put(self._state, phrases.say("equipment.lost") if lost else "")
        restyle(self._state, "tone", "warning")
        room = self.width() - self._look.px(70)
        told = (chosen, titles, phrases.language, room, self._look.scale)
        if told == self._told:
            return
        self._told = told
        all_titles = ("", *titles) if chosen in ("", *titles) else ("", *titles, chosen)
        self._write(self._button, self._words(chosen, titles, phrases), room)
        self._button.setAccessibleName(f"{self._name.text()}: {self._words(chosen, titles, phrases)}")
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.setParent(None)
                old.deleteLater()
        for place, title in enumerate(all_titles):
            is_chosen = title == chosen
            button = Button(
                self._look,
                f"equipment.{self.kind}.{place}",
                kind="chosen" if is_chosen else "row",
                icon="check" if is_chosen else "",
            )
            button.left = True
            self._write(button, self._words(title, titles, phrases), room)
            button.clicked.connect(partial(self._choose, title))
            self._column.addWidget(button)
        self._column.addStretch(1)

    def _words(self, title: str, titles: tuple[str, ...], phrases: Phrases) -> str:
        if not title:
            return phrases.say("equipment.default")
        return title if title in titles else phrases.say("equipment.absent", device=title)

    def _write(self, button: Button, words: str, room: int) -> None:
        metrics = QFontMetrics(self._look.font("body"))
        button.tell(metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(60, room * 9 // 10)))
        button.setToolTip(words)
        button.setAccessibleName(words)

    def _choose(self, title: str) -> None:
        self.open(False)
        self.chosen.emit(title)


class EquipmentPanel(QFrame):
    """Signals: ``chosen(Equipment)``, ``test_asked()``, ``in_view(bool)``; it decides nothing and opens nothing."""

    chosen = Signal(object)
    test_asked = Signal()
    in_view = Signal(bool)

    def __init__(self, look: Look, pictures: Pictures, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("card", True)
        self.setObjectName("equipment")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._equipment, self._found = Equipment(), Found()
        self._title = label("strong")
        self._close = Button(look, "equipment.close", icon="x", key="Esc")
        self.mirror = Video(look, pictures, remote=False)
        self.choosers = {kind: Chooser(look, kind) for kind in _KINDS}
        self.levels = {kind: LevelBar(look, f"equipment.{kind}.level") for kind in ("microphone", "loudspeaker")}
        self._listening = {how: Button(look, f"equipment.listening.{how}") for how in ("headset", "loudspeaker")}
        self._test = Button(look, "equipment.test", icon="volume-2")
        self._note = label("note", wrap=True, name="equipment.note")
        self._sound = QWidget()
        self._sound.setLayout(row(*self._listening.values(), None, self._test, gap=6))
        boxes = self.choosers
        self.setLayout(
            column(
                row(self._title, None, self._close), self.mirror, boxes["camera"], boxes["microphone"],
                self.levels["microphone"], boxes["loudspeaker"], self.levels["loudspeaker"], self._sound, self._note,
                None, gap=10, margins=(16, 12, 16, 14),
            )
        )  # fmt: skip
        self._close.clicked.connect(self.hide)
        self._test.clicked.connect(self.test_asked)
        for kind, chooser in boxes.items():
            chooser.chosen.connect(partial(self._choose, kind))
            chooser.opened.connect(partial(self._make_room, chooser))
        for how, button in self._listening.items():
            button.clicked.connect(lambda _=False, chosen=how: self._choose("listening", chosen))
        self.hide()

    def tell(self, equipment: Equipment, found: Found) -> None:
        """What is chosen and what there is; drawn with the next ``show_desk``."""
        self._equipment, self._found = equipment, found

    def hear(self, microphone: float, loudspeaker: float) -> None:
        """Loudness of both in dBFS."""
        self.levels["microphone"].tell(microphone)
        self.levels["loudspeaker"].tell(loudspeaker)

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """The words, the choice, and what does not work."""
        say, equipment, found = phrases.say, self._equipment, self._found
        put(self._title, say("equipment.title"))
        self.setAccessibleName(self._title.text())
        self._close.tell(say("equipment.close"))
        self.mirror.show_desk(desk, phrases)
        self.mirror.setFixedHeight(self.mirror.width() * 9 // 16 if self.height() > 640 else self._look.px(168))
        titles = {"camera": found.cameras, "microphone": found.microphones, "loudspeaker": found.loudspeakers}
        for kind, chooser in self.choosers.items():
            chooser.tell(getattr(equipment, kind), titles[kind], kind in desk.media_lost, phrases)
        for kind, bar in self.levels.items():
            bar.setAccessibleName(say(f"equipment.{kind}.level"))
        for how, button in self._listening.items():
            button.tell(say(f"equipment.listening.{how}"), kind="chosen" if how == equipment.listening else "plain")
        self._test.tell(say("equipment.test"))
        in_call = desk.conversation is not None and desk.conversation.ended is None
        put(self._note, say("equipment.note_in_call" if in_call else "equipment.note"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the list, then the panel."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
            return
        opened = next((one for one in self.choosers.values() if one.is_open), None)
        if opened is not None:
            opened.open(False)
        else:
            self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks at themselves: the devices are wanted."""
        super().showEvent(event)
        self.in_view.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks any more."""
        super().hideEvent(event)
        for chooser in self.choosers.values():
            chooser.open(False)
        self.in_view.emit(False)

    def _choose(self, what: str, value: str) -> None:
        self.chosen.emit(self._equipment.model_copy(update={what: value}))

    def _make_room(self, opened: Chooser, on: bool) -> None:
        """A list takes the place of the other devices; one's own picture stays."""
        for chooser in self.choosers.values():
            chooser.setVisible(not on or chooser is opened)
        for widget in (*self.levels.values(), self._sound, self._note):
            widget.setVisible(not on)
