"""View: the console's look, made from the tokens: fonts, sizes, icons and the style sheet."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import assets
from assets import tokens

FAMILY = "Inter"
_FONTS = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "Inter-Bold.otf")
#: Below this width everything is drawn a little smaller; nothing goes under 13 px.
ROOMY_WIDTH = 1600
_COMPACT = 0.9
LEAST_PX = 13


def load_fonts() -> None:
    """Register the shipped faces with Qt; needs a QApplication."""
    for name in _FONTS:
        QFontDatabase.addApplicationFont(str(assets.path(f"fonts/{name}")))


class Look:
    """Sizes and colours at the present scale. One object is shared by all views and changes with the window."""

    def __init__(self) -> None:
        self.tokens = tokens.load()
        self.palette = self.tokens.normal
        self.scale = 1.0

    def fit(self, width: int) -> bool:
        """Choose the scale for a window ``width`` pixels wide; True when it changed."""
        scale = 1.0 if width >= ROOMY_WIDTH else _COMPACT
        changed, self.scale = scale != self.scale, scale
        return changed

    @property
    def roomy(self) -> bool:
        """Whether the window is wide enough for the full sizes."""
        return self.scale >= 1.0

    def px(self, pixels: float) -> int:
        """A length at this scale."""
        return max(1, round(pixels * self.scale))

    def size(self, kind: str) -> int:
        """Letter size in pixels of ``note``, ``body``, ``strong``, ``heading``, ``title`` (or ``clock``)."""
        if kind == "clock":
            return self.px(44)
        return max(LEAST_PX, round(self.tokens.console_type[kind] * self.scale))

    def font(self, kind: str, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The face at a size of the tokens, with figures of one width so that clocks do not dance."""
        font = QFont(FAMILY)
        font.setPixelSize(self.size(kind))
        font.setWeight(weight)
        font.setFeature(QFont.Tag("tnum"), 1)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def colour(self, name: str) -> QColor:
        """A colour by its token's name."""
        return QColor(getattr(self.palette, name))

    def icon(self, name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
        """A Lucide icon drawn in a token's colour, ``size`` logical pixels."""
        return _icon(name, getattr(self.palette, colour), size, ratio)

    def style(self) -> str:
        """The style sheet of the whole window."""
        p = self.palette
        radius, small = self.px(10), self.px(6)
        return f"""
        * {{ font-family: "{FAMILY}"; font-size: {self.size("body")}px; color: {p.ink}; }}
        QWidget#window, QWidget#page, QWidget#body {{ background: {p.paper}; }}
        QLabel {{ background: transparent; }}
        QFrame[card="true"] {{ background: {p.card}; border: 1px solid {p.line}; border-radius: {radius}px; }}
        QFrame[tile="plain"] {{ background: {p.paper}; border: none; border-radius: {small}px; }}
        QFrame[tile="warning"] {{ background: {p.warning_tint}; border: none; border-radius: {small}px; }}
        QFrame[tile="danger"] {{ background: {p.danger_tint}; border: none; border-radius: {small}px; }}
        QFrame[tile="brand"] {{ background: {p.brand_tint}; border: 1px solid {p.brand}; border-radius: {small}px; }}
        QFrame[bar="true"] {{ background: {p.brand_dark}; }}
        QFrame[bar="true"] QLabel {{ color: {p.on_brand2}; }}
        QFrame[bar="true"] QLabel[figure="true"] {{ color: {p.on_brand}; font-weight: 600; }}
        QFrame[strip="away"] {{ background: {p.warning_tint}; border-bottom: 1px solid {p.warning}; }}
        QFrame[strip="warning"] {{ background: {p.warning_tint}; border-bottom: 1px solid {p.warning}; }}
        QFrame[strip="info"] {{ background: {p.brand_tint}; border-bottom: 1px solid {p.brand}; }}
        QFrame[strip="danger"] {{ background: {p.danger_tint}; border-bottom: 1px solid {p.danger}; }}
        QLabel[kind="note"] {{ font-size: {self.size("note")}px; color: {p.ink2}; }}
        QLabel[kind="quiet"] {{ color: {p.ink2}; }}
        QLabel[kind="strong"] {{ font-size: {self.size("strong")}px; font-weight: 600; }}
        QLabel[kind="label"] {{ font-weight: 600; }}
        QLabel[kind="heading"] {{ font-size: {self.size("heading")}px; font-weight: 600; }}
        QLabel[kind="title"] {{ font-size: {self.size("title")}px; font-weight: 600; }}
        QLabel[kind="clock"] {{ font-size: {self.size("clock")}px; font-weight: 600; }}
        QLabel[cell="true"] {{ padding: {self.px(9)}px {self.px(16)}px {self.px(9)}px 0;
            border-bottom: 1px solid {p.line}; }}
        QLabel[tone="warning"] {{ color: {p.warning}; }}
        QLabel[tone="danger"] {{ color: {p.danger}; }}
        QLabel[tone="success"] {{ color: {p.success}; }}
        QLabel[pill="true"] {{ background: {p.brand_tint}; color: {p.brand}; border-radius: {small}px;
            padding: {self.px(3)}px {self.px(8)}px; font-weight: 600; font-size: {self.size("note")}px; }}
        QLineEdit, QPlainTextEdit {{ background: {p.card}; border: 1px solid {p.edge}; border-radius: {small}px;
            padding: {self.px(7)}px {self.px(10)}px; selection-background-color: {p.brand};
            selection-color: {p.on_brand}; placeholder-text-color: {p.ink2}; }}
        QLineEdit:focus, QPlainTextEdit:focus {{ border: 2px solid {p.brand};
            padding: {self.px(7) - 1}px {self.px(10) - 1}px; }}
        QLineEdit:disabled, QPlainTextEdit:disabled {{ background: {p.paper}; color: {p.ink2};
            border-color: {p.line}; }}
        QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
        QScrollArea:focus {{ border: 2px solid {p.brand}; border-radius: {small}px; }}
        QScrollBar:vertical {{ background: transparent; width: {self.px(10)}px; margin: 0; }}
        QScrollBar::handle:vertical {{ background: {p.edge}; border-radius: {self.px(4)}px; min-height: 32px;
            margin: 1px {self.px(2)}px; }}
        QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
            background: none; border: none; height: 0; width: 0; }}
        QToolTip {{ background: {p.ink}; color: {p.card}; border: none; padding: 4px 8px; }}
        """


@lru_cache(maxsize=256)
def _icon(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    text = assets.path(f"icons/{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, size * ratio, size * ratio))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
