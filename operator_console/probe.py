"""View: what the window shows, as plain values, for visitors' scripts and tests. Read-only."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QWidget

from operator_console.desk import Desk
from operator_console.views.parts import Button
from operator_console.views.window import Window


def describe(window: Window, desk: Desk | None, language: str) -> dict[str, Any]:
    """The state and every visible named widget, in pixels of the screen."""
    return {"window": "console", "state": _state(window, desk, language), "items": _items(window)}


def _state(window: Window, desk: Desk | None, language: str) -> dict[str, Any]:
    state: dict[str, Any] = {"scene": window.scene_name, "language": language}
    if desk is None:
        return state
    current = desk.conversation
    state |= {
        "online": desk.online,
        "status": desk.operator.status.value if desk.operator else None,
        "offer": desk.offer.number if desk.offer else None,
        "session": current.session.session_id if current else None,
        "media": current.media if current else None,
        "note_saved": current.note.safe if current else None,
        "card": current.card is not None if current else False,
        "remote_frames": window.call.video.shown,
        "sound_heard": current.heard if current else False,
        "fps_in": current.quality.fps_in if current and current.quality else None,
    }
    return state


def _items(window: Window) -> list[dict[str, Any]]:
    ratio = window.devicePixelRatioF()
    items = []
    for widget in window.findChildren(QWidget):
        name = widget.objectName()
        if not name or name.startswith("qt_") or not widget.isVisible():
            continue
        corner = widget.mapToGlobal(QPoint(0, 0))
        items.append(
            {
                "name": name,
                "text": _text(widget),
                "x": round(corner.x() * ratio),
                "y": round(corner.y() * ratio),
                "w": round(widget.width() * ratio),
                "h": round(widget.height() * ratio),
                "enabled": widget.isEnabled(),
                "focus": widget.hasFocus(),
            }
        )
    return items


def _text(widget: QWidget) -> str:
    if isinstance(widget, QLineEdit):
        return "" if widget.echoMode() is QLineEdit.EchoMode.Password else widget.text()
    if isinstance(widget, QPlainTextEdit):
        return widget.toPlainText()
    if isinstance(widget, QLabel | Button):
        return widget.text()
    return widget.accessibleName()
