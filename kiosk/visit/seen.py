"""View: what of a window is visible and where, for the probe and the tests. Read-only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtQuick import QQuickItem


def visible_items(root: QQuickItem) -> Iterator[QQuickItem]:
    """Every item below ``root`` that is drawn, parents first, in the order of drawing."""
    for child in root.childItems():
        if child.isVisible() and child.opacity() > 0:
            yield child
            yield from visible_items(child)


def place_of(item: QQuickItem) -> QRectF:
    """Where an item is in its window, in pixels."""
    corner = item.mapToScene(QPointF(0, 0))
    return QRectF(corner.x(), corner.y(), item.width(), item.height())


def clipped_place(item: QQuickItem) -> QRectF:
    """The part of an item that its clipping parents let be seen; empty when none is."""
    place = place_of(item)
    parent = item.parentItem()
    while parent is not None:
        if parent.clip():
            place = place.intersected(place_of(parent))
        parent = parent.parentItem()
    return place


def text_of(item: QQuickItem) -> str:
    """What an item says: its text, or the name it tells a screen reader."""
    for name in ("text", "spoken", "title"):
        value = item.property(name)
        if isinstance(value, str) and value:
            return value
    return ""


def items_of(root: QQuickItem, x: int, y: int) -> list[dict[str, Any]]:
    """Visible items with a name, as the probe tells them; ``x``, ``y`` is the window's corner on the screen."""
    told = []
    for item in visible_items(root):
        name = item.objectName()
        place = clipped_place(item)
        if not name or place.width() < 1 or place.height() < 1:
            continue
        told.append(
            {
                "name": name,
                "text": text_of(item),
                "x": round(x + place.x()),
                "y": round(y + place.y()),
                "w": round(place.width()),
                "h": round(place.height()),
                "enabled": item.isEnabled(),
            }
        )
    return told
