"""Adapter: what QML cannot draw by itself: icons in any colour, QR codes, and people's moving pictures."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import unquote

import qrcode
from PySide6.QtCore import QByteArray, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtQuick import QQuickImageProvider, QQuickItem, QQuickPaintedItem
from PySide6.QtSvg import QSvgRenderer

from assets import path

FRAME_MS = 16  # twice as often as pictures come: looked for as seldom as they come, every tenth is missed


class Picture(Protocol):
    """A picture in a ring: BGRA rows without padding."""

    @property
    def number(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def pixels(self) -> memoryview: ...


class RingReader(Protocol):
    """The reading side of ``media.ring.Ring``."""

    def latest(self, after: int = 0) -> Picture | None:
        """The newest picture above ``after``; the one given before may then be overwritten."""
        ...


class Icons(QQuickImageProvider):
    """``image://icons/NAME/RRGGBB``: a Lucide picture in a colour. ``NAME-filled`` is filled with it."""

    def __init__(self) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._drawn: dict[tuple[str, int], QImage] = {}

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:
        side = max(requestedSize.width(), 1)
        if (id, side) not in self._drawn:
            self._drawn[id, side] = self._draw(id, side)
        return self._drawn[id, side]

    def _draw(self, id: str, side: int) -> QImage:
        name, _, colour = id.partition("/")
        filled = name.endswith("-filled")
        svg = path(f"icons/{name.removesuffix('-filled')}.svg").read_text(encoding="utf-8")
        hexed = f"#{colour[-6:]}"
        svg = svg.replace("currentColor", hexed)
        if filled:
            svg = svg.replace('fill="none"', f'fill="{hexed}"')
        image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, side, side))
        painter.end()
        return image


class Codes(QQuickImageProvider):
    """``image://codes/TEXT`` (percent-encoded): a QR code (ISO/IEC 18004) of whole pixels, dark on white."""

    def __init__(self) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:
        code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
        code.add_data(unquote(id).encode("utf-8"))
        code.make(fit=True)
        rows = code.get_matrix()
        side = max(requestedSize.width(), len(rows))
        module = side // len(rows)
        start = (side - module * len(rows)) // 2
        image = QImage(side, side, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                if dark:
                    painter.fillRect(start + x * module, start + y * module, module, module, Qt.GlobalColor.black)
        painter.end()
        return image


class Video(QQuickPaintedItem):
    """A person's picture, painted from a ring without a copy, cut to fill its place. Works with every renderer."""

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.frames_painted = 0
        self._ring: RingReader | None = None
        self._shown: Picture | None = None
        self._fresh = False
        self.setOpaquePainting(False)
        self.setAntialiasing(False)
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)

    def set_ring(self, ring: RingReader | None) -> None:
        """Show this ring's pictures from now on, or none."""
        self._ring, self._shown = ring, None
        if ring is None:
            self._timer.stop()
        else:
            self._timer.start()
        self.update()

    def _look(self) -> None:
        if self._ring is None or not self.isVisible() or self.parentItem() is None:
            return
        picture = self._ring.latest(self._shown.number if self._shown else 0)
        if picture is not None:
            self._shown, self._fresh = picture, True
            self.update()

    def paint(self, painter: QPainter) -> None:
        """Draw the latest picture over the whole place; its middle when the shapes differ."""
        shown = self._shown
        if shown is None or self.height() <= 0:
            return
        image = QImage(shown.pixels, shown.width, shown.height, shown.width * 4, QImage.Format.Format_RGB32)
        place = QRectF(0, 0, self.width(), self.height())
        share = place.width() / place.height()
        cut = QRectF(0, 0, shown.width, shown.height)
        if shown.width / shown.height > share:
            wide = shown.height * share
            cut = QRectF((shown.width - wide) / 2, 0, wide, shown.height)
        else:
            high = shown.width / share
            cut = QRectF(0, (shown.height - high) / 2, shown.width, high)
        painter.fillRect(place, QColor("black"))
        painter.drawImage(place, image, cut)
        if self._fresh:
            self._fresh = False
            self.frames_painted += 1
