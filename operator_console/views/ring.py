"""View: seconds left, as a ring that empties."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from operator_console.views.look import Look


class Ring(QWidget):
    """Seconds left, as a number inside a ring that empties."""

    def __init__(self, look: Look, *, side: int = 120) -> None:
        super().__init__()
        self._look, self._side = look, side
        self._share, self._text, self._hurry = 1.0, "", False

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self._look.px(self._side), self._look.px(self._side))

    def tell(self, share: float, text: str, *, hurry: bool) -> None:
        """``share`` of the time left, 0..1, and what to write in the middle."""
        self._share, self._text, self._hurry = max(0.0, min(1.0, share)), text, hurry
        self.setAccessibleName(text)
        if self.size() != self.sizeHint():
            self.setFixedSize(self.sizeHint())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self._look.px(9)
        box = QRectF(self.rect()).adjusted(width, width, -width, -width)
        painter.setPen(QPen(self._look.colour("line"), width))
        painter.drawEllipse(box)
        tone = self._look.colour("danger" if self._hurry else "brand")
        painter.setPen(QPen(tone, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(box, 90 * 16, round(self._share * 360 * 16))
        painter.setPen(tone)
        painter.setFont(self._look.font("title", QFont.Weight.DemiBold))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()
