"""View: the small parts every view is put together from."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from operator_console.views.fitting import breakable
from operator_console.views.look import Look
from signaling.protocol.purchasing import LEAST_NOTE

#: ground, ground under the mouse, letters, edge of each kind of button, as token names ("" is none).
KINDS: dict[str, tuple[str, str, str, str]] = {
    "primary": ("brand", "brand_dark", "on_brand", ""),
    "plain": ("card", "brand_tint", "ink", "edge"),
    "chosen": ("brand", "brand_dark", "on_brand", ""),
    "danger": ("danger", "danger_dark", "on_danger", ""),
    "dark": ("video", "ink", "on_video", "ink2"),
    "dark_on": ("warning", "warning", "on_brand", ""),
    "bar": ("brand", "brand", "on_brand", ""),
    "row": ("card", "brand_tint", "ink", ""),
    "off": ("paper", "paper", "ink2", "line"),
    "dark_off": ("ink", "ink", "edge", ""),
}


def label(kind: str = "", *, wrap: bool = False, name: str = "") -> QLabel:
    """A text of a kind the style sheet knows."""
    made = QLabel()
    made.setProperty("kind", kind)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if name:
        made.setObjectName(name)
    return made


def put(target: QLabel, text: str) -> None:
    """Set a text if it changed, and hide the label when there is none."""
    text = breakable(text) if target.wordWrap() else text
    if target.text() != text:
        target.setText(text)
    target.setVisible(bool(text))


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet selects by, and let the style look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def row(
    *items: QWidget | QLayout | None, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """Things side by side; None is a stretch."""
    return _filled(QHBoxLayout(), items, gap, margins)


def column(
    *items: QWidget | QLayout | None, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """Things one below the other; None is a stretch."""
    return _filled(QVBoxLayout(), items, gap, margins)


_Layout = TypeVar("_Layout", QHBoxLayout, QVBoxLayout)


def _filled(
    layout: _Layout, items: tuple[QWidget | QLayout | None, ...], gap: int, margins: tuple[int, int, int, int]
) -> _Layout:
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)
    return layout


def tint(frame: QFrame, look: Look) -> None:
    """Make a named frame a strip that is not overlooked beside a picture."""
    name = frame.objectName().replace(".", "\\.")
    ground, ink = look.palette.warning_tint, look.palette.ink
    frame.setStyleSheet(
        f"#{name} {{ background: {ground}; border-radius: {look.px(10)}px; }} #{name} QLabel {{ color: {ink}; }}"
    )


def card(name: str = "") -> QFrame:
    """A white sheet with an edge."""
    frame = QFrame()
    frame.setProperty("card", True)
    if name:
        frame.setObjectName(name)
    return frame


class Reason(QLineEdit):
    """The line for a written reason, as short and as long as the server takes one."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setMaxLength(200)

    def tell(self, words: str) -> None:
        """What to write here."""
        self.setPlaceholderText(words)
        self.setAccessibleName(words)

    @property
    def written(self) -> bool:
        """Whether there is a reason by now."""
        return len(self.text().strip()) >= LEAST_NOTE


