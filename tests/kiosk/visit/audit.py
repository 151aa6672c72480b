"""View: looks over a shown window as a careful person would, and lists what is wrong, in words."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRectF
from PySide6.QtGui import QAccessible
from PySide6.QtQuick import QQuickItem

from kiosk.visit.seen import clipped_place, place_of, text_of, visible_items
from kiosk.visit.window import VisitWindow

SLACK = 1.0  # half pixels of rounding


def touchables(window: VisitWindow) -> list[QQuickItem]:
    """Everything on the screen that answers to a finger, as far as it is not scrolled away."""
    return [
        item
        for item in visible_items(window.quick.contentItem())
        if item.property("spoken") is not None and clipped_place(item).height() > SLACK
    ]


def texts(window: VisitWindow) -> list[QQuickItem]:
    """Every text on the screen with something in it."""
    return [
        item
        for item in visible_items(window.quick.contentItem())
        if item.inherits("QQuickText") and str(item.property("text") or "").strip()
    ]


def faults(window: VisitWindow) -> list[str]:
    """What is wrong with the screen that is shown now."""
    return [
        *_text_faults(window),
        *_place_faults(window),
        *_target_faults(window),
        *_name_faults(window),
    ]


def scrolls(window: VisitWindow) -> bool:
    """Whether the screen is higher than the window and has its large arrows."""
    return any(item.objectName() == "scroll.down" for item in touchables(window))


def _text_faults(window: VisitWindow) -> Iterator[str]:
    seen = texts(window)
    for item in seen:
        told = text_of(item)
        if item.property("truncated"):
            yield f"cut short: {told!r}"
        if item.property("contentWidth") > item.width() + SLACK:
            yield f"wider than its place ({item.property('contentWidth'):.0f} > {item.width():.0f}): {told!r}"
        if item.property("contentHeight") > item.height() + SLACK:
            yield f"higher than its place: {told!r}"
        font = item.property("font").pixelSize()
        if font < 28 * _unit(window) - SLACK:
            yield f"smaller than 28: {told!r} ({font})"
        for parent in _rectangles_around(item):
            if not _inside(place_of(item), place_of(parent)):
                yield f"outside its frame: {told!r}"
    seen = _on_top(window, seen)
    for place, one in enumerate(seen):
        for other in seen[place + 1 :]:
            if clipped_place(one).adjusted(2, 2, -2, -2).intersects(clipped_place(other)):
                yield f"over each other: {text_of(one)!r} and {text_of(other)!r}"


def _place_faults(window: VisitWindow) -> Iterator[str]:
    whole = QRectF(0, 0, window.quick.width(), window.quick.height())
    for item in [*texts(window), *touchables(window)]:
        if not _inside(place_of(item), whole) and not (scrolls(window) and "scroll.area" in _names_around(item)):
            yield f"outside the window: {item.objectName()} {text_of(item)!r} {place_of(item)}"


def _target_faults(window: VisitWindow) -> Iterator[str]:
    least, gap = 88 * _unit(window) - SLACK, 16 * _unit(window) - SLACK
    seen = _on_top(window, [item for item in touchables(window) if item.objectName() != "attract"])
    for item in seen:
        if item.width() < least or item.height() < least:
            yield f"too small to touch: {item.objectName()} {item.width():.0f}x{item.height():.0f}"
    for place, one in enumerate(seen):
        for other in seen[place + 1 :]:
            first, second = clipped_place(one), clipped_place(other)
            across = max(second.left() - first.right(), first.left() - second.right())
            down = max(second.top() - first.bottom(), first.top() - second.bottom())
            if max(across, down) < gap:
                yield f"too near: {one.objectName()} and {other.objectName()} ({max(across, down):.0f})"


def _name_faults(window: VisitWindow) -> Iterator[str]:
    names = [item.objectName() for item in touchables(window)]
    for item in touchables(window):
        if not item.objectName():
            yield f"no name for tests: {text_of(item)!r}"
        face = QAccessible.queryAccessibleInterface(item)
        if face is None or not face.text(QAccessible.Text.Name).strip():
            yield f"says nothing to a screen reader: {item.objectName()}"
    for name in {name for name in names if names.count(name) > 1}:
        yield f"two touchables are called {name}"


def _unit(window: VisitWindow) -> float:
    return min(window.quick.width(), window.quick.height()) / 1080


def _on_top(window: VisitWindow, items: list[QQuickItem]) -> list[QQuickItem]:
    """Those of the uppermost panel, when one lies over the screen."""
    for panel in ("idle.panel", "ease.panel", "ask.panel"):
        if any(item.objectName() == panel for item in visible_items(window.quick.contentItem())):
            return [item for item in items if panel in _names_around(item)]
    return items


def _names_around(item: QQuickItem) -> set[str]:
    names, parent = set(), item.parentItem()
    while parent is not None:
        names.add(parent.objectName())
        parent = parent.parentItem()
    return names


def _rectangles_around(item: QQuickItem) -> Iterator[QQuickItem]:
    parent = item.parentItem()
    while parent is not None and parent.parentItem() is not None:
        if parent.inherits("QQuickRectangle") and parent.property("radius") > 0:
            yield parent
        parent = parent.parentItem()


def _inside(inner: QRectF, outer: QRectF) -> bool:
    return outer.adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(inner)
