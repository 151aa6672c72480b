"""View: a column that scrolls up and down, also by keys, and says what it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class Scroll(QScrollArea):
    """``inside`` in a column without a frame of its own. Of words alone it is a stop of the Tab key, while there is
    more than is seen; one with buttons is not: it follows them."""

    def __init__(self, inside: QWidget, *, words_alone: bool) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)
        if words_alone:
            self.verticalScrollBar().rangeChanged.connect(self._ranged)

    def _ranged(self, _least: int, most: int) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if most > 0 else Qt.FocusPolicy.NoFocus)


def scrolled(inside: QWidget, *, words_alone: bool = False) -> Scroll:
    """``inside`` in a column that scrolls. Name it (``setAccessibleName``) when it is of words alone."""
    return Scroll(inside, words_alone=words_alone)
