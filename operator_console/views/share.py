"""View: a document for the customer: chosen, looked at first, shown, turned; and the strip that says it is seen."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from operator_console.desk import Act, Desk, permitted
from operator_console.phrases import Phrases
from operator_console.share_acts import PARTS, Part, ShownPage, StoppedShowing
from operator_console.views.look import Look
from operator_console.views.parts import Button, IconLabel, column, label, put, row, tint

_LEAST_REGION = 24  # points of the screen: less is a slip of the hand


def page_words(page: ShownPage, phrases: Phrases) -> str:
    """Its name, and which page of how many."""
    if page.pages == 1:
        return page.name
    return phrases.say("share.page", name=page.name, number=page.number, pages=page.pages)


class ShownStrip(QFrame):
    """While the customer sees a document: which, and one touch to end it. Signal: ``acted(act)``, ``turn_asked()``."""

    acted = Signal(object)
    turn_asked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("share.strip")
        tint(self, look)
        self._text = label("label", wrap=True, name="share.strip.text")
        self._turn = Button(look, "share.strip.turn", icon="chevron-right")
        self._end = Button(look, "share.strip.end", kind="danger", icon="x", key="Ctrl+D")
        icon = IconLabel(look, "info", "warning", 20)
        layout = row(icon, self._text, self._turn, self._end, gap=8, margins=(12, 8, 8, 8))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._end.clicked.connect(lambda: self.acted.emit(StoppedShowing()))
        self._turn.clicked.connect(self.turn_asked)

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """Only while there is something shown."""
        page = desk.conversation.shown if desk.conversation else None
        self.setVisible(page is not None)
        if page is None:
            return
        put(self._text, phrases.say("share.seen", page=page_words(page, phrases)))
        self._turn.tell(phrases.say("share.turn"))
        self._end.tell(phrases.say("share.end"))


class Preview(QWidget):
    """A drawn page, whole, as the customer would see it."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("share.preview")
        self._look, self._image = look, QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(look.px(160))

    def tell(self, image: QImage, words: str) -> None:
        """This picture; a null one is nothing yet."""
        self._image = image
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The page in the middle of the table."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), self._look.colour("line"))
        if not self._image.isNull():
            size = self._image.size().scaled(self.size() - QSize(16, 16), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(0, 0, size.width(), size.height())
            place.moveCenter(self.rect().center())
            painter.drawImage(place, self._image)
        painter.end()


class SharePanel(QFrame):
    """What to show, looked at before the customer does.

    Signals: ``acted(act)``, ``file_asked()``, ``screen_asked()``, ``page_asked(number, part)``, ``show_asked()``.
    """

    acted = Signal(object)
    file_asked = Signal()
    screen_asked = Signal()
    page_asked = Signal(int, str)
    show_asked = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setObjectName("share.panel")
        self._title, self._lead = label("heading"), label("quiet", wrap=True)
        self._close = Button(look, "share.close", icon="x")
        self._file = Button(look, "share.file", icon="file-text")
        self._screen = Button(look, "share.screen", icon="pencil-line")
        self._problem = label("label", wrap=True, name="share.problem")
        self.preview = Preview(look)
        self._name = label("label", wrap=True)
        self._back = Button(look, "share.back", icon="arrow-left")
        self._next = Button(look, "share.next", icon="arrow-right")
        self._parts = {part: Button(look, f"share.part.{part}") for part in PARTS}
        self._show = Button(look, "share.show", kind="primary", big=True)
        self._end = Button(look, "share.panel.end", kind="danger", big=True, icon="x", key="Ctrl+D")
        head = row(self._title, None, self._close)
        choose = row(self._file, self._screen, None, gap=6)
        turn = row(self._back, self._next, None, *self._parts.values(), gap=6)
        self.setLayout(
            column(
                head, self._lead, choose, self._problem, self.preview, self._name, turn, self._show, self._end,
                gap=10, margins=(16, 12, 16, 14),
            )
        )  # fmt: skip
        self._page: ShownPage | None = None
        self._busy, self._failed = False, ""
        self._close.clicked.connect(self.hide)
        self._file.clicked.connect(self.file_asked)
        self._screen.clicked.connect(self.screen_asked)
        self._back.clicked.connect(lambda: self._turn(-1))
        self._next.clicked.connect(lambda: self._turn(1))
        for part, button in self._parts.items():
            button.clicked.connect(partial(self._choose_part, part))
        self._show.clicked.connect(self.show_asked)
        self._end.clicked.connect(lambda: self.acted.emit(StoppedShowing()))
        self.hide()

    def tell(self, page: ShownPage | None, *, busy: bool = False, failed: str = "") -> None:
        """The page that is looked at; or that one is being drawn, or why there is none (a code)."""
        if page != self._page:
            self.preview.tell(QImage(page.path) if page and page.path else QImage(), page.name if page else "")
        self._page, self._busy, self._failed = page, busy, failed

    def _turn(self, by: int) -> None:
        if self._page is not None:
            self.page_asked.emit(self._page.number + by, self._page.part)

    def _choose_part(self, part: Part, _checked: bool = False) -> None:
        if self._page is not None:
            self.page_asked.emit(self._page.number, part)

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """What may be done now."""
        say, may, page = phrases.say, permitted(desk), self._page
        shown = desk.conversation.shown if desk.conversation else None
        put(self._title, say("share.title"))
        put(self._lead, say("share.lead"))
        self._close.tell("")
        self._close.setAccessibleName(say("share.close"))
        self._file.tell(say("share.file"), enabled=not self._busy)
        self._screen.tell(say("share.screen"), enabled=not self._busy)
        problem = phrases.error(self._failed) if self._failed else ""
        put(self._problem, problem or (say("share.drawing") if self._busy else ""))
        put(self._name, page_words(page, phrases) if page else "")
        several = page is not None and page.pages > 1
        for button, key, alive in (
            (self._back, "share.back", page is not None and page.number > 1),
            (self._next, "share.next", page is not None and page.number < page.pages),
        ):
            button.setVisible(several)
            button.tell("", enabled=alive and not self._busy)
            button.setAccessibleName(say(key))
        for part, button in self._parts.items():
            button.setVisible(page is not None)
            chosen = page is not None and page.part == part
            button.tell(say(f"share.part.{part}"), enabled=not self._busy, kind="chosen" if chosen else "plain")
        self._show.setVisible(shown is None)
        self._show.tell(say("share.show"), enabled=page is not None and not self._busy and Act.SHOW in may)
        self._end.setVisible(shown is not None)
        self._end.tell(say("share.end"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the panel away; what is shown stays shown."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)


class RegionPicker(QWidget):
    """A frozen screen on which a part is drawn with the mouse. Signals: ``picked(QPixmap)``, ``left()``."""

    picked = Signal(QPixmap)
    left = Signal()

    def __init__(self, frozen: QPixmap, words: str) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self.setObjectName("share.region")
        self._frozen, self._words = frozen, words
        self._from: QPoint | None = None
        self._to: QPoint | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(words)

    def _box(self) -> QRect:
        if self._from is None or self._to is None:
            return QRect()
        return QRect(self._from, self._to).normalized()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The first corner."""
        self._from = self._to = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The other corner so far."""
        self._to = event.position().toPoint()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """That part, in the screen's own points; a slip of the hand is no part."""
        self._to = event.position().toPoint()
        box = self._box()
        self._from = self._to = None
        if min(box.width(), box.height()) < _LEAST_REGION:
            self.update()
            return
        self.picked.emit(self._frozen.copy(self._own(box)))

    def _own(self, box: QRect) -> QRect:
        """The same part in the points of the frozen picture, of which a sharp screen has more."""
        ratio = self._frozen.devicePixelRatioF()
        return QRect(
            round(box.x() * ratio), round(box.y() * ratio), round(box.width() * ratio), round(box.height() * ratio)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape: nothing is taken."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The screen in the shade, the part in the light, and what to do."""
        painter = QPainter(self)
        painter.drawPixmap(self.rect(), self._frozen)
        painter.fillRect(self.rect(), QColor(16, 26, 33, 130))
        box = self._box()
        if not box.isEmpty():
            painter.drawPixmap(box, self._frozen, self._own(box))
            painter.setPen(QColor("#FFD400"))
            painter.drawRect(box)
        else:
            font = painter.font()
            font.setPixelSize(28)
            painter.setFont(font)
            painter.setPen(QColor("white"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._words)
        painter.end()