class Button(QAbstractButton):
    """A button with an icon, its word, and the key that does the same."""

    def __init__(self, look: Look, name: str, *, kind: str = "plain", icon: str = "", key: str = "", big: bool = False):
        super().__init__()
        self._look, self._kind, self._icon, self._key, self._big = look, kind, icon, key, big
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.left, self._left_out = False, ""
        self._may_cut, self._whole = False, ""

    def tell(
        self,
        text: str,
        *,
        enabled: bool = True,
        kind: str | None = None,
        icon: str | None = None,
        key: str | None = None,
    ) -> None:
        """The word on it, whether it can be pressed, how it looks, and the key that does the same."""
        before, told = (self._kind, self._icon), (self.text(), self._key)
        self._kind = kind or self._kind
        self._icon = self._icon if icon is None else icon
        self._key = self._key if key is None else key
        if kind in ("chosen", "plain", "row"):  # one of several: that it is the chosen one is read out too
            self.setCheckable(True)
            self.setChecked(kind == "chosen")
        if told != (text, self._key):
            self.setText(text)
            self.setAccessibleName(f"{text}, {self._key}" if self._key else text)
            self.updateGeometry()
        if self.isEnabled() != enabled:
            self.setEnabled(enabled)
        if before != (self._kind, self._icon):
            self.updateGeometry()
            self.update()

    def let_cut(self) -> None:
        """Its word is of somebody's making: it may be cut, and is whole to whoever points at it."""
        self._may_cut = True
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def key(self) -> str:
        """The key written on it."""
        return self._key

    def leave_out(self, part: str) -> None:
        """Draw it without its ``key``, ``word`` or ``icon``, or ("") whole; pointed at, it says all."""
        if part != self._left_out:
            self._left_out = part
            self.updateGeometry()
            self.update()
        self.setToolTip(self.accessibleName() if part else "")

    def room(self, left_out: str) -> int:
        """Pixels that it takes without that part."""
        icon, word, key, gap, pad = self._widths(left_out)
        parts = [part for part in (icon, word, key) if part]
        return sum(parts) + gap * (len(parts) - 1) + 2 * pad

    def sizeHint(self) -> QSize:
        """Room for the icon, the word and the key."""
        return QSize(self.room(self._left_out), self._look.px(52 if self._big else 38))

    def minimumSizeHint(self) -> QSize:
        """Never smaller: a word that is cut off is no word, unless it was said that it may be."""
        whole = self.sizeHint()
        return QSize(min(whole.width(), self._look.px(160)), whole.height()) if self._may_cut else whole

    def event(self, event: QEvent) -> bool:
        """Pointed at, it says what was cut."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self._whole:
            QToolTip.showText(event.globalPos(), "\n".join(one for one in (self._whole, self.toolTip()) if one))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it too, not only the space bar."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _fonts(self) -> tuple[QFont, QFont]:
        return (
            self._look.font("strong" if self._big else "body", QFont.Weight.DemiBold),
            self._look.font("note", QFont.Weight.Medium),
        )

    def _widths(self, left_out: str) -> tuple[int, int, int, int, int]:
        word_font, key_font = self._fonts()
        px = self._look.px
        icon = px(20 if self._big else 18) if self._icon and left_out != "icon" else 0
        word = QFontMetrics(word_font).horizontalAdvance(self.text()) + 2 if self.text() and left_out != "word" else 0
        key = QFontMetrics(key_font).horizontalAdvance(self._key) + px(12) if self._key and left_out != "key" else 0
        return icon, word, key, px(8), px(20 if self._big else 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the tokens' colours; what cannot be pressed is quiet, yet readable."""
        dead = {"dark": "dark_off", "dark_on": "dark_off", "bar": "bar"}.get(self._kind, "off")
        ground, hover, ink, edge = KINDS[self._kind if self.isEnabled() else dead]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = self.underMouse() and self.isEnabled()
        painter.setBrush(self._look.colour(hover if inside or self.isDown() else ground))
        painter.setPen(QPen(self._look.colour(edge), 1) if edge else Qt.PenStyle.NoPen)
        radius = self._look.px(8)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.colour("ink" if edge else "on_brand"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -3, -3), radius - 2, radius - 2)
        self._paint_parts(painter, ink)
        painter.end()

    def _line(self) -> int:
        """Pixels from the top that the word, the icon and the key stand in the middle of."""
        return self.height()

    def _paint_parts(self, painter: QPainter, ink: str) -> None:
        icon, word, key, gap, pad = self._widths(self._left_out)
        parts = [part for part in (icon, word, key) if part]
        total = sum(parts) + gap * (len(parts) - 1)
        x = pad if self.left else max(0, (self.width() - total) // 2)
        if self.left and key:
            self._paint_key(painter, self.width() - pad - key, key, ink)
        if icon:
            pixmap = self._look.icon(self._icon, ink, icon, self.devicePixelRatioF())
            painter.drawPixmap(x, (self._line() - icon) // 2, pixmap)
            x += icon + gap
        if word:
            painter.setFont(self._fonts()[0])
            painter.setPen(self._look.colour(ink))
            text, room = self.text(), self.width() - x - pad
            if self._may_cut:
                self._whole = text if word > room + 2 else ""
                text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room + 2)
            painter.drawText(QRect(x, 0, word + 2, self._line()), Qt.AlignmentFlag.AlignVCenter, text)
            x += word + gap
        if key and not self.left:
            self._paint_key(painter, x, key, ink)

    def _paint_key(self, painter: QPainter, x: int, width: int, ink: str) -> None:
        height = self._look.px(22)
        box = QRect(x, (self._line() - height) // 2, width, height)
        edge = QColor(self._look.colour(ink))
        edge.setAlphaF(0.45)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(edge, 1))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(self._fonts()[1])
        painter.setPen(self._look.colour(ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._key)


class Row(Button):
    """A line of a list, and under it in smaller letters what is to be known of it, as many lines as that takes."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__(look, name, kind="row")
        self.left, self._note = True, ""

    @property
    def note(self) -> str:
        """What stands under its word."""
        return self._note

    def annotate(self, note: str) -> None:
        """Write that under it; nothing takes no room."""
        if note != self._note:
            self._note = note
            self.setAccessibleDescription(note)
            self.update()
        self._fit_note()  # the letters may have another size by now

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width the note breaks elsewhere."""
        super().resizeEvent(event)
        self._fit_note()

    def _line(self) -> int:
        return self.sizeHint().height()

    def _note_box(self) -> QRect:
        """Where the note stands."""
        pad, top = self._look.px(12), self._line() - self._look.px(8)
        room = QRect(pad, top, max(1, self.width() - 2 * pad), 10_000)
        metrics = QFontMetrics(self._look.font("note", QFont.Weight.Normal))
        return metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self._note)

    def _fit_note(self) -> None:
        low = self._note_box().bottom() + self._look.px(8) if self._note else self._line()
        if self.height() != low or self.minimumHeight() != low:
            self.setFixedHeight(low)

    def _paint_parts(self, painter: QPainter, ink: str) -> None:
        super()._paint_parts(painter, ink)
        if self._note:
            painter.setFont(self._look.font("note", QFont.Weight.Normal))
            painter.setPen(self._look.colour("ink2" if ink == "ink" else ink))
            painter.drawText(self._note_box(), Qt.TextFlag.TextWordWrap, self._note)


def fit(buttons: tuple[Button, ...], room: int, order: tuple[tuple[Button, str], ...]) -> None:
    """Leave out of a row of ``buttons``, in that order, what ``room`` (pixels, without gaps) has no place for."""
    out = dict.fromkeys(buttons, "")
    for button, part in order:
        if sum(one.room(out[one]) for one in buttons) <= room:
            break
        out[button] = part
    for button, part in out.items():
        button.leave_out(part)


class IconLabel(QLabel):
    """An icon alone, as a label."""

    def __init__(self, look: Look, icon: str, colour: str, size: int) -> None:
        super().__init__()
        self._look = look
        self._told = ("", "", 0)
        self.tell(icon, colour, size)

    def tell(self, icon: str, colour: str, size: int) -> None:
        """Which icon, in which colour, how large."""
        side = self._look.px(size)
        told = (icon, colour, side)
        if told == self._told:
            return
        self._told = told
        self.setFixedSize(side, side)
        self.setPixmap(self._look.icon(icon, colour, side, self.devicePixelRatioF()))
