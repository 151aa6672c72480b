"""View: pictures of every screen in every language, shape and ease, to be looked at before a release.

``python -m kiosk.visit.gallery OUT_DIR [--only NAME] [--language ru] [--shape portrait] [--ease normal]``
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.visit.samples import face, samples
from signaling.protocol.journey import Ease, JourneyView
from signaling.protocol.values import Language

if TYPE_CHECKING:
    from PySide6.QtQuick import QQuickItem

SHAPES = {"portrait": "1080x1920", "landscape": "1920x1080"}
EASES = {
    "normal": Ease(),
    "bigger": Ease(bigger=True, slower=True),
    "contrast": Ease(contrast=True),
    "low": Ease(low_reach=True),
    "all": Ease(bigger=True, contrast=True, slower=True, low_reach=True),
}
LANGUAGES: tuple[Language, ...] = ("ru", "lv", "en")
_PANEL_MS = 400  # until the panel has slid up
_LOOKED_FOR_MS = 130  # until a new picture has been looked for, and painted


class StillRing:
    """A ring that holds one picture, so that a conversation in the gallery has a face: head and shoulders."""

    def __init__(self, number: int, width: int, height: int) -> None:
        from PySide6.QtCore import QRect, Qt
        from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

        self.number, self.width, self.height = number, width, height
        self._image = QImage(width, height, QImage.Format.Format_RGB32)
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wall = QLinearGradient(0, 0, width, height)
        wall.setColorAt(0, QColor("#B9C8CF"))
        wall.setColorAt(1, QColor("#5F7683"))
        painter.fillRect(self._image.rect(), wall)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, left, top, wide, high in (("#2F4450", 28, 66, 44, 80), ("#D9B79C", 40, 20, 20, 46)):
            painter.setBrush(QColor(colour))
            box = (width * left // 100, height * top // 100, width * wide // 100, height * high // 100)
            painter.drawEllipse(QRect(*box))
        painter.end()
        self.pixels = memoryview(self._image.constBits())

    def latest(self, after: int = 0) -> StillRing | None:
        """The one picture, once."""
        return self if after < self.number else None


class PageRing:
    """A page of a bill as an operator shows it: whole, in the middle of a picture of 1920 x 1080."""

    number, width, height = 1, 1920, 1080

    def __init__(self) -> None:
        from PySide6.QtCore import QRect
        from PySide6.QtGui import QColor, QFont, QImage, QPainter

        self._image = QImage(self.width, self.height, QImage.Format.Format_RGB32)
        self._image.fill(QColor(244, 244, 244))
        painter = QPainter(self._image)
        painter.fillRect(QRect(578, 0, 764, 1080), QColor("white"))
        for row in range(24):
            painter.setFont(QFont("Inter", 15 if row else 26))
            line = f"{row}. Электроэнергия, день, {128 + row} кВт·ч × 4,82 ₽"
            text = line if row else "Счёт № 40-117 за октябрь 2026"
            painter.drawText(640, 90 + 40 * row, text)
        painter.end()
        self.pixels = memoryview(self._image.constBits())

    def latest(self, after: int = 0) -> PageRing | None:
        """The one picture, once."""
        return self if after < self.number else None


def without_display() -> None:
    """Draw into memory: no display, no GPU; call before Qt is imported for the first time."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")


def shown(language: Language, shape: str, ease: str, only: str = "") -> Iterator[tuple[str, JourneyView, object]]:
    """Every sample in a window of its own shape, one after the other: name, view, the window that shows it."""
    from PySide6.QtCore import QCoreApplication

    from kiosk.visit.window import VisitWindow

    window = VisitWindow(face(language), lambda intent: None, SHAPES[shape])
    window.prepare()
    window.set_rings(StillRing(1, 640, 480), StillRing(1, 320, 240))
    first = True
    try:
        for name, view, surroundings in samples(language, EASES[ease]):
            if only and not name.startswith(only):
                continue
            world = (surroundings.line, surroundings.online, surroundings.payments_offered, surroundings.called)
            window.show_world(*world)
            window.show_view(view)
            if name.startswith("call_page"):
                window.set_rings(PageRing(), StillRing(1, 320, 240))
            if first:
                window.warm()
                first = False
            settle(window.quick.contentItem())
            if name.startswith("call_page"):
                passing(_LOOKED_FOR_MS)
            yield name, view, window
            if name.startswith("call_page"):
                window.set_rings(StillRing(1, 640, 480), StillRing(1, 320, 240))
    finally:
        window.close()
        QCoreApplication.processEvents()


def passing(milliseconds: int) -> None:
    """Time passes, as it does for whoever looks: an animation ends, a picture is looked for."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def settle(root: QQuickItem) -> None:
    """Let rows and columns find their places, as they would before the next frame."""
    from PySide6.QtCore import QCoreApplication, QEvent

    for _ in range(6):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
        waiting = [root]
        while waiting:
            item = waiting.pop()
            item.ensurePolished()
            waiting += item.childItems()


def main() -> int:
    """Draw what was asked for; gives the number of QML complaints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--language", choices=LANGUAGES)
    parser.add_argument("--shape", choices=tuple(SHAPES))
    parser.add_argument("--ease", choices=tuple(EASES))
    parser.add_argument("--panel", action="store_true", help="with the ease-of-use panel open")
    told = parser.parse_args()
    without_display()
    from PySide6.QtWidgets import QApplication

    from kiosk.visit.window import VisitWindow

    application = QApplication.instance() or QApplication(sys.argv[:1])
    complaints: list[str] = []
    drawn = 0
    for language in [told.language] if told.language else LANGUAGES:
        for shape in [told.shape] if told.shape else SHAPES:
            for ease in [told.ease] if told.ease else EASES:
                folder = told.out / f"{language}-{shape}-{ease}"
                folder.mkdir(parents=True, exist_ok=True)
                for name, _, window in shown(language, shape, ease, told.only):
                    assert isinstance(window, VisitWindow)
                    if told.panel:
                        window.open_ease_panel()
                        passing(_PANEL_MS)
                    window.quick.grabWindow().save(str(folder / f"{name}{'_ease_panel' if told.panel else ''}.png"))
                    complaints += window.warnings
                    drawn += 1
    del application
    for complaint in dict.fromkeys(complaints):
        print(complaint, file=sys.stderr)
    print(f"{drawn} pictures in {told.out}")
    return min(len(complaints), 1)


if __name__ == "__main__":
    raise SystemExit(main())
