"""View: words of somebody's making, a name or an address: of any length, and the place for them is not."""

from __future__ import annotations

import re

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class Short(QLabel):
    """Words of somebody's making (a name) that may be of any length: cut with … where there is no room, whole to
    whoever points at it or has it read."""

    def __init__(self, least: int, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._least = least
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """Room for the beginning of it."""
        whole = super().sizeHint()
        return QSize(min(self._least, whole.width()), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """As much as there is room for."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.setFont(self.font())
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip("" if shown == self.text() else self.text())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


#: The beginning of a word that would push the window apart.
_LONG = re.compile(r"[^\s\u200b-]{20}(?=[^\s\u200b-])")


def breakable(text: str) -> str:
    """The same words, the longest of which may be broken where the line ends."""
    return _LONG.sub("\\g<0>\u200b", text)


def cut_to(text: str, room: QSize, metrics: QFontMetrics) -> str:
    """As much of it as fits into that room, in as many lines as there are, with … where something was left out."""
    flags = Qt.TextFlag.TextWordWrap

    def fits(words: str) -> bool:
        box = metrics.boundingRect(QRect(0, 0, room.width(), 100_000), flags, words)
        return box.height() <= room.height() and box.width() <= room.width()

    if fits(text):
        return text
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(f"{text[:middle].rstrip()}…") else (least, middle - 1)
    return f"{text[:least].rstrip()}…"
