"""View: rows of words in columns, of which one can be chosen by mouse or keyboard."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout, QWidget

from operator_console.views.fitting import cut_to
from operator_console.views.look import Look
from operator_console.views.parts import column, label, put
from operator_console.views.scroll import scrolled

#: Text and tone of one cell.
Cell = tuple[str, str]


class Row(QAbstractButton):
    """Cells side by side, the one numbered ``strong`` bold; without one it is the heading. Two lines at most."""

    def __init__(self, look: Look, name: str, shares: tuple[int, ...], *, strong: int = -1) -> None:
        super().__init__()
        self._look, self._shares, self._strong, self._head = look, shares, strong, strong < 0
        self._cells: list[Cell] = []
        self._chosen = False
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setEnabled(not self._head)
        if not self._head:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def tell(self, cells: list[Cell], *, chosen: bool = False) -> None:
        """The words; the row of the one in view stands out."""
        if (cells, chosen) != (self._cells, self._chosen):
            self._cells, self._chosen = cells, chosen
            self.setCheckable(not self._head)
            self.setChecked(chosen)
            words = ", ".join(text for text, _ in cells if text)
            self.setAccessibleName(words)
            self.setToolTip("" if self._head else words)
            self.update()

    def sizeHint(self) -> QSize:
        """Two lines of words high, the heading one."""
        return QSize(self._look.px(400), self._look.px(30 if self._head else 50))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses too."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the words, and a line under them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, box = self._look, QRectF(self.rect()).adjusted(1, 1, -1, -2)
        if self._chosen or (self.underMouse() and self.isEnabled()):
            painter.setBrush(look.colour("brand_tint"))
            painter.setPen(QPen(look.colour("brand"), 1) if self._chosen else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, look.px(6), look.px(6))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.colour("brand"), 2))
            painter.drawRoundedRect(box, look.px(6), look.px(6))
        painter.setPen(QPen(look.colour("line"), 1))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        whole, left, pad = sum(self._shares), 0.0, look.px(8)
        for place, ((text, tone), share) in enumerate(zip(self._cells, self._shares, strict=True)):
            wide = self.width() * share / whole
            weight = QFont.Weight.DemiBold if place == self._strong else QFont.Weight.Normal
            painter.setFont(look.font("note" if self._head else "body", weight))
            painter.setPen(look.colour(tone or ("ink2" if self._head else "ink")))
            room = QRect(round(left) + pad, 0, round(wide) - 2 * pad, self.height() - 2)
            text = cut_to(text, room.size(), painter.fontMetrics())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, text)
            left += wide
        painter.end()


class Rows(QFrame):
    """A heading and rows. Signal: ``chosen(key)``, as each row was told."""

    chosen = Signal(str)

    def __init__(self, look: Look, name: str, shares: tuple[int, ...], *, strong: int = 0) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setObjectName(name)
        self._look, self._shares, self._strong = look, shares, strong
        self._title, self._none = label("heading", name=f"{name}.title"), label("quiet", wrap=True, name=f"{name}.none")
        self._head = Row(look, f"{name}.head", shares)
        self._rows: list[Row] = []
        self._keys: list[str] = []
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        scroll = scrolled(inside)
        heads = column(self._head)
        bar = scroll.verticalScrollBar()
        bar.rangeChanged.connect(
            lambda _least, most: heads.setContentsMargins(0, 0, 6 + (bar.sizeHint().width() if most else 0), 0)
        )
        self.setLayout(column(self._title, self._none, heads, scroll, gap=6, margins=(16, 12, 8, 12)))

    def tell(
        self, title: str, none: str, heads: list[str], lines: list[tuple[str, list[Cell]]], *, chosen: str
    ) -> None:
        """All rows as (key, cells); rows are kept, so nothing flickers."""
        put(self._title, title)
        put(self._none, "" if lines else none)
        self._head.tell([(text, "") for text in heads])
        self._head.setVisible(bool(lines))
        self._keys = [key for key, _ in lines]
        while len(self._rows) < len(lines):
            made = Row(self._look, f"{self.objectName()}.{len(self._rows)}", self._shares, strong=self._strong)
            made.clicked.connect(partial(self._choose, len(self._rows)))
            self._rows.append(made)
            self._column.insertWidget(self._column.count() - 1, made)
        for place, row in enumerate(self._rows):
            row.setVisible(place < len(lines))
            if place < len(lines):
                key, cells = lines[place]
                row.tell(cells, chosen=bool(chosen) and key == chosen)

    def _choose(self, place: int, _checked: bool = False) -> None:
        if place < len(self._keys):
            self.chosen.emit(self._keys[place])
