"""View: looks over a shown window as a careful person would, and lists what is wrong, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QRectF
from PySide6.QtGui import QAccessible
from PySide6.QtQuick import QQuickItem

from kiosk.visit.seen import clipped_place, place_of, text_of, visible_items
from kiosk.visit.window import VisitWindow

SLACK = 1.0  # half pixels of rounding


@dataclass
class Seen:
    """Everything drawn on the screen at one moment, looked for once."""

    window: VisitWindow
    items: list[QQuickItem]

    @classmethod
    def now(cls, window: VisitWindow) -> Seen:
        """What is drawn now."""
        return cls(window, list(visible_items(window.quick.contentItem())))

    @cached_property
    def touchables(self) -> list[QQuickItem]:
        """Everything that answers to a finger, as far as it is not scrolled away."""
        return [
            item
            for item in self.items
            if item.inherits("QQuickRectangle")
            and item.property("spoken") is not None
            and clipped_place(item).height() > SLACK
        ]

    @cached_property
    def texts(self) -> list[QQuickItem]:
        """Every text with something in it."""
        return [item for item in self.items if item.inherits("QQuickText") and str(item.property("text")).strip()]

    @cached_property
    def scrolls(self) -> bool:
        """Whether the screen is higher than the window and has its large arrows."""
        return any(item.objectName() == "scroll.down" for item in self.touchables)

    def on_top(self, items: list[QQuickItem]) -> list[QQuickItem]:
        """Those of the uppermost panel, when one lies over the screen."""
        names = {item.objectName() for item in self.items}
        for panel in ("idle.panel", "ease.panel", "ask.panel"):
            if panel in names:
                return [item for item in items if panel in _names_around(item)]
        return items


def touchables(window: VisitWindow) -> list[QQuickItem]:
    """Everything on the screen that answers to a finger."""
    return Seen.now(window).touchables


def scrolls(window: VisitWindow) -> bool:
    """Whether the screen has its large arrows."""
    return Seen.now(window).scrolls


def faults(window: VisitWindow) -> list[str]:
    """What is wrong with the screen that is shown now."""
    seen = Seen.now(window)
    return [*_text_faults(seen), *_place_faults(seen), *_target_faults(seen), *_name_faults(seen)]


def _text_faults(screen: Seen) -> Iterator[str]:
    seen = screen.texts
    for item in seen:
        told = text_of(item)
        if item.property("truncated"):
            yield f"cut short: {told!r}"
        if item.property("contentWidth") > item.width() + SLACK:
            yield f"wider than its place ({item.property('contentWidth'):.0f} > {item.width():.0f}): {told!r}"
        if item.property("contentHeight") > item.height() + SLACK:
            yield f"higher than its place: {told!r}"
        font = item.property("font").pixelSize()
        if font < 28 * _unit(screen.window) - SLACK:
            yield f"smaller than 28: {told!r} ({font})"
        for parent in _rectangles_around(item):
            if not _inside(place_of(item), place_of(parent)):
                yield f"outside its frame: {told!r}"
    seen = screen.on_top(seen)
    places = [clipped_place(item) for item in seen]
    for place, one in enumerate(seen):
        inner = places[place].adjusted(2, 2, -2, -2)
        for further, other in enumerate(seen[place + 1 :], place + 1):
            if inner.intersects(places[further]):
                yield f"over each other: {text_of(one)!r} and {text_of(other)!r}"


def _place_faults(screen: Seen) -> Iterator[str]:
    whole = QRectF(0, 0, screen.window.quick.width(), screen.window.quick.height())
    for item in [*screen.texts, *screen.touchables]:
        if not _inside(place_of(item), whole) and not (screen.scrolls and "scroll.area" in _names_around(item)):
            yield f"outside the window: {item.objectName()} {text_of(item)!r} {place_of(item)}"


def _target_faults(screen: Seen) -> Iterator[str]:
    least, gap = 88 * _unit(screen.window) - SLACK, 16 * _unit(screen.window) - SLACK
    seen = screen.on_top([item for item in screen.touchables if item.objectName() != "attract"])
    for item in seen:
        if item.width() < least or item.height() < least:
            yield f"too small to touch: {item.objectName()} {item.width():.0f}x{item.height():.0f}"
    places = [clipped_place(item) for item in seen]
    for place, one in enumerate(seen):
        for further, other in enumerate(seen[place + 1 :], place + 1):
            first, second = places[place], places[further]
            across = max(second.left() - first.right(), first.left() - second.right())
            down = max(second.top() - first.bottom(), first.top() - second.bottom())
            if max(across, down) < gap:
                yield f"too near: {one.objectName()} and {other.objectName()} ({max(across, down):.0f})"


def _name_faults(screen: Seen) -> Iterator[str]:
    names = [item.objectName() for item in screen.touchables]
    for item in screen.touchables:
        if not item.objectName():
            yield f"no name for tests: {text_of(item)!r}"
        face = QAccessible.queryAccessibleInterface(item)
        if face is None or not face.text(QAccessible.Text.Name).strip():
            yield f"says nothing to a screen reader: {item.objectName()}"
    for name in {name for name in names if names.count(name) > 1}:
        yield f"two touchables are called {name}"


def _unit(window: VisitWindow) -> float:
    short, long = sorted((window.quick.width(), window.quick.height()))
    return min(short / 1080, long / 1920)


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
